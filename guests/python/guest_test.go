package python_test

import (
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socklab/runtime/build"
	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

// tools returns the toolkit, and skips where there is no interpreter.
func tools(t testing.TB) *build.Toolkit {
	t.Helper()
	return guesttest.Toolkit(t, "python")
}

// native is the machine's own Python, to compare with.
func native(t testing.TB) string {
	t.Helper()
	// The one behind the name: version managers put a slow script there.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Skip("no python3 here to compare with")
	}
	return strings.TrimSpace(string(out))
}

// program is a file to start: its folder, its name in it, and what stands
// beside the defaults.
type program struct {
	dir, name string
	args      []string
	stdin     io.Reader
	spec      func(*engine.Spec)
}

func (p program) start(t testing.TB) *guesttest.Guest {
	t.Helper()
	s := engine.Spec{Args: p.args, Stdin: p.stdin, Mounts: []engine.Mount{{Host: p.dir, Guest: "/"}}}
	if p.spec != nil {
		p.spec(&s)
	}
	return guesttest.Start(t, tools(t), filepath.Join(p.dir, p.name), s)
}

// script starts one file.
func script(t testing.TB, text string, args ...string) *guesttest.Guest {
	t.Helper()
	return program{dir: guesttest.Write(t, map[string]string{"main.py": text}), name: "main.py", args: args}.start(t)
}

// run runs a script to its end, which must be a good one.
func run(t testing.TB, text string, args ...string) string {
	t.Helper()
	return script(t, text, args...).Said(t)
}
