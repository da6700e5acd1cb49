package python_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
)

// CPython's own tests pass, but for those that testdata/cpython/known.txt
// gives a reason for. SOCKLAB_CPYTHON is the folder Lib of CPython 3.12.
func TestCPythonsOwnTestsPass(t *testing.T) {
	lib := os.Getenv("SOCKLAB_CPYTHON")
	if lib == "" {
		t.Skip("SOCKLAB_CPYTHON names no folder with CPython's Lib")
	}
	modules := known(t)
	for _, module := range slices.Sorted(maps.Keys(modules)) {
		t.Run(module, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/cpython")))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "test"), 0o700)) // to be seen in the folder above its mount
			var args []string
			for _, part := range modules[module] {
				args = append(args, "-x", part)
			}
			g := program{dir: dir, name: "run.py", args: append(args, "test."+module), spec: func(s *engine.Spec) {
				s.Mounts = append(s.Mounts, engine.Mount{Host: lib, Guest: "/lib"},
					engine.Mount{Host: filepath.Join(lib, "test"), Guest: "/test"})
			}}.start(t)
			<-g.Done()
			x := g.Wait()
			require.Equal(t, engine.Exited, x.Why, "%s", x.Detail)
			require.Zero(t, x.Code, "%s\n%s", g.Out, g.Err)
			lines := strings.Split(strings.TrimSpace(g.Out.String()), "\n")
			t.Log(lines[len(lines)-1])
		})
	}
}

// known reads what is to be left out of each module's tests.
func known(t *testing.T) map[string][]string {
	text, err := os.ReadFile("testdata/cpython/known.txt")
	require.NoError(t, err)
	modules, module := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		part, reason, ok := strings.Cut(strings.TrimSpace(line), "  ")
		switch {
		case part == "" || part[0] == '#':
		case !ok:
			module = part
			modules[module] = nil
		default:
			require.NotEmpty(t, strings.TrimSpace(reason))
			modules[module] = append(modules[module], part)
		}
	}
	return modules
}
