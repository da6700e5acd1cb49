package shell_test

import (
	"bytes"
	"context"
	"encoding/json"
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

// toolkit is the one of all tests, and what it prepares is kept with the
// user's.
var toolkit = sync.OnceValues(func() (*build.Toolkit, error) {
	dir := os.Getenv("SOCKLAB_CACHE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(cache, "socklab")
	}
	e, err := engine.New(context.Background(), engine.Options{CacheDir: dir})
	if err != nil {
		return nil, err
	}
	k, err := build.New(build.Options{Engine: e, CacheDir: filepath.Join(dir, "build")})
	if err != nil {
		return nil, err
	}
	return k, k.PrepareShell(context.Background())
})

func tools(t *testing.T) *build.Toolkit {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the shell is built with Go, and there is none")
	}
	k, err := toolkit()
	require.NoError(t, err)
	return k
}

// output is where a guest prints. It can be waited for.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{}
}

func newOutput() *output { return &output{more: make(chan struct{}, 1)} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// guest is a program of a test.
type guest struct {
	*engine.Instance
	out, err *output
}

// built are the programs of tests that have been built.
var built = map[string]*build.Program{}

// start starts a source with a folder as its own.
func start(t *testing.T, source, dir string, spec func(*engine.Spec), args ...string) *guest {
	t.Helper()
	k := tools(t)
	p, err := built[source], error(nil)
	if p == nil {
		p, err = k.Build(t.Context(), source)
		require.NoError(t, err)
		built[source] = p
	}
	g := &guest{out: newOutput(), err: newOutput()}
	s := engine.Spec{
		Name: "guest", Args: args, Stack: policy.New(kernel.New(), policy.Options{}), Stdout: g.out, Stderr: g.err,
		Env: []string{"COLOUR=green"}, Mounts: []engine.Mount{{Host: dir, Guest: "/"}},
	}
	if spec != nil {
		spec(&s)
	}
	g.Instance, err = p.Module.Start(context.Background(), p.Prepare(s))
	require.NoError(t, err)
	t.Cleanup(func() {
		g.Kill()
		g.Wait()
	})
	return g
}

// finish waits for a guest's end.
func (g *guest) finish(t *testing.T) engine.Exit {
	t.Helper()
	select {
	case <-g.Done():
	case <-time.After(time.Minute):
		t.Fatalf("still running; it said %q and %q", g.out, g.err)
	}
	return g.Wait()
}

// python starts a script.
func python(t *testing.T, text string, spec func(*engine.Spec), args ...string) *guest {
	t.Helper()
	if _, err := toolchains.Find("python"); err != nil {
		t.Skipf("no Python for guests here: %v", err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "main.py")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return start(t, file, dir, spec, args...)
}

// said is what a Python script that is to end well prints.
func said(t *testing.T, text string) string {
	t.Helper()
	g := python(t, text, nil)
	x := g.finish(t)
	require.Equal(t, engine.Exited, x.Why, "%s\n%s", x.Detail, g.err)
	require.Zero(t, x.Code, "%s%s", g.out, g.err)
	return g.out.String()
}

// result is what a command line did.
type result struct {
	Output string
	Status int
	Error  string
}

// lines runs command lines in one Go guest.
func lines(t *testing.T, dir string, spec func(*engine.Spec), all ...string) (results []result) {
	t.Helper()
	g := start(t, filepath.Join("testdata", "lines", "main.go"), dir, spec, all...)
	x := g.finish(t)
	require.Equal(t, engine.Exited, x.Why, "%+v %s", x, g.err)
	require.NoError(t, json.Unmarshal([]byte(g.out.String()), &results), "%s%s", g.out, g.err)
	return results
}
