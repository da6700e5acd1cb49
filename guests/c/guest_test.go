package guestc_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
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

// toolkit is the one of all tests, whose compiler is prepared once and kept
// with the user's.
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
	return build.New(build.Options{Engine: e, CacheDir: filepath.Join(dir, "build")})
})

// tools returns the toolkit, and skips where there is no compiler.
func tools(t testing.TB) *build.Toolkit {
	t.Helper()
	if _, err := toolchains.Find("clang"); err != nil {
		t.Skipf("no C compiler for guests here: %v", err)
	}
	k, err := toolkit()
	require.NoError(t, err)
	return k
}

// write makes a folder of files.
func write(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// guest is a program of a test that runs, or has run.
type guest struct {
	*engine.Instance
	out, err *output
}

// start starts a built program in a folder.
func start(t testing.TB, source string, stdin io.Reader, args ...string) *guest {
	t.Helper()
	p, err := tools(t).Build(t.Context(), source)
	require.NoError(t, err)
	require.Equal(t, build.C, p.Language)
	g := &guest{out: newOutput(), err: newOutput()}
	paths := &engine.Paths{}
	g.Instance, err = p.Module.Start(context.Background(), p.Prepare(engine.Spec{
		Name: "c", Args: args, Stack: policy.New(kernel.New(), policy.Options{Resolve: paths.Resolve}), Paths: paths,
		Stdin: stdin, Stdout: g.out, Stderr: g.err, Mounts: []engine.Mount{{Host: t.TempDir(), Guest: "/"}},
	}))
	require.NoError(t, err)
	t.Cleanup(func() {
		g.Kill()
		g.Wait()
	})
	return g
}

// program starts one source.
func program(t testing.TB, text string, args ...string) *guest {
	t.Helper()
	return start(t, filepath.Join(write(t, map[string]string{"main.c": text}), "main.c"), nil, args...)
}

// finish waits for a guest that is to end by itself, and well.
func (g *guest) finish(t testing.TB) string {
	t.Helper()
	select {
	case <-g.Done():
	case <-time.After(time.Minute):
		t.Fatalf("still running; it said %q and %q", g.out, g.err)
	}
	x := g.Wait()
	require.Equal(t, engine.Exited, x.Why, "%s\n%s", x.Detail, g.err)
	require.Zero(t, x.Code, "%s", g.err)
	return g.out.String()
}

// output is what a guest has said, line by line as it comes.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func newOutput() *output { return &output{grown: make(chan struct{}, 1)} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(b)
	select {
	case o.grown <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// line waits for the first line.
func (g *guest) line(t testing.TB) string {
	t.Helper()
	for {
		if line, _, whole := strings.Cut(g.out.String(), "\n"); whole {
			return line
		}
		select {
		case <-g.out.grown:
		case <-g.Done():
			if line, _, whole := strings.Cut(g.out.String(), "\n"); whole {
				return line
			}
			t.Fatalf("it ended: %+v %s", g.Wait(), g.err)
		case <-time.After(time.Minute):
			t.Fatalf("no line; it said %q and %q", g.out, g.err)
		}
	}
}
