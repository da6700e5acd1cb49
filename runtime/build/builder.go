package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"socklab/runtime/engine"
)

// Options are what a Toolkit stands on.
type Options struct {
	Engine   *engine.Engine
	CacheDir string // kept from one run to the next; made if missing
	// Compiler says which compilers build; the zero value takes the native ones
	// where they are at hand.
	Compiler Compiler
	// Tier is how Go programs are made ready to run.
	Tier engine.Tier
	// Progress is told of long first-time steps, such as preparing an
	// interpreter; done and total are in the step's own unit, total 0 if
	// unknown. It must not block. nil: nobody asks.
	Progress func(step string, done, total int64)
}

// Compiler says where compilers run.
type Compiler string

// The kinds of compilers.
const (
	// Native is the machine's own, for code that is one's own.
	Native Compiler = "native"
	// Sandboxed compilers are guests. They see the source and the language's
	// library, have limits, and no native process is started.
	Sandboxed Compiler = "sandboxed"
)

// compiler is the one to use.
func (o *Options) compiler() Compiler {
	if o.Compiler != "" {
		return o.Compiler
	}
	if _, err := exec.LookPath("go"); err != nil {
		return Sandboxed
	}
	return Native
}

// Toolkit is the Builder for real: the machine's Go toolchain, CPython and
// clang for WASI, and plain modules. It may be used from many goroutines.
type Toolkit struct {
	o       Options
	golang  golang
	python  python
	c       *clang
	shells  shells
	modules recent // that were given as such
}

// New makes a Toolkit. Toolchains are prepared when first used.
func New(o Options) (*Toolkit, error) {
	if err := os.MkdirAll(o.CacheDir, 0o700); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	t := &Toolkit{o: o}
	t.golang = golang{o: &t.o}
	t.python = python{o: &t.o}
	t.c = newClang(&t.o)
	t.shells = shells{o: &t.o}
	return t, nil
}

// SourceError is a source that cannot be built for what it is, not for what
// is written in it: missing, unreadable, of an unknown kind.
type SourceError struct {
	Path string
	What string
	Hint string
}

func (e *SourceError) Error() string { return e.Path + ": " + e.What }

// LanguageOf tells a source's language by its name, or that it is a folder
// of Go or of C.
func LanguageOf(source string) (Language, error) {
	info, err := os.Stat(source)
	if err != nil {
		return "", &SourceError{source, "no such file", "check the path; a program is a .go, .py, .c or .wasm file, or a folder of Go or C files"}
	}
	if info.IsDir() {
		if names, _ := filepath.Glob(filepath.Join(source, "*.go")); len(names) > 0 {
			return Go, nil
		}
		if names, _ := filepath.Glob(filepath.Join(source, "*.c")); len(names) > 0 {
			return C, nil
		}
		return "", &SourceError{source, "a folder without Go or C files", "name the program's file"}
	}
	if !info.Mode().IsRegular() {
		return "", &SourceError{source, "not a regular file", "name the program's file"}
	}
	return languageOfFile(source)
}

func languageOfFile(source string) (Language, error) {
	switch strings.ToLower(filepath.Ext(source)) {
	case ".go":
		return Go, nil
	case ".py":
		return Python, nil
	case ".wasm":
		return Wasm, nil
	case ".c":
		return C, nil
	}
	return "", &SourceError{source, "not a program this tool knows", "a program is a .go, .py, .c or .wasm file, or a folder of Go or C files"}
}

// maxSource bounds a source file, in bytes: no honest program is larger, and
// a compiler's time and memory grow with it.
const maxSource = 4 << 20

// maxWasm bounds a module, in bytes.
const maxWasm = 256 << 20

// Prepare fetches and compiles what a language's programs need, so that later
// builds are quick.
func (t *Toolkit) Prepare(ctx context.Context, lang Language) error {
	switch lang {
	case Go:
		return t.golang.prepare(ctx)
	case Python:
		return t.python.prepare(ctx)
	case C:
		return t.c.prepare(ctx)
	}
	return nil
}

// PrepareShell builds what command lines of programs are run with, so that the
// first of them is quick.
func (t *Toolkit) PrepareShell(ctx context.Context) error {
	_, err := t.shells.module(ctx)
	return err
}

// Build builds one source. The first build of a language may take a while:
// Progress is told.
func (t *Toolkit) Build(ctx context.Context, source string) (*Program, error) {
	lang, err := LanguageOf(source)
	if err != nil {
		return nil, err
	}
	o, err := open(source, lang)
	if err != nil {
		return nil, err
	}
	defer o.folder.Close()
	return t.program(ctx, lang, o)
}

// BuildIn builds a file of a folder that is open. What is done to the folder's
// name meanwhile, or by links, makes it no other file: so is built what others
// have written and can still change.
func (t *Toolkit) BuildIn(ctx context.Context, folder *os.Root, name string) (*Program, error) {
	lang, err := languageOfFile(name)
	if err != nil {
		return nil, err
	}
	return t.program(ctx, lang, origin{folder, name, filepath.Join(folder.Name(), name)})
}

func (t *Toolkit) program(ctx context.Context, lang Language, source origin) (p *Program, err error) {
	switch lang {
	case Go:
		p, err = t.golang.build(ctx, source)
	case Python:
		p, err = t.python.build(ctx, source)
	case C:
		p, err = t.c.build(ctx, source)
	default:
		p, err = t.wasm(ctx, source)
	}
	if err != nil {
		return nil, err
	}
	p.Shell = t.shells.module
	if runsCommands(source) {
		t.shells.ahead(ctx) // why that failed is told when it is needed
	}
	return p, nil
}

// wasm makes a program of a module.
func (t *Toolkit) wasm(ctx context.Context, source origin) (*Program, error) {
	code, err := source.read(maxWasm)
	if err != nil {
		return nil, err
	}
	name := source.base()
	m, err := t.modules.load(ctx, &t.o, engine.Compiled, code)
	if err != nil {
		return nil, loadError(name, err)
	}
	return &Program{Language: Wasm, Name: name, Module: m, Args: []string{name}}, nil
}

// loadError is the error of loading what was made of a source: what is wrong
// with the module is the source's fault.
func loadError(file string, err error) error {
	var own *engine.ModuleError
	if errors.As(err, &own) {
		return &CompileError{Diagnostics: []Diagnostic{{File: file, Message: err.Error()}}}
	}
	return fmt.Errorf("build: %w", err)
}
