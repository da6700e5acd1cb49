package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"socklab/guests/go/std"
)

// library is the standard library compiled for the sandbox, and the lessons'
// own package beside it, as the machine's Go toolchain makes them.
type library struct {
	o         *Options
	goroot    string
	tools     string // GOTOOLDIR
	goVersion string
	overlay   *std.Overlay
	dir       string // where compiled packages are kept: dir/PATH.a

	prepared *preparedGo // everything was; nil: what programs need is compiled as they need it

	mu   sync.Mutex
	have map[string][]string // packages by the import that needs them
}

// nativeGo finds the machine's Go.
func nativeGo(ctx context.Context, o *Options) (*library, error) {
	cache := filepath.Join(o.CacheDir, "go")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	cmd := goCommand(ctx, cache, "env", "GOROOT", "GOTOOLDIR", "GOVERSION")
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if errors.Is(err, exec.ErrNotFound) {
			return nil, &NoGoError{"there is no go command; install Go 1.26 or newer"}
		}
		return nil, &NoGoError{"go env: " + err.Error()}
	}
	env := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(env) != 3 {
		return nil, &NoGoError{"go env answers what is not understood"}
	}
	l := &library{o: o, goroot: env[0], tools: env[1], goVersion: env[2], have: map[string][]string{}}
	if l.overlay, err = std.Prepare(l.goroot, cache); err != nil {
		return nil, &NoGoError{err.Error()}
	}
	os.Chtimes(l.overlay.Dir, time.Now(), time.Now()) // it is in use
	l.dir = filepath.Join(l.overlay.Dir, pkgName(l.goVersion))
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if p, err := findPrepared(o); err == nil && p.Version == l.goVersion && p.Std == filepath.Base(l.overlay.Dir) {
		l.prepared = p
	}
	return l, nil
}

// FindGo finds the machine's Go, and whether programs for the sandbox can be
// built with it; it waits for the go command. cacheDir is as in Options. A
// *NoGoError says why not.
func FindGo(ctx context.Context, cacheDir string) (version, goroot string, err error) {
	l, err := nativeGo(ctx, &Options{CacheDir: cacheDir})
	if err != nil {
		return "", "", err
	}
	return l.goVersion, l.goroot, nil
}

// pkgName names the folder of archives that a Go has made.
func pkgName(goVersion string) string { return "pkg-" + goVersion }

// goCommand is the go command for guests, in a folder of ours, without a
// network and without whatever the user has set for programs of their own.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOPROXY=off", "GOWORK=off",
		"GOTOOLCHAIN=local", "GOEXPERIMENT=", "GOWASM=", "CGO_ENABLED=0", "GO111MODULE=on")
	interruptible(cmd)
	return cmd
}

// interruptible lets the go command clean up when it is called off: if it were
// killed, hundreds of megabytes would stay in the folder for temporary files.
func interruptible(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
}

func (l *library) version() string { return l.goVersion }

// isStd looks into Go's own folder of sources.
func (l *library) isStd(path string) bool {
	if l.prepared != nil {
		return l.prepared.importable(path)
	}
	parts := strings.Split(path, "/")
	for _, not := range []string{"internal", "vendor", "testdata", "cmd", "", ".", ".."} {
		if slices.Contains(parts, not) {
			return false
		}
	}
	files, _ := filepath.Glob(filepath.Join(globQuote(l.goroot), "src", globQuote(path), "*.go"))
	return len(files) > 0
}

// globQuote takes the meaning from the signs of a pattern.
func globQuote(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// prepare compiles what programs commonly import.
func (l *library) prepare(ctx context.Context) error {
	_, err := l.archives(ctx, []string{"bufio", "fmt", "net/http", "os", "runtime", std.SDKPath})
	return err
}

// archives returns the packages imported, and those that they need.
func (l *library) archives(ctx context.Context, imports []string) ([]string, error) {
	if l.prepared != nil {
		return l.prepared.closure(imports), nil
	}
	key := sha256.Sum256([]byte(strings.Join(imports, "\n")))
	name := "set-" + hex.EncodeToString(key[:8])
	l.mu.Lock()
	defer l.mu.Unlock()
	if have := l.have[name]; have != nil {
		return have, nil
	}
	list := filepath.Join(l.dir, name)
	if b, err := os.ReadFile(list); err == nil {
		l.have[name] = strings.Fields(string(b))
		return l.have[name], nil
	}
	const step = "compiling Go's standard library for the sandbox"
	l.o.Progress(step, 0, 0)
	args := append([]string{"list", "-export", "-deps", "-trimpath", "-overlay", l.overlay.JSON, "-f", "{{.ImportPath}} {{.Export}}", "runtime"}, imports...)
	cmd := goCommand(ctx, l.overlay.Module, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// What the program imports is the standard library's: it is not the
		// student's failure. (A full disk is, or a cache that cannot be written.)
		first, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\n")
		return nil, &NoGoError{Why: "its standard library does not compile: " + first}
	}
	var paths []string
	for line := range strings.Lines(string(out)) {
		path, export, _ := strings.Cut(strings.TrimSpace(line), " ")
		if export == "" { // unsafe
			continue
		}
		if err := keepFile(export, filepath.Join(l.dir, path+".a")); err != nil {
			return nil, fmt.Errorf("build: %w", err)
		}
		paths = append(paths, path)
	}
	if err := writeFile(list, []byte(strings.Join(paths, "\n"))); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	l.have[name] = paths
	l.o.Progress(step, 1, 1)
	return paths, nil
}

func (l *library) places(work string) goPlaces {
	return goPlaces{work + "/src", work + "/out", l.dir}
}

// run runs one of Go's tools.
func (l *library) run(ctx context.Context, work, tool string, args []string) (string, int, error) {
	guest := &toolGuest{name: goToolNames[tool], limits: toolLimits}
	ctx, cancel := context.WithTimeoutCause(ctx, guest.limits.Wall, guest.passed("wall"))
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(l.tools, tool), args...)
	cmd.Dir = filepath.Join(work, "src")
	cmd.Env = append(goToolEnv("HOME="+work, "TMPDIR="+work), "PWD="+cmd.Dir)
	said := &bounded{left: toolLimits.Output, over: cancel}
	cmd.Stdout, cmd.Stderr = said, said
	err := cmd.Start()
	if err == nil {
		limitMemory(cmd.Process, guest.limits.Memory)
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return said.String(), 0, nil
	case said.left < 0:
		return said.String(), 0, guest.passed("output")
	case ctx.Err() != nil:
		return said.String(), 0, context.Cause(ctx)
	case errors.As(err, &exit):
		return said.String(), exit.ExitCode(), nil
	}
	return "", 0, fmt.Errorf("build: %s: %w", tool, err)
}

// goToolNames are what people call Go's tools.
var goToolNames = map[string]string{"compile": "Go's compiler", "link": "Go's linker"}

// goToolEnv is the environment of Go's tools, the same for both kinds.
func goToolEnv(more ...string) []string {
	return append([]string{"GOOS=wasip1", "GOARCH=wasm"}, more...)
}

// bounded keeps what a native tool says.
type bounded struct {
	bytes.Buffer
	left int64
	over func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		b.over()
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
