package build

import (
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/version"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"socklab/guests/go/std"
)

// goSource is a Go program's source, as it was when it was read: what is
// compiled is exactly what was looked at, and nothing from outside its folder
// is in it.
type goSource struct {
	files    map[string][]byte // by name in the program's folder, with slashes
	packages []*goPackage      // each after those that it imports; main is the last
	std      []string          // what is imported of the standard library and the lessons' package
	lang     string            // such as go1.26
}

// goPackage is one package of a program.
type goPackage struct {
	path   string   // by which it is imported; main for the program
	dir    string   // in the program's folder
	files  []string // to be compiled, by their names in the program's folder
	own    []string // packages of the program that it imports
	embeds map[string][]string
}

// Limits of a Go program's source. No honest one comes near them.
const (
	maxGoFiles = 1000     // files read
	maxGoBytes = 64 << 20 // in all files together, embedded ones as well
	maxGoMod   = 1 << 20  // bytes of go.mod
	maxEmbeds  = 250      // patterns of a package

	maxComplaints = 10 // told of one package, as the compiler has it
)

// Limits of folders, in names: of one, and of all that were looked into. Tests
// lower them.
var maxGoEntries, maxGoListed = 10_000, 20_000

// goReader reads a goSource.
type goReader struct {
	root    *os.Root
	name    string // the folder's, for messages
	only    string // the single file of main; "": its whole folder
	module  string // "" without a go.mod
	context build.Context
	isStd   func(string) bool

	source  *goSource
	bytes   int64
	state   map[string]*goPackage // nil while a package's imports are looked at
	std     map[string]bool
	entries map[string][]fs.DirEntry
	listed  int
	broken  error // why a file could not be read
}

// readGo reads the program. Packages of its own
// are folders in it, imported by the name of the module (the go.mod there)
// and the folder's, or by the folder's alone where there is no go.mod.
// goVersion is the compiler's, such as go1.26.8; isStd tells whether a
// package is one of the standard library's that may be imported.
func (o origin) readGo(goVersion string, isStd func(string) bool) (*goSource, error) {
	dir := o.path
	if o.name != "" {
		dir = filepath.Dir(o.path)
	}
	r := &goReader{
		root: o.folder, name: dir, only: o.name, isStd: isStd,
		source: &goSource{files: map[string][]byte{}, lang: version.Lang(goVersion)},
		state:  map[string]*goPackage{}, std: map[string]bool{"runtime": true}, entries: map[string][]fs.DirEntry{},
	}
	r.context = r.buildContext(goVersion)
	if err := r.goMod(goVersion); err != nil {
		return nil, err
	}
	if err := r.read("main", ".", nil); err != nil {
		return nil, err
	}
	r.source.std = slices.Sorted(maps.Keys(r.std))
	return r.source, nil
}

// buildContext is how files are chosen: for the sandbox, whatever this
// machine is, and through the root alone. go/build starts no process with a
// context of this kind.
func (r *goReader) buildContext(goVersion string) build.Context {
	c := build.Context{
		GOOS: "wasip1", GOARCH: "wasm", Compiler: "gc",
		JoinPath:      path.Join,
		SplitPathList: func(string) []string { return nil },
		IsAbsPath:     path.IsAbs,
		HasSubdir:     func(string, string) (string, bool) { return "", false },
		IsDir:         func(name string) bool { return r.isDir(within(name)) },
		ReadDir:       func(name string) ([]fs.FileInfo, error) { return r.goFiles(within(name)) },
		OpenFile: func(name string) (io.ReadCloser, error) {
			b, err := r.file(within(name), maxSource)
			if err != nil {
				r.broken = err
				return nil, err
			}
			return io.NopCloser(strings.NewReader(string(b))), nil
		},
	}
	_, minor, _ := strings.Cut(version.Lang(goVersion), ".")
	n, _ := strconv.Atoi(minor)
	for i := 1; i <= n; i++ {
		c.ReleaseTags = append(c.ReleaseTags, fmt.Sprintf("go1.%d", i))
	}
	return c
}

// within is a name as go/build has it, which begins at /, as the root has it.
func within(name string) string {
	if name = strings.TrimPrefix(path.Clean(name), "/"); name == "" {
		return "."
	}
	return name
}

// read reads the package in a folder, and those that it imports. via are the
// paths of those that lead to it.
func (r *goReader) read(importPath, dir string, via []string) error {
	r.state[dir] = nil
	r.broken = nil
	r.context.BuildTags = nil
	if importPath == "main" && r.only != "" { // as `go run FILE` has it
		r.context.BuildTags = []string{"ignore"}
	}
	p, err := r.context.ImportDir(path.Join("/", dir), 0)
	if r.broken != nil { // go/build's own error has less in it
		return r.broken
	}
	if err := r.cgo(dir, p); err != nil {
		return err
	}
	if err != nil {
		return r.goError(dir, err)
	}
	switch {
	case len(p.GoFiles) == 0:
		return r.notForHere(dir)
	case importPath == "main" && p.Name != "main":
		return compileError(path.Join(dir, p.GoFiles[0]), 0, fmt.Sprintf("package %s is not a program: that must be package main", p.Name))
	case importPath != "main" && p.Name == "main":
		return compileError(path.Join(dir, p.GoFiles[0]), 0, fmt.Sprintf("package main is a program, which cannot be imported (as %q)", importPath))
	case len(p.SFiles) > 0:
		return compileError(path.Join(dir, p.SFiles[0]), 0, "assembly cannot be used here")
	}
	pkg := &goPackage{path: importPath, dir: dir}
	for _, f := range p.GoFiles {
		pkg.files = append(pkg.files, path.Join(dir, f))
	}
	if pkg.embeds, err = r.embeds(dir, p); err != nil {
		return err
	}
	via = append(via, importPath)
	var bad []Diagnostic
	for _, im := range p.Imports {
		if len(bad) == maxComplaints {
			break
		}
		own, why := r.own(im)
		switch {
		case im == "unsafe":
		case im == std.SDKPath, own == "" && why == "" && r.isStd(im):
			r.std[im] = true
		case why != "":
			bad = append(bad, r.at(p.ImportPos[im], fmt.Sprintf("import %q: %s", im, why)))
		case own == "":
			bad = append(bad, r.at(p.ImportPos[im], r.refusal(im)))
		default:
			seen, begun := r.state[own]
			if begun && seen == nil {
				bad = append(bad, r.at(p.ImportPos[im], "import cycle not allowed: "+strings.Join(append(via, im), " imports ")))
				continue
			}
			if !begun {
				if err := r.read(im, own, via); err != nil {
					return err
				}
			}
			pkg.own = append(pkg.own, im)
		}
	}
	if bad != nil {
		return &CompileError{Diagnostics: bad}
	}
	r.state[dir] = pkg
	r.source.packages = append(r.source.packages, pkg)
	return nil
}

// own is the folder of a package of the program's; "" for any other. why is
// set for one that cannot be imported.
func (r *goReader) own(im string) (dir, why string) {
	switch {
	case im == std.SDKPath, r.isStd(im):
		return "", ""
	case r.module == "":
		if dir = im; !fs.ValidPath(im) {
			return "", ""
		}
	case im == r.module:
		dir = "."
	default:
		var in bool
		if dir, in = strings.CutPrefix(im, r.module+"/"); !in {
			return "", ""
		}
	}
	switch {
	case dir == ".":
		return "", "it is a program, which cannot be imported"
	case module.CheckImportPath(im) != nil: // it goes into a file that the compiler reads
		return "", "no import path has such characters"
	case !fs.ValidPath(dir) || !r.isDir(dir):
		if r.module == "" {
			return "", ""
		}
		return "", "there is no folder " + dir
	}
	return dir, ""
}

// refusal says why an import is none that can be had.
func (r *goReader) refusal(im string) string {
	first, _, _ := strings.Cut(im, "/")
	inside := slices.Contains(strings.Split(im, "/"), "internal")
	switch {
	case strings.HasPrefix(im, "./"), strings.HasPrefix(im, "../"):
		return fmt.Sprintf("import %q: a folder is imported by its path below the program's folder, without dots", im)
	case inside && !strings.Contains(first, "."):
		return fmt.Sprintf("import %q: it is internal to the standard library", im)
	case strings.Contains(first, "."):
		return fmt.Sprintf("import %q: only the standard library, %q and the program's own folders can be used here", im, std.SDKPath)
	}
	return fmt.Sprintf("import %q: no such package in the standard library, nor a folder of the program's; beside them there is only %q", im, std.SDKPath)
}

// cgo refuses files that go/build leaves out because they import "C".
func (r *goReader) cgo(dir string, p *build.Package) error {
	for _, name := range p.IgnoredGoFiles {
		if ok, err := r.context.MatchFile(path.Join("/", dir), name); err != nil || !ok {
			continue
		}
		full := path.Join(dir, name)
		fset := token.NewFileSet()
		tree, _ := parser.ParseFile(fset, full, r.source.files[full], parser.ImportsOnly)
		if tree == nil {
			continue
		}
		for _, im := range tree.Imports {
			if im.Path.Value == `"C"` {
				return compileError(full, fset.Position(im.Pos()).Line, `import "C": only Go can be used here, and C programs by themselves`)
			}
		}
	}
	return nil
}

// goError is what go/build says, as people are told it.
func (r *goReader) goError(dir string, err error) error {
	var syntax scanner.ErrorList
	var noGo *build.NoGoError
	var several *build.MultiplePackageError
	switch {
	case errors.As(err, &syntax):
		var all []Diagnostic
		for _, e := range syntax {
			all = append(all, Diagnostic{within(e.Pos.Filename), e.Pos.Line, e.Pos.Column, e.Msg})
		}
		return &CompileError{Diagnostics: all}
	case errors.As(err, &noGo):
		return r.notForHere(dir)
	case errors.As(err, &several):
		return compileError(path.Join(dir, several.Files[1]), 0, fmt.Sprintf("it is of package %s, and %s beside it of package %s", several.Packages[1], several.Files[0], several.Packages[0]))
	}
	text := strings.ReplaceAll(err.Error(), strings.TrimSuffix(path.Join("/", dir), "/")+"/", "")
	file := "main.go"
	if r.only != "" {
		file = r.only
	}
	return &CompileError{Diagnostics: goDiagnostics(text, path.Join(dir, file))}
}

// notForHere is the error of a package that build constraints leave nothing of.
func (r *goReader) notForHere(dir string) error {
	const hint = "its build constraints must allow GOOS=wasip1 GOARCH=wasm"
	if dir == "." && r.only != "" {
		return &SourceError{path.Join(r.name, r.only), "it is not for the sandbox", hint}
	}
	return &SourceError{path.Join(r.name, dir), "no Go file in it is for the sandbox", hint}
}

// at is a diagnostic at the first of some places.
func (r *goReader) at(places []token.Position, text string) Diagnostic {
	if len(places) == 0 {
		return Diagnostic{File: r.name, Message: text}
	}
	return Diagnostic{File: within(places[0].Filename), Line: places[0].Line, Column: places[0].Column, Message: text}
}

// compileError is a single diagnostic.
func compileError(file string, line int, text string) error {
	return &CompileError{Diagnostics: []Diagnostic{{File: file, Line: line, Message: text}}}
}
