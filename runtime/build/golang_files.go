package build

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// file reads a file of the program's folder, once. No link leads out of it,
// and what is not a regular file is refused before it could block.
func (r *goReader) file(name string, limit int64) ([]byte, error) {
	if b, ok := r.source.files[name]; ok {
		return b, nil
	}
	if len(r.source.files) >= maxGoFiles {
		return nil, &SourceError{r.name, fmt.Sprintf("a program of more than %d files", maxGoFiles), ""}
	}
	b, why := readIn(r.root, name, limit)
	if why != "" {
		return nil, &SourceError{path.Join(r.name, name), why, ""}
	}
	if r.bytes += int64(len(b)); r.bytes > maxGoBytes {
		return nil, &SourceError{r.name, fmt.Sprintf("a program of more than %d MiB", maxGoBytes>>20), ""}
	}
	r.source.files[name] = b
	return b, nil
}

// isDir reports whether a name is a folder; one behind a link is none.
func (r *goReader) isDir(name string) bool {
	info, err := r.root.Lstat(name)
	return err == nil && info.IsDir()
}

// list lists a folder.
func (r *goReader) list(dir string) ([]fs.DirEntry, error) {
	if all, ok := r.entries[dir]; ok {
		return all, nil
	}
	f, err := r.root.OpenFile(dir, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &SourceError{path.Join(r.name, dir), unreadable(err), ""}
	}
	defer f.Close()
	all, err := f.ReadDir(maxGoEntries + 1)
	if err != nil && err != io.EOF {
		return nil, &SourceError{path.Join(r.name, dir), unreadable(err), ""}
	}
	if r.listed += len(all); r.listed > maxGoListed {
		r.broken = &SourceError{r.name, fmt.Sprintf("a folder of more than %d files in its folders", maxGoListed), "put the program into a folder of its own"}
		return nil, r.broken
	}
	if len(all) > maxGoEntries {
		r.broken = &SourceError{path.Join(r.name, dir), fmt.Sprintf("a folder of more than %d files", maxGoEntries), "put the program into a folder of its own"}
		return nil, r.broken
	}
	sortEntries(all)
	r.entries[dir] = all
	return all, nil
}

// goFiles are the files of a folder that go/build is to look at.
func (r *goReader) goFiles(dir string) ([]fs.FileInfo, error) {
	if dir == "." && r.only != "" {
		info, err := r.root.Lstat(r.only)
		if err != nil {
			return nil, err
		}
		return []fs.FileInfo{info}, nil
	}
	all, err := r.list(dir)
	if err != nil {
		r.broken = err
		return nil, err
	}
	var infos []fs.FileInfo
	for _, e := range all {
		ext := path.Ext(e.Name())
		if e.IsDir() || ext != ".go" && ext != ".s" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // removed meanwhile
		}
		infos = append(infos, info)
	}
	return infos, nil
}
