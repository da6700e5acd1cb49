package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"

	"socklab/guests/shell"
	"socklab/runtime/engine"
)

// shells is what command lines of guests are run with: a shell that is a
// guest as well. It is built with the machine's Go when first needed, and
// kept.
type shells struct {
	o *Options

	mu   sync.Mutex
	load *shellLoad // nil before the first, and after one that failed
}

// shellLoad is the making of the module, by whoever asked first.
type shellLoad struct {
	built  chan struct{} // closed when it is there and only to be loaded, or there is an error
	done   chan struct{} // closed when what follows is set
	module engine.Module
	err    error
}

const buildingShell = "building the sandbox's shell"

// module is the shell. Preparing it goes on if ctx ends, for the next who
// asks: a guest's own time is short.
func (s *shells) module(ctx context.Context) (engine.Module, error) {
	l := s.begin(ctx)
	select {
	case <-l.done:
		return l.module, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ahead begins to make the module ready, and waits as long as it is built.
func (s *shells) ahead(ctx context.Context) {
	select {
	case <-s.begin(ctx).built:
	case <-ctx.Done():
	}
}

func (s *shells) begin(ctx context.Context) *shellLoad {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load != nil {
		return s.load
	}
	l := &shellLoad{built: make(chan struct{}), done: make(chan struct{})}
	s.load = l
	go func() {
		built := sync.OnceFunc(func() { close(l.built) })
		l.module, l.err = s.prepare(context.WithoutCancel(ctx), built)
		if l.err != nil {
			s.mu.Lock()
			s.load = nil
			s.mu.Unlock()
		}
		built()
		close(l.done)
	}()
	return l
}

func (s *shells) prepare(ctx context.Context, built func()) (engine.Module, error) {
	digest, err := shell.Digest()
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	name := "shell-" + digest + ".wasm"
	var file string
	var code []byte
	if p, err := findPrepared(s.o); err == nil { // no process is needed then
		file = filepath.Join(s.o.CacheDir, "go", p.Std, name)
		code, _ = os.ReadFile(file)
	}
	if code == nil {
		l, err := nativeGo(ctx, s.o)
		var noGo *NoGoError
		if errors.As(err, &noGo) {
			return nil, &NoGoError{"the shell for command lines is built with Go: " + noGo.Why}
		} else if err != nil {
			return nil, err
		}
		file = filepath.Join(l.overlay.Dir, name)
		if code, err = os.ReadFile(file); err != nil {
			s.o.Progress(buildingShell, 0, 0)
			if code, err = s.build(ctx, l.overlay.JSON); err != nil {
				return nil, err
			}
			s.o.Progress(buildingShell, 1, 1)
			writeFile(file, code) // if that fails, it is made again
		}
	}
	built()
	m, err := s.o.Engine.Load(ctx, code, engine.Compiled)
	if err != nil {
		discard(err, file)
		return nil, fmt.Errorf("build: %w", err)
	}
	return m, nil
}

// build compiles the shell. The interpreter that it stands on comes from Go's
// module cache, where building socklab has left it, or else by the user's
// own way to modules.
func (s *shells) build(ctx context.Context, overlay string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "socklab-shell-")
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := shell.Write(dir); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	module := filepath.Join(dir, "sh.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-trimpath", "-ldflags=-s -w", "-o", module, shell.Package)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=-mod=readonly", "GOWORK=off",
		"GOTOOLCHAIN=local", "GOEXPERIMENT=", "GOWASM=", "CGO_ENABLED=0", "GO111MODULE=on")
	interruptible(cmd)
	if text, err := cmd.CombinedOutput(); err != nil {
		if !errors.As(err, new(*exec.ExitError)) {
			return nil, fmt.Errorf("build: %w", err)
		}
		return nil, fmt.Errorf("the shell for command lines cannot be built: %s", bytes.TrimSpace(text))
	}
	return os.ReadFile(module)
}

// runsCommands reports whether a source looks as if it ran command lines. If
// so the shell is made ready before the program has begun, and a peer waits
// for it.
func runsCommands(source origin) bool {
	files := []string{source.name}
	if source.name == "" {
		files, _ = fs.Glob(source.folder.FS(), "*.[cg]*")
	}
	for _, file := range files {
		text, why := readIn(source.folder, file, maxSource)
		if why == "" && commandWords.Match(text) {
			return true
		}
	}
	return false
}

var commandWords = regexp.MustCompile(`\b(popen|os\.system|subprocess|socket\.Command)\b`)
