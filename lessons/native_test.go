package lessons

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/build"
)

// gocmd runs the go command in a workspace, as an editor does: without a
// network, and whatever the machine's own settings.
func gocmd(t *testing.T, w *Workspace, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = w.Dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "go %v: %s", args, out)
}

// Every starter and every model solution is a program that the go command
// builds natively where it lies in a workspace, and vet has no complaint.
func TestProgramsBuildNativelyInAWorkspace(t *testing.T) {
	c, err := Builtin()
	require.NoError(t, err)
	w, err := Create(t.TempDir(), c, build.Go)
	require.NoError(t, err)
	for _, solved := range []bool{false, true} {
		for _, l := range c.Lessons {
			require.NoError(t, w.Begin(l))
			solution, err := l.Solution(build.Go)
			require.NoError(t, err)
			for name, b := range solution {
				file := filepath.Join(w.LessonDir(l), name)
				if solved {
					write(t, file, string(b))
				}
				if filepath.Ext(name) == ".go" {
					gocmd(t, w, "vet", file)
				}
			}
			if len(l.Programs) == 1 {
				gocmd(t, w, "build", "-o", os.DevNull, "./"+l.ID())
			}
		}
		gocmd(t, w, "vet", "./...")
	}
	require.Empty(t, w.Stale())
}

func TestAWorkspaceBecomesAModuleOnce(t *testing.T) {
	c := twoLessons(t)
	dir := t.TempDir()
	w, err := Create(dir, c, build.Python)
	require.NoError(t, err)
	module, sdk := filepath.Join(dir, "go.mod"), filepath.Join(dir, stateDir, "go", "socket", "socket.go")
	require.NoFileExists(t, module, "Python needs none")
	require.NoDirExists(t, filepath.Join(dir, stateDir, "go"))

	require.NoError(t, w.SetLanguage(build.Go))
	require.Contains(t, read(t, module), "replace socklab => ./.socklab/go\n")
	require.FileExists(t, sdk)

	// One from before socklab wrote any.
	require.NoError(t, os.RemoveAll(filepath.Join(dir, stateDir, "go")))
	require.NoError(t, os.Remove(module))
	open := func() {
		t.Helper()
		_, err := OpenWorkspace(dir, c)
		require.NoError(t, err)
	}
	open()
	require.FileExists(t, module)
	require.FileExists(t, sdk)

	// One that has the lessons' package of another version.
	old := filepath.Join(dir, stateDir, "go", "socket", "gone.go")
	write(t, old, "package socket")
	write(t, sdk, "package socket")
	write(t, filepath.Join(dir, stateDir, "go", "version"), "of old\n")
	open()
	require.NoFileExists(t, old)
	require.Contains(t, read(t, sdk), "func Socket(")
	left, err := filepath.Glob(filepath.Join(dir, stateDir, ".*"))
	require.NoError(t, err)
	require.Empty(t, left)

	// A go.mod that was removed stays away, and one of the student's is theirs.
	require.NoError(t, os.Remove(module))
	open()
	require.NoFileExists(t, module)
	write(t, module, "module mine\n")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, stateDir, "go")))
	open()
	require.Equal(t, "module mine\n", read(t, module))
	require.FileExists(t, sdk)

	// It is none of a lesson's files.
	l := c.Lessons[0]
	h, err := l.Find(w.LessonDir(l), "")
	require.NoError(t, err)
	require.Len(t, h.Sources, 1)
	require.NoError(t, h.Close())
	_, err = w.Reset(l)
	require.NoError(t, err)
	require.Equal(t, "module mine\n", read(t, module))
}
