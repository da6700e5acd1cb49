package build

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"socklab/guests/toolchains"
	"socklab/host/trace"
	"socklab/runtime/engine"
)

// clang builds C programs with clang and lld, which are guests themselves.
// They see the source's folder and their own /usr, both read-only, and a
// scratch folder: whatever a source includes or embeds, it reads nothing else.
type clang struct {
	o    *Options
	tool toolGuest // one module is both, by the name it is called with

	recent recent

	mu  sync.Mutex
	usr string // the folder that is /usr
}

// What Progress is told of.
const (
	fetchingC  = "fetching the C compiler"
	preparingC = "preparing the C compiler"
)

// cFlags are what every source is compiled with. Our headers come first.
var cFlags = []string{
	"-isystem", "/usr/socklab/include",
	"-D_WASI_EMULATED_SIGNAL", "-D_WASI_EMULATED_GETPID", "-D_WASI_EMULATED_PROCESS_CLOCKS", "-D_WASI_EMULATED_MMAN",
	"-fno-color-diagnostics",
}

// cStudents are what a student's source is compiled with besides. It is
// optimized a little only, since compiling takes longer than most programs run.
// A pointer of another type, such as a struct sockaddr_in for bind, is a
// warning, as it was for most compilers: it does no harm here.
var cStudents = []string{"-Wall", "-O1", "-Wno-error=incompatible-pointer-types"}

// cLink is what every program is linked with. A program's stack is as large
// as on Linux, and lies where overflowing it is a crash and not a surprise.
// Names stay in, for the messages of a crash.
var cLink = []string{
	"-m", "wasm32", "-L/usr/socklab", "-L/usr/lib/wasm32-wasip1",
	"--strip-debug", "-z", "stack-size=8388608", "--stack-first",
	"/usr/lib/wasm32-wasip1/crt1-command.o",
}

// cLibraries come behind a program's objects.
var cLibraries = []string{
	"--undefined=__socklab_start", "-lsocket",
	"-lwasi-emulated-signal", "-lwasi-emulated-getpid", "-lwasi-emulated-process-clocks", "-lwasi-emulated-mman",
	"-lc-printscan-long-double", "-lc", "-lm", "/usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a",
}

func newClang(o *Options) *clang {
	c := &clang{o: o}
	c.tool = toolGuest{name: "the C compiler", module: c.load, limits: cLimits}
	return c
}

// load fetches the compiler and makes it ready.
func (c *clang) load(ctx context.Context) (*engine.Loaded, error) {
	dir, err := c.fetch(ctx)
	if err != nil {
		return nil, err
	}
	wasm, err := os.ReadFile(filepath.Join(dir, "llvm.core.wasm"))
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if version, err := cVersion(); err != nil || !exists(filepath.Join(c.o.CacheDir, "c", version)) {
		c.o.Progress(preparingC, 0, 0) // otherwise it was compiled before, and is kept
	}
	m, err := c.o.Engine.Load(ctx, wasm, engine.Compiled)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	c.o.Progress(preparingC, 1, 1)
	wasm = nil
	debug.FreeOSMemory() // 200 MB were needed to load it, and never will be again
	return m, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func (c *clang) fetch(ctx context.Context) (dir string, err error) {
	return toolchains.Fetch(ctx, "clang", func(s toolchains.Progress) { c.o.Progress(fetchingC, s.Bytes, s.Total) })
}

// prepare makes everything ready that builds need.
func (c *clang) prepare(ctx context.Context) error {
	if _, err := c.ready(ctx); err != nil {
		return err
	}
	_, err := c.tool.ready(ctx)
	return err
}

// ready returns the folder that is /usr.
func (c *clang) ready(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.usr != "" {
		return c.usr, nil
	}
	dir, err := c.fetch(ctx)
	if err != nil {
		return "", err
	}
	usr, err := c.sysroot(ctx, filepath.Join(dir, "llvm-resources.tar"))
	if err == nil {
		c.usr = usr
	}
	return usr, err
}

// build builds a file, or all files of a folder as one program.
func (c *clang) build(ctx context.Context, source origin) (*Program, error) {
	files, err := cFiles(source)
	if err != nil {
		return nil, err
	}
	usr, err := c.ready(ctx)
	if err != nil {
		return nil, err
	}
	code, warnings, err := c.module(ctx, usr, source.folder, files)
	if err != nil {
		return nil, err
	}
	m, err := c.recent.load(ctx, c.o, c.o.Tier, code)
	if err != nil {
		return nil, loadError(source.base(), err)
	}
	name := source.base()
	return &Program{Language: C, Name: name, Module: m, Args: []string{strings.TrimSuffix(name, ".c")}, Warnings: trace.Harmless(warnings)}, nil
}

// module is the program as it was kept, or compiled anew, and the warnings.
func (c *clang) module(ctx context.Context, usr string, root *os.Root, files []string) (code []byte, warnings string, err error) {
	key, err := cKey(root, files)
	if err != nil {
		return nil, "", fmt.Errorf("build: %w", err)
	}
	if code, warnings, ok := cFind(cKept(usr), key, root); ok {
		return code, warnings, nil
	}
	began := time.Now()
	built, err := c.compile(ctx, usr, root, files)
	if err != nil {
		return nil, "", err
	}
	// What was changed meanwhile must not count as what was compiled.
	if again, err := cKey(root, files); err == nil && again == key {
		cKeep(cKept(usr), key, root, began, built)
	}
	return built.code, built.warnings, nil
}

// cMaxFiles bounds the files of one program.
const cMaxFiles = 100

// cFiles are the names of a program's files: the one, or those of a folder. A
// link out of the folder is no file of it.
func cFiles(source origin) (names []string, err error) {
	names = []string{source.name}
	if source.name == "" {
		if names, err = fs.Glob(source.folder.FS(), "*.c"); err != nil {
			return nil, fmt.Errorf("build: %w", err)
		}
	}
	if len(names) > cMaxFiles {
		return nil, &SourceError{source.path, fmt.Sprintf("%d files, which is more than the %d allowed", len(names), cMaxFiles), ""}
	}
	complain := func(name, what, hint string) error {
		path := source.path
		if source.name == "" {
			path = filepath.Join(path, name)
		}
		return &SourceError{path, what, hint}
	}
	var total int64
	for _, name := range names {
		info, err := source.folder.Stat(name)
		switch {
		case err != nil:
			return nil, complain(name, unreadable(err), "a program's files must be in its own folder, not links out of it")
		case !info.Mode().IsRegular():
			return nil, complain(name, "not a regular file", "")
		}
		total += info.Size()
		if total > maxSource {
			return nil, &CompileError{Diagnostics: []Diagnostic{{File: name,
				Message: fmt.Sprintf("%d bytes of source: the limit is %d", total, maxSource)}}}
		}
	}
	return names, nil
}
