package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	guest "socklab/guests/python"
	"socklab/guests/toolchains"
	"socklab/runtime/engine"
)

// python builds Python programs: it finds out whether they compile, and
// starts them in an interpreter of which there is an image.
type python struct {
	o *Options

	mu    sync.Mutex
	ready *interpreter
}

// build has the interpreter compile a source, which costs a few milliseconds
// once, and not at every start.
func (p *python) build(ctx context.Context, source origin) (*Program, error) {
	if _, err := source.read(maxSource); err != nil {
		return nil, err
	}
	in, err := p.interpreter(ctx)
	if err != nil {
		return nil, err
	}
	m := &pythonModule{interpreter: in, file: filepath.Join(source.folder.Name(), source.name)}
	if m.folder, err = source.folder.OpenRoot("."); err != nil { // closed when the module is no more
		return nil, fmt.Errorf("build: %w", err)
	}
	if err := m.compile(ctx); err != nil {
		return nil, err
	}
	name := source.base()
	return &Program{Language: Python, Name: name, Module: m, Args: []string{name}}, nil
}

// prepare fetches and compiles the interpreter.
func (p *python) prepare(ctx context.Context) error {
	in, err := p.interpreter(ctx)
	if err == nil {
		_, err = in.image(ctx, []engine.Mount{{Guest: "/"}})
	}
	return err
}

// What Progress is told of.
const (
	fetchingPython  = "fetching the Python interpreter"
	preparingPython = "preparing the Python interpreter"
)

func (p *python) interpreter(ctx context.Context) (*interpreter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ready != nil {
		return p.ready, nil
	}
	dir, err := toolchains.Fetch(ctx, "python", func(s toolchains.Progress) { p.o.Progress(fetchingPython, s.Bytes, s.Total) })
	if err != nil {
		return nil, err
	}
	in := &interpreter{file: filepath.Join(dir, "python.wasm"), progress: p.o.Progress, images: map[string]*engine.Image{}}
	if in.begin, in.stdin, err = guest.Begin(); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if err := in.folder(filepath.Join(p.o.CacheDir, "python")); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	// The module without its data is a quarter of the file, and kept.
	module, err := os.ReadFile(in.moduleFile())
	if err != nil {
		p.o.Progress(preparingPython, 0, 0)
		if module, _, err = in.adapt(); err != nil {
			return nil, err
		}
	}
	if in.module, err = p.o.Engine.Load(ctx, module, engine.Compiled); err != nil {
		discard(err, in.moduleFile())
		return nil, fmt.Errorf("build: %w", err)
	}
	p.ready = in
	return in, nil
}

// interpreter is CPython, and the images that programs start from.
type interpreter struct {
	file     string // as it was fetched
	progress func(string, int64, int64)
	module   *engine.Loaded
	begin    []string // the arguments of one that is begun
	stdin    []byte   // and its input
	dir      string   // where images are kept

	mu     sync.Mutex
	images map[string]*engine.Image // by the paths of mounts
}

// unused is how long images of other versions are kept.
const unused = 7 * 24 * time.Hour

// folder finds the folder for images of exactly this interpreter and these
// files of ours, and removes those that nobody has used for long.
func (in *interpreter) folder(parent string) error {
	h := sha256.New()
	for _, t := range toolchains.All() {
		if t.Name == "python" {
			fmt.Fprintln(h, t.Name, t.Files)
		}
	}
	fmt.Fprintf(h, "%s\n%q\n%s", guest.Version, in.begin, in.stdin)
	in.dir = filepath.Join(parent, hex.EncodeToString(h.Sum(nil)[:12]))
	now := time.Now()
	if os.Chtimes(in.dir, now, now) == nil {
		return nil
	}
	if err := os.MkdirAll(in.dir, 0o700); err != nil {
		return err
	}
	others, err := os.ReadDir(parent)
	for _, o := range others {
		if info, infoErr := o.Info(); infoErr == nil && now.Sub(info.ModTime()) > unused {
			err = errors.Join(err, os.RemoveAll(filepath.Join(parent, o.Name())))
		}
	}
	return err
}

func (in *interpreter) moduleFile() string { return filepath.Join(in.dir, "module.wasm") }

// adapt takes the interpreter apart, and keeps the module.
func (in *interpreter) adapt() (module, memory []byte, err error) {
	wasm, err := os.ReadFile(in.file)
	if err != nil {
		return nil, nil, fmt.Errorf("build: %w", err)
	}
	if module, memory, err = guest.Adapt(wasm); err != nil {
		return nil, nil, fmt.Errorf("build: %s: %w", in.file, err)
	}
	writeFile(in.moduleFile(), module) // if that fails, it is made again
	return module, memory, nil
}

// image is the image for programs with these mounts: their paths in the guest
// are part of an interpreter's memory.
func (in *interpreter) image(ctx context.Context, mounts []engine.Mount) (*engine.Image, error) {
	var paths strings.Builder
	for _, m := range mounts {
		paths.WriteString(m.Guest + "\x00")
	}
	key := paths.String()
	in.mu.Lock()
	defer in.mu.Unlock()
	if im := in.images[key]; im != nil {
		return im, nil
	}
	sum := sha256.Sum256([]byte(key))
	file := filepath.Join(in.dir, hex.EncodeToString(sum[:8])+".image")
	im, err := engine.OpenImage(file)
	if err != nil { // missing or damaged
		if errors.Is(err, fs.ErrNotExist) {
			in.progress(preparingPython, 0, 0)
		}
		if im, err = in.freeze(ctx, mounts, file); err != nil {
			return nil, err
		}
	}
	in.images[key] = im
	return im, nil
}

// freeze begins an interpreter, and keeps it in a file when it is ready.
func (in *interpreter) freeze(ctx context.Context, mounts []engine.Mount, file string) (*engine.Image, error) {
	empty, err := os.MkdirTemp("", "socklab-python-")
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	defer os.RemoveAll(empty)
	_, memory, err := in.adapt()
	if err != nil {
		return nil, err
	}
	var said bytes.Buffer
	s := engine.Spec{
		Name: "python", Args: in.begin, Devices: true,
		Stdin: bytes.NewReader(in.stdin), Stdout: &said, Stderr: &said,
		Image: engine.NewImage(memory, nil), Entry: engine.Entry{Func: "_start"},
	}
	for _, m := range mounts {
		s.Mounts = append(s.Mounts, engine.Mount{Host: empty, Guest: m.Guest, ReadOnly: true})
	}
	im, err := in.module.Freeze(ctx, s, guest.StackPointer)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("build: the interpreter does not start: %w: %s", err, said.String())
	}
	guest.Prepare(im.Memory())
	if im.Save(file) != nil { // then this process does without the file
		return im, nil
	}
	return engine.OpenImage(file)
}

// pythonModule is one program as a Module.
type pythonModule struct {
	*interpreter
	folder *os.Root // of the program
	file   string   // its path, as it was
	code   string   // what the interpreter has made of it
}

// Start starts the program.
func (m *pythonModule) Start(ctx context.Context, s engine.Spec) (*engine.Instance, error) {
	return m.start(ctx, "run", s)
}

func (m *pythonModule) start(ctx context.Context, what string, s engine.Spec) (*engine.Instance, error) {
	path, name, mounts := locate(m.file, m.folder, s.Mounts)
	var err error
	if s.Image, err = m.image(ctx, mounts); err != nil {
		return nil, err
	}
	s.Mounts, s.Devices = mounts, true
	s.Entry = engine.Entry{Func: guest.RunString, Args: guest.RunStringArgs()}
	args := []string{what, path, m.code, name}
	if len(s.Args) > 1 {
		args = append(args, s.Args[1:]...)
	}
	s.Args = args
	return m.module.Start(ctx, s)
}

// sourceMount is where the folder of a program is that none of its mounts has.
const sourceMount = "/program"

// locate finds a source in mounts: its path in the guest, and the name it goes
// by. Its folder is mounted, for reading, if it is in none.
func locate(file string, folder *os.Root, mounts []engine.Mount) (path, name string, all []engine.Mount) {
	deepest := -1
	for _, m := range mounts {
		if m.Folder != nil {
			if m.Folder == folder {
				path = strings.TrimSuffix(m.Guest, "/") + "/" + filepath.Base(file)
				return path, strings.TrimPrefix(path, "/"), mounts
			}
			continue
		}
		host, err := realPath(m.Host)
		if err != nil {
			continue // Start says it better
		}
		rel, err := filepath.Rel(host, file)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) || len(host) <= deepest {
			continue
		}
		deepest = len(host)
		path = strings.TrimSuffix(m.Guest, "/") + "/" + filepath.ToSlash(rel)
	}
	if deepest < 0 {
		name = filepath.Base(file)
		mounts = append(mounts[:len(mounts):len(mounts)], engine.Mount{Folder: folder, Guest: sourceMount, ReadOnly: true})
		return sourceMount + "/" + name, name, mounts
	}
	return path, strings.TrimPrefix(path, "/"), mounts
}

func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// Limits of compiling a source.
const (
	compileTime   = 20 * time.Second
	compileMemory = 1 << 30
)

// compile compiles the source, and runs nothing of it.
func (m *pythonModule) compile(ctx context.Context) error {
	var out, said bytes.Buffer
	i, err := m.start(ctx, "compile", engine.Spec{
		Name: "python", Stdout: &out, Stderr: &said,
		Mounts: []engine.Mount{{Folder: m.folder, Guest: "/", ReadOnly: true}},
		Limits: engine.Limits{Wall: compileTime, Memory: compileMemory},
	})
	if err != nil {
		return err
	}
	exit := i.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var made struct {
		Code          string
		Text, Message string
		Line, Column  int
	}
	name := filepath.Base(m.file)
	switch {
	case exit.Why == engine.Limited || exit.Why == engine.Trapped:
		return tooMuch(name)
	case exit.Why != engine.Exited || exit.Code != 0 || json.Unmarshal(out.Bytes(), &made) != nil:
		return fmt.Errorf("build: the interpreter failed: it %s with code %d: %s %s", exit.Why, exit.Code, exit.Detail, said.String())
	case made.Code == "" && strings.TrimRight(made.Message, ": ") == "MemoryError": // it depends on the machine which limit is passed first
		return tooMuch(name)
	case made.Code == "":
		return &CompileError{
			Diagnostics: []Diagnostic{{File: name, Line: made.Line, Column: made.Column, Message: made.Message}},
			Output:      made.Text,
		}
	}
	m.code = made.Code
	return nil
}

// tooMuch is the error of a source that passes a limit of the compiler.
func tooMuch(name string) error {
	return &CompileError{Diagnostics: []Diagnostic{{File: name, Message: "too much for Python's compiler"}}}
}
