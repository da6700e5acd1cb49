package build

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// origin is where a source is: a file of an open folder, or all of it. Whatever
// is done to the folder's name meanwhile, or by links, it stays the same.
type origin struct {
	folder *os.Root
	name   string // "": the folder itself
	path   string // as people are told it
}

// open opens the folder of a source. A link to a Python program or a module is
// followed first; of the others, one that leads out of its folder is refused.
func open(source string, lang Language) (origin, error) {
	o := origin{path: source}
	info, err := os.Stat(source)
	real := source
	if err == nil && (lang == Python || lang == Wasm) {
		real, err = realPath(source)
	}
	if err != nil {
		return o, &SourceError{source, "no such file", ""}
	}
	dir := real
	if !info.IsDir() {
		dir, o.name = filepath.Dir(real), filepath.Base(real)
	}
	if o.folder, err = os.OpenRoot(dir); err != nil {
		return o, &SourceError{source, unreadable(err), ""}
	}
	return o, nil
}

func (o origin) base() string { return filepath.Base(o.path) }

// read reads the file, which must not be larger than limit.
func (o origin) read(limit int64) ([]byte, error) {
	b, what := readIn(o.folder, o.name, limit)
	if what != "" {
		return nil, &SourceError{o.path, what, ""}
	}
	return b, nil
}

// readIn reads a file of a folder, or says why not. What is no regular file is
// refused before it could block.
func readIn(folder *os.Root, name string, limit int64) (b []byte, why string) {
	f, err := folder.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, unreadable(err)
	case !info.Mode().IsRegular():
		return nil, "not a regular file"
	case info.Size() > limit:
		return nil, tooLong(info.Size(), limit)
	}
	b, err = io.ReadAll(io.LimitReader(f, limit+1)) // it may grow meanwhile
	if err != nil {
		return nil, unreadable(err)
	}
	if int64(len(b)) > limit {
		return nil, tooLong(int64(len(b)), limit)
	}
	return b, ""
}

func tooLong(size, limit int64) string {
	return fmt.Sprintf("%d bytes long, which is more than the %d allowed", size, limit)
}

// unreadable says why a file cannot be read, and not where it is.
func unreadable(err error) string {
	var bad *fs.PathError
	if errors.As(err, &bad) {
		err = bad.Err
	}
	// os.Root has no name for this error.
	if strings.Contains(err.Error(), "escapes") {
		return "a symbolic link that leads out of the program's folder, which nothing may"
	}
	return "cannot be read: " + err.Error()
}

// readSource reads a file that must not be larger than limit.
func readSource(path string, limit int64) ([]byte, error) {
	dir, name := filepath.Split(path)
	folder, err := os.OpenRoot(filepath.Clean(dir))
	if err != nil {
		return nil, &SourceError{path, unreadable(err), ""}
	}
	defer folder.Close()
	return origin{folder, name, path}.read(limit)
}
