package build

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// embeds reads the files that a package embeds, by the pattern that asks for
// them. The rules are those of package embed.
func (r *goReader) embeds(dir string, p *build.Package) (map[string][]string, error) {
	if len(p.EmbedPatterns) > maxEmbeds {
		return nil, compileError(path.Join(dir, p.GoFiles[0]), 0, fmt.Sprintf("more than %d patterns of //go:embed", maxEmbeds))
	}
	all := map[string][]string{}
	for _, pattern := range p.EmbedPatterns {
		names, err := r.embed(dir, pattern)
		var bad *SourceError
		switch {
		case errors.As(err, &bad):
			return nil, err
		case err != nil:
			return nil, &CompileError{Diagnostics: []Diagnostic{r.at(p.EmbedPatternPos[pattern], fmt.Sprintf("pattern %s: %v", pattern, err))}}
		}
		all[pattern] = names
	}
	return all, nil
}

// embed finds and reads the files of one pattern. The names are relative to
// the package's folder.
func (r *goReader) embed(dir, pattern string) ([]string, error) {
	glob, hidden := strings.CutPrefix(pattern, "all:")
	if _, err := path.Match(glob, ""); err != nil {
		return nil, errors.New("invalid pattern syntax")
	}
	if glob == "." || !fs.ValidPath(glob) {
		return nil, errors.New("only files in the folder of the package can be embedded")
	}
	r.broken = nil
	found, err := fs.Glob(goDir{r, dir}, glob)
	if r.broken != nil { // of which Glob says nothing
		err = r.broken
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range found {
		info, err := r.root.Lstat(path.Join(dir, name))
		switch {
		case err != nil:
			return nil, fmt.Errorf("cannot embed %s: %w", name, err)
		case info.IsDir():
			below, err := r.embedTree(dir, name, hidden)
			if err != nil {
				return nil, err
			}
			names = append(names, below...)
		case !info.Mode().IsRegular():
			return nil, fmt.Errorf("cannot embed irregular file %s", name)
		default:
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("no matching files found")
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range names {
		if _, err := r.file(path.Join(dir, name), maxGoBytes); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// embedTree lists a folder that is embedded as a whole. Without hidden, names
// that begin with . or _ are left out.
func (r *goReader) embedTree(dir, name string, hidden bool) (names []string, err error) {
	all, err := r.list(path.Join(dir, name))
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		sub := path.Join(name, e.Name())
		switch {
		case !hidden && (e.Name()[0] == '.' || e.Name()[0] == '_'):
		case e.IsDir():
			below, err := r.embedTree(dir, sub, hidden)
			if err != nil {
				return nil, err
			}
			names = append(names, below...)
		case e.Type().IsRegular():
			names = append(names, sub)
		}
		if len(names) > maxGoFiles {
			return nil, &SourceError{path.Join(r.name, dir), fmt.Sprintf("more than %d embedded files", maxGoFiles), ""}
		}
	}
	return names, nil
}

// embedConfig is what the compiler is told of embedded files; src is the
// folder of the source as the compiler sees it. nil: nothing is embedded.
func (p *goPackage) embedConfig(src string) []byte {
	if len(p.embeds) == 0 {
		return nil
	}
	config := struct {
		Patterns map[string][]string
		Files    map[string]string
	}{p.embeds, map[string]string{}}
	for _, names := range p.embeds {
		for _, name := range names {
			config.Files[name] = path.Join(src, p.dir, name)
		}
	}
	b, err := json.Marshal(config)
	if err != nil {
		panic(err) // strings
	}
	return b
}

// goDir is a folder of the program's as fs.Glob wants it.
type goDir struct {
	r   *goReader
	dir string
}

// Open is never asked for.
func (goDir) Open(name string) (fs.File, error) { return nil, fs.ErrInvalid }

func (d goDir) ReadDir(name string) ([]fs.DirEntry, error) {
	return d.r.list(path.Join(d.dir, name))
}

func (d goDir) Stat(name string) (fs.FileInfo, error) { return d.r.root.Lstat(path.Join(d.dir, name)) }

func sortEntries(all []fs.DirEntry) {
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
}
