package grade

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Submission is one thing to grade: a folder that holds the lesson's program
// files, or such a file alone.
type Submission struct {
	Name string
	Path string
}

// Discover finds the submissions at paths: a file is one; a folder is one if
// holds says that it has program files itself; otherwise each folder and
// program file in it is one. A link in it to a folder is one as well, so that
// it is missed by nobody; what it leads to is not looked at. Names are those of
// the folders (of a file alone: without its ending), made different by their
// parents where they would be the same.
func Discover(paths []string, holds func(dir string) bool) ([]Submission, error) {
	var all []Submission
	add := func(name, path string, isDir bool) {
		if !isDir {
			name = strings.TrimSuffix(name, filepath.Ext(name))
		}
		all = append(all, Submission{name, path})
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("%s: no such file or folder", p)
		}
		if abs, err := filepath.Abs(p); err == nil {
			p = abs
		}
		name := filepath.Base(p)
		if real, err := filepath.EvalSymlinks(p); err == nil { // it is the teacher who says so
			p = real
		}
		if !info.IsDir() || holds(p) {
			add(name, p, info.IsDir())
			continue
		}
		entries, err := os.ReadDir(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		found := false
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				continue
			}
			child := filepath.Join(p, e.Name())
			if isDir := e.IsDir() || leads(child, e); isDir || isProgram(e.Name()) {
				add(e.Name(), child, isDir)
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("%s: no submissions in this folder", p)
		}
	}
	distinguish(all)
	return all, nil
}

// leads reports whether an entry of a folder is a link to a folder, or to
// nothing that is there.
func leads(path string, e os.DirEntry) bool {
	if e.Type()&os.ModeSymlink == 0 {
		return false
	}
	info, err := os.Stat(path)
	return err != nil || info.IsDir()
}

func isProgram(name string) bool {
	switch filepath.Ext(name) {
	case ".go", ".py", ".c", ".wasm":
		return true
	}
	return false
}

// distinguish puts the parent folder's name before names that stand twice,
// and a number behind those that still do.
func distinguish(all []Submission) {
	count := func() map[string]int {
		n := map[string]int{}
		for _, s := range all {
			n[s.Name]++
		}
		return n
	}
	n := count()
	for i := range all {
		if n[all[i].Name] > 1 {
			all[i].Name = filepath.Base(filepath.Dir(all[i].Path)) + "/" + all[i].Name
		}
	}
	seen := map[string]int{}
	n = count()
	for i := range all {
		if name := all[i].Name; n[name] > 1 {
			seen[name]++
			all[i].Name = fmt.Sprintf("%s-%d", name, seen[name])
		}
	}
}
