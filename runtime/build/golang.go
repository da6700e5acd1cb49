package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"socklab/guests/go/std"
)

// golang builds Go programs with the machine's own toolchain. It calls the
// compiler and the linker directly: `go build` spends most of a small
// program's time in finding out that the standard library has not changed.
type golang struct {
	o *Options

	recent recent

	mu    sync.Mutex
	ready *library
}

// library is the standard library compiled for the sandbox, and the lessons'
// own package beside it.
type library struct {
	goroot  string
	overlay string // overlay.json
	module  string // the folder of the module that the lessons' package is in
	dir     string // where compiled packages are kept: dir/PATH.a
	tools   string // GOTOOLDIR

	mu   sync.Mutex
	have map[string][]string // packages by the import that needs them
}

// NoGoError says that Go programs cannot be built here, and why.
type NoGoError struct{ Why string }

func (e *NoGoError) Error() string { return "Go programs cannot be built here: " + e.Why }

func (g *golang) build(ctx context.Context, source string) (*Program, error) {
	lib, err := g.library(ctx)
	if err != nil {
		return nil, err
	}
	files, dir, err := goFiles(source)
	if err != nil {
		return nil, err
	}
	imports, err := goImports(files)
	if err != nil {
		return nil, err
	}
	packages, err := lib.packages(ctx, imports, g.o.Progress)
	if err != nil {
		return nil, err
	}
	code, err := lib.compile(ctx, dir, files, packages)
	if err != nil {
		return nil, err
	}
	m, err := g.recent.load(ctx, g.o, code)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	name := filepath.Base(source)
	return &Program{Language: Go, Name: name, Module: m, Args: []string{strings.TrimSuffix(name, ".go")}}, nil
}

// prepare compiles what programs commonly import.
func (g *golang) prepare(ctx context.Context) error {
	lib, err := g.library(ctx)
	if err != nil {
		return err
	}
	_, err = lib.packages(ctx, []string{"bufio", "fmt", "net/http", "os", std.SDKPath}, g.o.Progress)
	return err
}

// goFiles are the files of a program: the one, or those of a folder.
func goFiles(source string) (files []string, dir string, err error) {
	info, err := os.Stat(source)
	if err != nil {
		return nil, "", &SourceError{source, "no such file", ""}
	}
	if !info.IsDir() {
		return []string{source}, filepath.Dir(source), nil
	}
	names, err := filepath.Glob(filepath.Join(source, "*.go"))
	if err != nil {
		return nil, "", err
	}
	for _, n := range names {
		if !strings.HasSuffix(n, "_test.go") {
			files = append(files, n)
		}
	}
	return files, source, nil
}

// goImports are the packages that files import. Files that cannot be parsed
// are left to the compiler, which says it better.
func goImports(files []string) ([]string, error) {
	var all []string
	for _, f := range files {
		src, err := readSource(f, maxSource)
		if err != nil {
			return nil, err
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, filepath.Base(f), src, parser.ImportsOnly)
		if tree == nil || err != nil {
			continue
		}
		for _, im := range tree.Imports {
			path, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				continue
			}
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") || path == "C" {
				return nil, &CompileError{Diagnostics: []Diagnostic{{
					File: filepath.Base(f), Line: fset.Position(im.Pos()).Line,
					Message: fmt.Sprintf("import %q: only the standard library and %q can be used here", path, std.SDKPath),
				}}}
			}
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// library prepares what every build needs, once.
func (g *golang) library(ctx context.Context) (*library, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ready != nil {
		return g.ready, nil
	}
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT", "GOTOOLDIR", "GOVERSION").Output()
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
	lib := &library{goroot: env[0], tools: env[1], have: map[string][]string{}}
	overlay, err := std.Prepare(lib.goroot, filepath.Join(g.o.CacheDir, "go"))
	if err != nil {
		return nil, &NoGoError{err.Error()}
	}
	lib.overlay, lib.module = overlay.JSON, overlay.Module
	lib.dir = filepath.Join(overlay.Dir, "pkg")
	if err := os.MkdirAll(lib.dir, 0o700); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	g.ready = lib
	return lib, nil
}

// goCommand is the go command for guests, without a network and without
// whatever the user has set for programs of their own.
func (l *library) goCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = l.module
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOPROXY=off", "GOWORK=off",
		"GOTOOLCHAIN=local", "GOEXPERIMENT=", "GOWASM=", "CGO_ENABLED=0", "GO111MODULE=on")
	return cmd
}

// packages makes sure that the packages imported, and those that they need,
// are compiled and kept. It returns their paths.
func (l *library) packages(ctx context.Context, imports []string, progress func(string, int64, int64)) ([]string, error) {
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
	progress("compiling Go's standard library for the sandbox", 0, 0)
	args := append([]string{"list", "-export", "-deps", "-trimpath", "-overlay", l.overlay, "-f", "{{.ImportPath}} {{.Export}}", "runtime"}, imports...)
	cmd := l.goCommand(ctx, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &CompileError{Diagnostics: goDiagnostics(errs.String(), ""), Output: errs.String()}
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
	progress("compiling Go's standard library for the sandbox", 1, 1)
	return paths, nil
}

// compile compiles and links one program.
func (l *library) compile(ctx context.Context, dir string, files, packages []string) ([]byte, error) {
	tmp, err := os.MkdirTemp("", "socklab-build-")
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	defer os.RemoveAll(tmp)
	var cfg strings.Builder
	for _, p := range packages {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", p, filepath.Join(l.dir, p+".a"))
	}
	importcfg, object, module := filepath.Join(tmp, "importcfg"), filepath.Join(tmp, "main.a"), filepath.Join(tmp, "main.wasm")
	if err := os.WriteFile(importcfg, []byte(cfg.String()), 0o600); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = "./" + filepath.Base(f)
	}
	compile := append([]string{"-p", "main", "-complete", "-pack", "-c=2", "-dwarf=false", "-trimpath", dir + "=>", "-importcfg", importcfg, "-o", object}, names...)
	if err := l.tool(ctx, dir, "compile", compile); err != nil {
		return nil, err
	}
	if err := l.tool(ctx, dir, "link", []string{"-importcfg", importcfg, "-s", "-w", "-buildmode=exe", "-o", module, object}); err != nil {
		return nil, err
	}
	return os.ReadFile(module)
}

// tool runs one of Go's tools.
func (l *library) tool(ctx context.Context, dir, name string, args []string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(l.tools, name), args...)
	cmd.Dir = dir
	cmd.Env = []string{"GOOS=wasip1", "GOARCH=wasm", "GOROOT=" + l.goroot, "HOME=" + os.TempDir(), "TMPDIR=" + os.TempDir()}
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("build: %s: %w", name, err)
	}
	text := strings.ReplaceAll(string(out), dir+string(filepath.Separator), "")
	return &CompileError{Diagnostics: goDiagnostics(text, "main.go"), Output: text}
}

// goDiagnostics reads what Go's tools complain about.
func goDiagnostics(text, file string) []Diagnostic {
	var all []Diagnostic
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "note: ") {
			continue
		}
		if len(all) > 0 && strings.HasPrefix(line, "\t") {
			all[len(all)-1].Message += "\n" + line
			continue
		}
		d := Diagnostic{File: file, Message: line}
		parts := strings.SplitN(line, ":", 4)
		if len(parts) >= 3 {
			if n, err := strconv.Atoi(parts[1]); err == nil {
				d.File, d.Line = strings.TrimPrefix(parts[0], "./"), n
				d.Message = strings.TrimSpace(strings.Join(parts[2:], ":"))
				if col, err := strconv.Atoi(parts[2]); err == nil && len(parts) == 4 {
					d.Column, d.Message = col, strings.TrimSpace(parts[3])
				}
			}
		}
		all = append(all, d)
	}
	return all
}

// keepFile copies a file to where it is kept, unless it is there. A copy
// broken off counts for nothing.
func keepFile(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return writeFile(to, b)
}

// writeFile writes a file whole or not at all.
func writeFile(to string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(to), ".new-")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), to)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
