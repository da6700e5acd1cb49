package build

import (
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"strings"

	"golang.org/x/mod/modfile"
)

// goMod reads the go.mod of the program's folder, if there is one: the
// module's name and its language. Nothing else in it is acted upon. Modules
// that it wants from elsewhere are refused by name, but for the one that the
// lessons' package is in.
func (r *goReader) goMod(goVersion string) error {
	if _, err := r.root.Lstat("go.mod"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	b, err := r.file("go.mod", maxGoMod)
	if err != nil {
		return err
	}
	f, err := modfile.Parse("go.mod", b, nil)
	var bad modfile.ErrorList
	switch {
	case errors.As(err, &bad):
		var all []Diagnostic
		for _, e := range bad[:min(len(bad), maxComplaints)] {
			d := Diagnostic{File: "go.mod", Line: e.Pos.Line, Message: e.Err.Error()}
			if e.Verb != "" {
				d.Message = e.Verb + " " + e.ModPath + ": " + d.Message
			}
			all = append(all, d)
		}
		return &CompileError{Diagnostics: all}
	case err != nil:
		return compileError("go.mod", 0, err.Error())
	case f.Module == nil:
		return compileError("go.mod", 0, "there is no module line")
	}
	var refused []Diagnostic
	refuse := func(line *modfile.Line, verb, module string) {
		if module != sdkModule && len(refused) < maxComplaints {
			refused = append(refused, Diagnostic{File: "go.mod", Line: line.Start.Line,
				Message: fmt.Sprintf("%s %s: no module from elsewhere can be used here", verb, module)})
		}
	}
	for _, q := range f.Require {
		refuse(q.Syntax, "require", q.Mod.Path)
	}
	for _, q := range f.Replace {
		refuse(q.Syntax, "replace", q.Old.Path)
	}
	if refused != nil {
		return &CompileError{Diagnostics: refused}
	}
	r.module = f.Module.Mod.Path
	r.source.lang = "go1.16" // what the go command takes without a go line
	if f.Go != nil {
		r.source.lang = version.Lang("go" + f.Go.Version)
		if version.Compare(r.source.lang, version.Lang(goVersion)) > 0 {
			return compileError("go.mod", f.Go.Syntax.Start.Line, fmt.Sprintf("go %s: the compiler here is %s", f.Go.Version, strings.TrimSpace(goVersion)))
		}
	}
	return nil
}

// sdkModule is the module that the lessons' package is in. Programs may
// require it, which they do for the sake of an editor, or to run natively.
const sdkModule = "socklab"
