package conformance

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	guestgo "socklab/guests/go"
	"socklab/runtime/guesttest"
)

// Natively the programs print what they print in the sandbox.
func TestNativelyTheProgramsPrintTheSame(t *testing.T) {
	onLinux(t)
	bin := t.TempDir()
	t.Run("Go", func(t *testing.T) {
		module := t.TempDir()
		write := func(name string, content []byte) {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(module, name)), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(module, name), content, 0o600))
		}
		write("go.mod", []byte("module socklab\n\ngo 1.26\n"))
		files, err := fs.Glob(guestgo.SDK, "socket/*.go")
		require.NoError(t, err)
		for _, name := range files {
			if !strings.HasSuffix(name, "_test.go") {
				content, err := guestgo.SDK.ReadFile(name)
				require.NoError(t, err)
				write(name, content)
			}
		}
		for _, c := range cases(t) {
			content, err := os.ReadFile(c.file("go"))
			require.NoError(t, err)
			write(filepath.Join(c.program, "main.go"), content)
		}
		for _, args := range [][]string{{"vet", "./..."}, {"build", "-o", bin + "/", "./..."}} {
			cmd := exec.Command("go", args...)
			cmd.Dir = module
			cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
		everyCase(t, func(t *testing.T, c caseOf) []string { return []string{filepath.Join(bin, c.program)} })
	})
	t.Run("Python", func(t *testing.T) {
		// The one behind the name: version managers put a slow script there.
		out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
		if err != nil {
			t.Skip("no python3 here")
		}
		python := strings.TrimSpace(string(out))
		everyCase(t, func(t *testing.T, c caseOf) []string {
			path, err := filepath.Abs(c.file("py")) // it runs in another folder
			require.NoError(t, err)
			return []string{python, path}
		})
	})
	t.Run("C", func(t *testing.T) {
		if _, err := exec.LookPath("cc"); err != nil {
			t.Skip("no C compiler here")
		}
		everyCase(t, func(t *testing.T, c caseOf) []string {
			program := filepath.Join(bin, c.program+".c")
			out, err := exec.Command("cc", "-Wall", "-Wextra", "-Werror", "-o", program, "../c/testdata/lines.c", c.file("c")).CombinedOutput()
			require.NoError(t, err, "%s", out)
			return []string{program}
		})
	})
}

// everyCase runs a command a case, in a folder of its own.
func everyCase(t *testing.T, command func(*testing.T, caseOf) []string) {
	for _, c := range cases(t) {
		t.Run(filepath.Base(c.dir), func(t *testing.T) {
			c.needs(t)
			if _, err := os.Stat("/etc/services"); err != nil && strings.HasSuffix(c.dir, "-names") {
				t.Skip("this machine has no /etc/services")
			}
			args := command(t, c)
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Dir = t.TempDir()
			require.Equal(t, c.golden(t, "stdout.txt", nil), guesttest.Native(t, cmd))
		})
	}
}
