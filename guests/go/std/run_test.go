package std_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/guests/go/std"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

// A program is one of testdata, built for this machine and for a guest.
type program struct {
	native string
	guest  engine.Module
}

var (
	lab struct { // what all tests share
		sync.Mutex
		engine   *engine.Engine
		overlay  *std.Overlay
		programs map[string]*program
	}
	cache string // of this run
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "std-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		cache = dir
		return m.Run()
	}())
}

// build builds a folder of testdata, once.
func build(t *testing.T, name string) *program {
	t.Helper()
	lab.Lock()
	defer lab.Unlock()
	if p := lab.programs[name]; p != nil {
		return p
	}
	var err error
	if lab.engine == nil {
		lab.programs = map[string]*program{}
		lab.engine, err = engine.New(context.Background(), engine.Options{CacheDir: filepath.Join(cache, "engine")})
		require.NoError(t, err)
		lab.overlay, err = std.Prepare(runtime.GOROOT(), filepath.Join(cache, "overlay"))
		require.NoError(t, err)
	}
	p := &program{native: filepath.Join(cache, name)}
	src, err := filepath.Abs(filepath.Join("testdata", name))
	require.NoError(t, err)
	goBuild(t, src, os.Environ(), "-o", p.native)
	wasm := filepath.Join(cache, name+".wasm")
	goBuild(t, src, guestEnv(), "-overlay", lab.overlay.JSON, "-o", wasm)
	code, err := os.ReadFile(wasm)
	require.NoError(t, err)
	p.guest, err = lab.engine.Load(context.Background(), code, engine.Compiled)
	require.NoError(t, err)
	lab.programs[name] = p
	return p
}

func guestEnv() []string { return append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=") }

// goBuild builds the package at src, in a module of its own that finds the
// lessons' package.
func goBuild(t *testing.T, src string, env []string, args ...string) {
	t.Helper()
	sdk := filepath.Join(cache, "sdk")
	require.NoError(t, std.WriteSDK(sdk))
	dir := filepath.Join(cache, "src", filepath.Base(src))
	require.NoError(t, os.CopyFS(dir, os.DirFS(src)), "each is built once")
	t.Cleanup(func() { os.RemoveAll(dir) })
	mod := "module guest\n\ngo 1.26\n\nrequire socklab v0.0.0\n\nreplace socklab => " + sdk + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o666))
	cmd := exec.Command("go", append(append([]string{"build"}, args...), ".")...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	os.RemoveAll(dir)
}

// runNative runs a case on this machine and returns its output.
func (p *program) runNative(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(p.native, args...)
	cmd.Dir = t.TempDir()
	cmd.Stdin = strings.NewReader(stdin)
	return guesttest.Native(t, cmd)
}

// runGuest runs a case in the sandbox and returns its output.
func (p *program) runGuest(t *testing.T, stdin *os.File, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	paths := &engine.Paths{}
	i, err := p.guest.Start(ctx, engine.Spec{
		Name: "guest", Args: append([]string{"guest"}, args...),
		Stack:  policy.New(kernel.New(), policy.Options{Resolve: paths.Resolve}),
		Paths:  paths,
		Stdin:  stdin,
		Stdout: &out, Stderr: &out,
		Mounts: []engine.Mount{{Host: t.TempDir(), Guest: "/"}},
	})
	require.NoError(t, err)
	x := i.Wait()
	require.Equal(t, engine.Exited, x.Why, "%s %s", x.Detail, out.String())
	require.Zero(t, x.Code, out.String())
	return out.String()
}

// same runs a case natively and in the sandbox and wants the same output.
func (p *program) same(t *testing.T, args ...string) {
	t.Helper()
	const input = "one\ntwo\n\nthree"
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	go func() {
		w.WriteString(input)
		w.Close()
	}()
	native := p.runNative(t, input, args...)
	require.NotEmpty(t, native)
	require.Equal(t, native, p.runGuest(t, r, args...))
}

func TestProgramsOfPackageNetPrintWhatTheyPrintNatively(t *testing.T) {
	p := build(t, "net")
	for _, name := range []string{
		"echo50", "crowd", "deadlines", "halfclose", "refused", "reset", "closed", "cancel", "file", "options",
		"dualstack", "buffers", "bulk", "rawconn", "udp", "unix", "syscalls", "names", "pipe", "http", "busy", "dial", "passing",
	} {
		t.Run(name, func(t *testing.T) { p.same(t, name) })
	}
}

func TestStandardInputIsReadAsNatively(t *testing.T) {
	build(t, "net").same(t, "stdin")
}

// One goroutine blocked in Read, one in Accept, one on standard input: a
// ticker ticks on.
func TestABlockedGoroutineStopsNoOther(t *testing.T) {
	p := build(t, "net")
	r, w, err := os.Pipe() // on which nothing ever comes
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	require.Equal(t, strings.Repeat("tick\n", 5), p.runGuest(t, r, "ticker"))
}

func TestProgramsOfPackageSocketPrintWhatTheyPrintNatively(t *testing.T) {
	p := build(t, "bsd")
	for _, name := range []string{
		"call", "many", "errors", "datagrams", "unix", "options", "nonblock", "poll", "pollmany", "timeouts", "names", "big", "shared",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "names" {
				guesttest.NameServer(t)
			}
			p.same(t, name)
		})
	}
}
