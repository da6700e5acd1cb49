package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"socklab/host/trace"
)

// golang builds Go programs. It calls the compiler and the linker directly:
// `go build` spends most of a small program's time in finding out that the
// standard library has not changed. They run natively, or as guests.
type golang struct {
	o *Options

	recent recent

	mu    sync.Mutex
	ready goKit
}

// goKit is what Go programs are built with.
type goKit interface {
	// prepare does now what would otherwise be done when first needed.
	prepare(ctx context.Context) error
	// version is Go's, such as go1.26.8.
	version() string
	// isStd reports whether a package is one of the standard library's that a
	// program may import.
	isStd(path string) bool
	// archives makes sure that packages, and those that they need, are compiled,
	// and returns the paths of all.
	archives(ctx context.Context, imports []string) ([]string, error)
	// places are a build's folders as the tools see them.
	places(work string) goPlaces
	// run runs the compiler or the linker in a build's folder for sources. It
	// returns what the tool said and its exit code.
	run(ctx context.Context, work, tool string, args []string) (said string, code int, err error)
}

// goPlaces are the folders of a build.
type goPlaces struct {
	src, out, std string // of the source, of what is made, and of archives
}

// NoGoError says that Go programs cannot be built here, and why.
type NoGoError struct{ Why string }

func (e *NoGoError) Error() string { return "Go programs cannot be built here: " + e.Why }

func (g *golang) build(ctx context.Context, source origin) (*Program, error) {
	kit, err := g.kit(ctx)
	if err != nil {
		return nil, err
	}
	src, err := source.readGo(kit.version(), kit.isStd)
	if err != nil {
		return nil, err
	}
	code, err := src.compile(ctx, kit)
	if err != nil {
		return nil, err
	}
	m, err := g.recent.load(ctx, g.o, g.o.Tier, code)
	if err != nil {
		return nil, loadError(source.base(), err)
	}
	name := source.base()
	return &Program{Language: Go, Name: name, Module: m, Args: []string{strings.TrimSuffix(name, ".go")}, Warnings: src.warnings(name)}, nil
}

// silent are packages of the standard library that compile and do nothing in
// a guest, and why.
var silent = []struct{ imports, why string }{
	{"os/exec", "starts no process in the sandbox; socklab/socket's Command runs a command line"},
}

// warnings tells of what a program imports and will wait for in vain.
func (s *goSource) warnings(name string) string {
	var b strings.Builder
	for _, p := range silent {
		if slices.Contains(s.std, p.imports) {
			fmt.Fprintf(&b, "%s: note: %s %s\n", trace.Harmless(name), p.imports, p.why)
		}
	}
	return b.String()
}

// prepare compiles what programs commonly import; of the sandboxed kit,
// everything.
func (g *golang) prepare(ctx context.Context) error {
	kit, err := g.kit(ctx)
	if err != nil {
		return err
	}
	return kit.prepare(ctx)
}

// kit makes what every build needs, once.
func (g *golang) kit(ctx context.Context) (goKit, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ready != nil {
		return g.ready, nil
	}
	var kit goKit
	var err error
	if g.o.compiler() == Sandboxed {
		kit, err = sandboxedGo(ctx, g.o)
	} else {
		kit, err = nativeGo(ctx, g.o)
	}
	if err == nil {
		g.ready = kit
	}
	return kit, err
}

// goBuildWall bounds all steps of a build together; each has limits besides.
var goBuildWall = 2 * time.Minute

// compile compiles and links a program.
func (s *goSource) compile(ctx context.Context, kit goKit) ([]byte, error) {
	std, err := kit.archives(ctx, s.std)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, goBuildWall, &toolLimitError{goToolNames["compile"], "time", goBuildWall.String() + " for the whole program"})
	defer cancel()
	work, remove, err := scratch()
	if err != nil {
		return nil, err
	}
	defer remove()
	if err := s.write(work); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	at := kit.places(work)
	var config strings.Builder
	for _, p := range std {
		fmt.Fprintf(&config, "packagefile %s=%s/%s.a\n", p, at.std, p)
	}
	importcfg := at.out + "/importcfg"
	object := ""
	for n, p := range s.packages {
		if slices.Contains(std, p.path) { // one of its internal ones, say
			return nil, compileError(p.files[0], 0, fmt.Sprintf("a package of the standard library is called %q already", p.path))
		}
		if err := os.WriteFile(filepath.Join(work, "out", "importcfg"), []byte(config.String()), 0o600); err != nil {
			return nil, fmt.Errorf("build: %w", err)
		}
		object = fmt.Sprintf("%s/%d.a", at.out, n)
		fmt.Fprintf(&config, "packagefile %s=%s\n", p.path, object)
		// The files' names are relative, and so are the places in the code.
		args := []string{"-p", p.path, "-lang", s.lang, "-complete", "-pack", "-dwarf=false", "-trimpath", at.src + "=>", "-importcfg", importcfg, "-o", object}
		if b := p.embedConfig(at.src); b != nil {
			name := fmt.Sprintf("%d.embed", n)
			if err := os.WriteFile(filepath.Join(work, "out", name), b, 0o600); err != nil {
				return nil, fmt.Errorf("build: %w", err)
			}
			args = append(args, "-embedcfg", at.out+"/"+name)
		}
		for _, f := range p.files {
			args = append(args, "./"+f)
		}
		if err := goTool(ctx, kit, work, "compile", args, p.files[0]); err != nil {
			return nil, err
		}
	}
	main := s.packages[len(s.packages)-1].files[0]
	if err := os.WriteFile(filepath.Join(work, "out", "importcfg"), []byte(config.String()), 0o600); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if err := goTool(ctx, kit, work, "link", []string{"-importcfg", importcfg, "-s", "-w", "-buildmode=exe", "-o", at.out + "/main.wasm", object}, main); err != nil {
		return nil, err
	}
	code, err := readSource(filepath.Join(work, "out", "main.wasm"), maxWasm)
	var large *SourceError
	if errors.As(err, &large) {
		return nil, compileError(main, 0, "the program it makes is "+large.What)
	}
	return code, err
}

// write writes the source out.
func (s *goSource) write(work string) error {
	if err := os.Mkdir(filepath.Join(work, "out"), 0o700); err != nil {
		return err
	}
	for name, b := range s.files {
		to := filepath.Join(work, "src", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(to, b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// goTool runs the compiler or the linker, and makes diagnostics of its
// complaints; those without a file are about main.
func goTool(ctx context.Context, kit goKit, work, tool string, args []string, main string) error {
	said, code, err := kit.run(ctx, work, tool, args)
	said = strings.ReplaceAll(said, kit.places(work).src+"/", "")
	var limit *toolLimitError
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	switch {
	case errors.As(err, &limit):
		return &CompileError{Diagnostics: []Diagnostic{{File: main, Message: limit.Error()}}, Output: said}
	case err != nil:
		return err
	case code == 0:
		return nil
	case goCrashed(said):
		first, _, _ := strings.Cut(said, "\n")
		return &CompileError{Diagnostics: []Diagnostic{{File: main, Message: (&toolLimitError{tool: goToolNames[tool], detail: first}).Error()}}, Output: said}
	}
	return &CompileError{Diagnostics: goDiagnostics(said, main), Output: said}
}

// goCrashed tells a crash of Go's tools from their complaints.
func goCrashed(said string) bool {
	return strings.HasPrefix(said, "panic: ") || strings.HasPrefix(said, "fatal error: ") || strings.HasPrefix(said, "runtime: ")
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
