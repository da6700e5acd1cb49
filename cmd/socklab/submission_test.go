package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/lessons"
	"socklab/lessons/grade"
)

func TestWhatIsNoPlainFileIsNotCopied(t *testing.T) {
	catalog, err := lessons.Builtin()
	require.NoError(t, err)
	l, err := findLesson(catalog, "01")
	require.NoError(t, err)
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	huge := filepath.Join(dir, "huge.py") // on the disk, it takes no room
	require.NoError(t, os.WriteFile(huge, nil, 0o600))
	require.NoError(t, os.Truncate(huge, 1<<36))
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(dir, "link.py")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.py"), 0o600))
	for name, why := range map[string]string{"huge.py": "more than the", "link.py": "a link", "pipe.py": "neither a folder nor a plain file"} {
		_, _, err := submissionFolder(l, filepath.Join(dir, name))
		var unusable *grade.Unusable
		require.ErrorAs(t, err, &unusable, name)
		require.Contains(t, unusable.Why, why)
		require.Positive(t, unusable.MaxScore)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	require.Empty(t, left)
}
