// Package guesttest runs programs as guests in tests: it builds them with what
// the user's own cache has prepared, and what they print can be waited for.
package guesttest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/guests/toolchains"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

// patience is how long a guest may take to do what it is waited for.
const patience = 2 * time.Minute

var toolkit = sync.OnceValues(func() (*build.Toolkit, error) {
	dir, err := engine.CacheDir()
	if err != nil {
		return nil, err
	}
	e, err := engine.New(context.Background(), engine.Options{CacheDir: dir})
	if err != nil {
		return nil, err
	}
	return build.New(build.Options{Engine: e, CacheDir: filepath.Join(dir, "build")})
})

// Toolkit is the one of all tests. What it prepares is kept with the user's,
// so that compilers and interpreters are made ready once. It skips the test
// where what it needs is not there: "go", or a toolchain of package
// toolchains.
func Toolkit(t testing.TB, needs ...string) *build.Toolkit {
	t.Helper()
	for _, name := range needs {
		find := toolchains.Find
		if name == "go" {
			find = exec.LookPath
		}
		if _, err := find(name); err != nil {
			t.Skipf("%s for guests is not here: %v", name, err)
		}
	}
	k, err := toolkit()
	require.NoError(t, err)
	return k
}

// Write makes a folder of files, whose names may have folders.
func Write(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return dir
}

// Native runs a program of this machine that is to end well, and returns what
// it printed, in whichever stream. It ends within a minute, so that one that
// hangs is told with what it has printed so far: C's stdout is to be
// line-buffered for that.
func Native(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // for what it has started itself
	require.NoError(t, cmd.Start())
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	require.NoError(t, cmd.Wait(), "natively: %s", &out)
	return out.String()
}

// Guest is a program that runs, or has run.
type Guest struct {
	*engine.Instance
	Out, Err *Output
}

// Start builds a program and starts it, unless the spec says otherwise under
// its own name, in an empty folder and on the machine's loopback. What it
// prints goes to the Guest, which ends with the test.
func Start(t testing.TB, k *build.Toolkit, source string, s engine.Spec) *Guest {
	t.Helper()
	p, err := k.Build(t.Context(), source)
	require.NoError(t, err)
	g := &Guest{Out: newOutput(), Err: newOutput()}
	s.Stdout, s.Stderr = g.Out, g.Err
	if s.Name == "" {
		s.Name = p.Name
	}
	if s.Stack == nil {
		s.Paths = &engine.Paths{}
		s.Stack = policy.New(kernel.New(), policy.Options{Resolve: s.Paths.Resolve})
	}
	if s.Mounts == nil {
		s.Mounts = []engine.Mount{{Host: t.TempDir(), Guest: "/"}}
	}
	g.Instance, err = p.Module.Start(context.Background(), p.Prepare(s))
	require.NoError(t, err)
	t.Cleanup(func() {
		g.Kill()
		g.Wait()
	})
	return g
}

// Finish waits for a guest that is to end by itself.
func (g *Guest) Finish(t testing.TB) engine.Exit {
	t.Helper()
	select {
	case <-g.Done():
	case <-time.After(patience):
		require.FailNow(t, "still running", "it said %q and %q", g.Out, g.Err)
	}
	return g.Wait()
}

// Said is what a guest that is to end well has printed in the end.
func (g *Guest) Said(t testing.TB) string {
	t.Helper()
	x := g.Finish(t)
	require.Equal(t, engine.Exited, x.Why, "%s\n%s%s", x.Detail, g.Out, g.Err)
	require.Zero(t, x.Code, "%s%s", g.Out, g.Err)
	return g.Out.String()
}

// Line waits for the first line that a guest prints.
func (g *Guest) Line(t testing.TB) string {
	t.Helper()
	late := time.After(patience)
	for {
		line, grown, whole := g.Out.first()
		if whole {
			return line
		}
		select {
		case <-grown:
			continue
		case <-g.Done():
		case <-late:
		}
		if line, _, whole = g.Out.first(); whole {
			return line
		}
		require.FailNow(t, "no line", "it said %q and %q", g.Out, g.Err)
	}
}
