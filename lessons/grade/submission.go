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
// program file in it is one. Names are those of the folders (of a file alone:
// without its ending), made different by their parents where they would be
// the same.
func Discover(paths []string, holds func(dir string) bool) ([]Submission, error) {
	var all []Submission
	add := func(path string, isDir bool) {
		name := filepath.Base(path)
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
		if !info.IsDir() || holds(p) {
			add(p, info.IsDir())
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
			if e.IsDir() || isProgram(e.Name()) {
				add(child, e.IsDir())
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
