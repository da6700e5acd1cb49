package python_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
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

// toolkit is the one of all tests, whose interpreter is prepared once and
// kept with the user's.
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

// tools returns the toolkit, and skips where there is no interpreter.
func tools(t testing.TB) *build.Toolkit {
	t.Helper()
	if _, err := toolchains.Find("python"); err != nil {
		t.Skipf("no Python for guests here: %v", err)
	}
	k, err := toolkit()
	require.NoError(t, err)
	return k
}

// native is the machine's own Python, to compare with.
func native(t testing.TB) string {
	t.Helper()
	// The one behind the name: version managers put a slow script there.
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Skip("no python3 here to compare with")
	}
	return strings.TrimSpace(string(out))
}

// guest is a program of a test that runs, or has run.
type guest struct {
	*engine.Instance
	out *lines
	err *lines
}

// program is a file to start: its folder, its name in it, and what stands
// beside the defaults.
type program struct {
	dir, name string
	args      []string
	stdin     io.Reader
	spec      func(*engine.Spec)
}

func (p program) start(t testing.TB) *guest {
	t.Helper()
	built, err := tools(t).Build(t.Context(), filepath.Join(p.dir, p.name))
	require.NoError(t, err)
	g := &guest{out: newLines(), err: newLines()}
	paths := &engine.Paths{}
	s := engine.Spec{
		Name: "python", Args: p.args, Stack: policy.New(kernel.New(), policy.Options{Resolve: paths.Resolve}), Paths: paths, Stdin: p.stdin, Stdout: g.out, Stderr: g.err,
		Mounts: []engine.Mount{{Host: p.dir, Guest: "/"}},
	}
	if p.spec != nil {
		p.spec(&s)
	}
	g.Instance, err = built.Module.Start(context.Background(), built.Prepare(s))
	require.NoError(t, err)
	t.Cleanup(func() {
		g.Kill()
		g.Wait()
	})
	return g
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

// script starts one file.
func script(t testing.TB, text string, args ...string) *guest {
	t.Helper()
	return program{dir: write(t, map[string]string{"main.py": text}), name: "main.py", args: args}.start(t)
}

// finish waits for a guest that is to end by itself.
func (g *guest) finish(t testing.TB) engine.Exit {
	t.Helper()
	select {
	case <-g.Done():
	case <-time.After(2 * time.Minute):
		t.Fatalf("still running; it said %q and %q", g.out.String(), g.err.String())
	}
	return g.Wait()
}

// run runs a script to its end, which must be a good one.
func run(t testing.TB, text string, args ...string) string {
	t.Helper()
	g := script(t, text, args...)
	x := g.finish(t)
	require.Equal(t, engine.Exited, x.Why, "%s\n%s", x.Detail, g.err)
	require.Zero(t, x.Code, "%s", g.err)
	return g.out.String()
}

// lines is an output that can be waited for.
type lines struct {
	mu   sync.Mutex
	cond *sync.Cond
	buf  bytes.Buffer
}

func newLines() *lines {
	l := &lines{}
	l.cond = sync.NewCond(&l.mu)
	return l
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cond.Broadcast()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// first waits for a guest's first line.
func (g *guest) first(t testing.TB) string {
	t.Helper()
	go func() {
		<-g.Done()
		g.out.cond.Broadcast()
	}()
	g.out.mu.Lock()
	defer g.out.mu.Unlock()
	for {
		if line, _, ok := strings.Cut(g.out.buf.String(), "\n"); ok {
			return line
		}
		select {
		case <-g.Done():
			t.Fatalf("ended without a line: %+v, it said %q", g.Wait(), g.err.String())
		default:
		}
		g.out.cond.Wait()
	}
}
