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

// Who has handed in a file may replace it when it has been looked at.
func TestWhatTookAFilesPlaceIsNotCopied(t *testing.T) {
	dir := t.TempDir()
	file, to := filepath.Join(dir, "a.py"), filepath.Join(dir, "copy.py")
	secret := filepath.Join(dir, "secret")
	require.NoError(t, os.WriteFile(file, []byte("pass\n"), 0o600))
	require.NoError(t, os.WriteFile(secret, nil, 0o600))
	looked, err := os.Lstat(file)
	require.NoError(t, err)
	for _, replace := range []func() error{
		func() error { return os.Symlink(secret, file) },
		func() error { return os.Link(secret, file) },
		func() error { return syscall.Mkfifo(file, 0o600) },
	} {
		require.NoError(t, os.Rename(file, file+".was"))
		require.NoError(t, replace())
		require.ErrorIs(t, copyFile(file, to, looked), errSwapped)
		require.NoFileExists(t, to)
		require.NoError(t, os.Rename(file+".was", file))
	}
	require.NoError(t, copyFile(file, to, looked))
	require.FileExists(t, to)
}

func TestASubmissionIsOneFolder(t *testing.T) {
	catalog, err := lessons.Builtin()
	require.NoError(t, err)
	l, err := findLesson(catalog, "06")
	require.NoError(t, err)
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	alone := filepath.Join(dir, "fetch.py")
	require.NoError(t, os.WriteFile(alone, []byte("pass\n"), 0o600))
	for _, path := range []string{dir, alone} {
		h, clean, err := submissionFolder(l, path)
		require.NoError(t, err)
		require.Len(t, h.Sources, 1)
		clean()
		require.FileExists(t, alone)
	}
	_, _, err = submissionFolder(l, t.TempDir())
	var unusable *grade.Unusable
	require.ErrorAs(t, err, &unusable)
	require.Contains(t, unusable.Why, "there is no fetch.go")
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	require.Empty(t, left)
}
