package lessons

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/build"
	"socklab/runtime/guesttest"
)

// languages are those that can be built here.
func languages(t *testing.T, b build.Builder) (all []build.Language) {
	for lang, source := range map[build.Language]string{build.Go: "package main\n\nfunc main() {}\n", build.Python: "pass\n"} {
		file := filepath.Join(t.TempDir(), "x"+Extension(lang))
		require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
		if _, err := b.Build(context.Background(), file); err != nil {
			t.Logf("%s is not verified: %v", lang, err)
			continue
		}
		all = append(all, lang)
	}
	return all
}

// Every submission of every lesson gets exactly what its folder and its first
// line say. SOCKLAB_RUNS says how often in a row.
func TestEveryLessonHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and runs every submission")
	}
	kit := guesttest.Toolkit(t)
	langs := languages(t, kit)
	runs, _ := strconv.Atoi(os.Getenv("SOCKLAB_RUNS"))
	folders, err := filepath.Glob("[0-9][0-9]-*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, dir := range folders {
		t.Run(dir, func(t *testing.T) {
			problems, err := Verify(context.Background(), dir, VerifyOptions{
				Builder: kit, Languages: langs, Runs: runs, Patience: 2, // other tests run beside it
				Progress: func(path string) { t.Log(path) },
			})
			require.NoError(t, err)
			for _, p := range problems {
				t.Error(p)
			}
		})
	}
}

func TestWhatHasAProgramsNameAndIsNoneIsTold(t *testing.T) {
	c, err := Builtin()
	require.NoError(t, err)
	l, err := c.Find("01")
	require.NoError(t, err)
	dir := t.TempDir()
	_, err = l.Find(dir, build.Python)
	require.ErrorIs(t, err, ErrEmpty)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sockinfo.py"), 0o755))
	_, err = l.Find(dir, build.Python)
	require.ErrorIs(t, err, ErrEmpty)
	require.ErrorContains(t, err, "sockinfo.py is a folder")
	require.NoError(t, os.Remove(filepath.Join(dir, "sockinfo.py")))
	require.NoError(t, os.Symlink("/etc/hosts", filepath.Join(dir, "sockinfo.py")))
	_, err = l.Find(dir, "")
	require.ErrorContains(t, err, "sockinfo.py is a link")
}
