package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"socklab/guests/go/std"
	"socklab/runtime/engine"
)

// sandboxGo is Go's own compiler and linker as guests, and the standard
// library's archives. It starts no process.
type sandboxGo struct {
	preparedGo
	dir           string // of the archives
	compile, link *toolGuest
}

// preparedGo is what is kept of a preparation, in a file.
type preparedGo struct {
	Go      string              // goStamp of the toolchain that it was made with
	Version string              // such as go1.26.8
	Std     string              // the overlay's folder, which archives are in
	Tools   string              // the compiler's and the linker's
	Imports map[string][]string // of each package that there is, what it imports
	Sizes   map[string]int64    // of the archives and the tools, by their names in the folder of both
}

// preparedName is the file's name. Another overlay or another package of the
// lessons' makes another.
func preparedName(o *Options) string {
	return filepath.Join(o.CacheDir, "go", "sandboxed-"+std.Digest()+".json")
}

// sandboxedGo finds what was prepared, or prepares it with the machine's Go.
func sandboxedGo(ctx context.Context, o *Options) (*sandboxGo, error) {
	p, err := findPrepared(o)
	if err != nil {
		if p, err = prepareGo(ctx, o); err != nil {
			return nil, err
		}
		if err := p.save(o); err != nil {
			return nil, fmt.Errorf("build: %w", err)
		}
	}
	cache := filepath.Join(o.CacheDir, "go")
	now := time.Now()
	for _, name := range []string{preparedName(o), filepath.Join(cache, p.Std), filepath.Join(cache, p.Tools)} { // they are in use
		os.Chtimes(name, now, now)
	}
	return &sandboxGo{
		preparedGo: *p, dir: filepath.Join(cache, p.Std, pkgName(p.Version)),
		compile: goGuest(o, "compile", filepath.Join(cache, p.Tools, "compile.wasm")),
		link:    goGuest(o, "link", filepath.Join(cache, p.Tools, "link.wasm")),
	}, nil
}

// FindSandboxedGo tells which Go's compiler and linker have been prepared as
// guests, such as go1.26.8. cacheDir is as in Options. The error says why
// there are none.
func FindSandboxedGo(cacheDir string) (version string, err error) {
	p, err := findPrepared(&Options{CacheDir: cacheDir})
	if err != nil {
		return "", err
	}
	return p.Version, nil
}

// errNotPrepared says that there are no sandboxed compilers yet.
var errNotPrepared = errors.New("not prepared yet")

// findPrepared finds what was prepared with the Go that is at hand, or, where
// there is none, with whichever there was.
func findPrepared(o *Options) (*preparedGo, error) {
	b, err := os.ReadFile(preparedName(o))
	if err != nil {
		return nil, errNotPrepared
	}
	p := &preparedGo{}
	if err := json.Unmarshal(b, p); err != nil || !filepath.IsLocal(p.Std) || !filepath.IsLocal(p.Tools) || !version.IsValid(p.Version) {
		return nil, errNotPrepared
	}
	if now := goStamp(); now != "" && now != p.Go {
		return nil, fmt.Errorf("prepared with another Go, %s", p.Version)
	}
	for _, name := range []string{filepath.Join(p.Std, pkgName(p.Version), "runtime.a"), filepath.Join(p.Tools, "compile.wasm"), filepath.Join(p.Tools, "link.wasm")} {
		if _, err := os.Stat(filepath.Join(o.CacheDir, "go", name)); err != nil {
			return nil, errNotPrepared
		}
	}
	if p.damaged(filepath.Join(o.CacheDir, "go")) {
		return nil, errNotPrepared
	}
	return p, nil
}

// measure notes how large everything is that was prepared in a folder.
func (p *preparedGo) measure(dir string) error {
	p.Sizes = map[string]int64{}
	names := []string{filepath.Join(p.Tools, "compile.wasm"), filepath.Join(p.Tools, "link.wasm")}
	for path := range p.Imports {
		names = append(names, filepath.Join(p.Std, pkgName(p.Version), filepath.FromSlash(path)+".a"))
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		p.Sizes[name] = info.Size()
	}
	return nil
}

// damaged reports whether something is not as large as it was, as after a crash
// of the machine, and removes it, so that it is made again. A student would be
// told that the program does not compile.
func (p *preparedGo) damaged(dir string) (is bool) {
	for name, size := range p.Sizes {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Size() == size {
			continue
		}
		is = true
		if !filepath.IsLocal(name) {
			continue
		}
		if filepath.Dir(name) == p.Tools { // they are made together
			os.RemoveAll(filepath.Join(dir, p.Tools))
		}
		os.Remove(filepath.Join(dir, name))
	}
	return is
}

func (p *preparedGo) save(o *Options) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return writeFile(preparedName(o), b)
}

// goStamp tells the machine's Go from another without starting it; "" if
// there is none.
func goStamp() string {
	path, err := exec.LookPath("go")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	root := os.Getenv("GOROOT")
	if root == "" {
		root = filepath.Dir(filepath.Dir(path))
	}
	version, _ := os.ReadFile(filepath.Join(root, "VERSION"))
	return fmt.Sprintf("%s %d %d %s", path, info.Size(), info.ModTime().UnixNano(), version)
}

// goGuest is one of Go's tools.
func goGuest(o *Options, tool, file string) *toolGuest {
	return &toolGuest{name: goToolNames[tool], limits: toolLimits, module: func(ctx context.Context) (*engine.Loaded, error) {
		// It takes long once: then the engine has its compiled form on disk.
		marker := file + ".ready"
		if _, err := os.Stat(marker); err != nil {
			step := "making " + goToolNames[tool] + " ready to run as a guest"
			o.Progress(step, 0, 0)
			defer o.Progress(step, 1, 1)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("build: %w", err)
		}
		m, err := o.Engine.Load(ctx, b, engine.Compiled)
		if err != nil {
			discard(err, filepath.Dir(file))
			return nil, fmt.Errorf("build: %s: %w", goToolNames[tool], err)
		}
		os.WriteFile(marker, nil, 0o600) // without it, there is a message more
		return m, nil
	}}
}

func (g *sandboxGo) version() string { return g.Version }

func (g *sandboxGo) isStd(path string) bool { return g.importable(path) }

// importable reports whether a program may import a package that there is.
func (p *preparedGo) importable(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "internal" || part == "vendor" {
			return false
		}
	}
	_, ok := p.Imports[path]
	return ok
}

// prepare loads the tools.
func (g *sandboxGo) prepare(ctx context.Context) error {
	for _, t := range []*toolGuest{g.compile, g.link} {
		if _, err := t.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// archives returns the packages and what they need: all are there.
func (g *sandboxGo) archives(_ context.Context, imports []string) ([]string, error) {
	return g.closure(imports), nil
}

// closure are packages and those that they need.
func (p *preparedGo) closure(imports []string) []string {
	var all []string
	seen := map[string]bool{"unsafe": true}
	var add func([]string)
	add = func(paths []string) {
		for _, path := range paths {
			if !seen[path] {
				seen[path] = true
				all = append(all, path)
				add(p.Imports[path])
			}
		}
	}
	add(imports)
	return all
}

func (g *sandboxGo) places(string) goPlaces { return goPlaces{"/src", "/out", "/std"} }

// run runs one of Go's tools. It sees the source that was read, the archives,
// and a folder to write to.
func (g *sandboxGo) run(ctx context.Context, work, tool string, args []string) (string, int, error) {
	guest := g.compile
	if tool == "link" {
		guest = g.link
	}
	return guest.run(ctx, toolJob{
		args: append([]string{tool}, args...),
		env:  goToolEnv("PWD=/src", "TMPDIR=/out", "HOME=/out"),
		mounts: []engine.Mount{
			{Host: filepath.Join(work, "src"), Guest: "/src", ReadOnly: true},
			{Host: filepath.Join(work, "out"), Guest: "/out"},
			{Host: g.dir, Guest: "/std", ReadOnly: true},
		},
	})
}
