// Package std makes Go's own networking real in a guest. For GOOS=wasip1
// Go's packages syscall and net have sockets in name only; this package
// writes an overlay (see go help build, -overlay) that puts socklab's host
// calls under them, so that an unmodified program listens and dials.
//
// Little of it is code of ours. Package net has what it takes for Unix
// already, in files that wasip1 is kept out of: the overlay takes those from
// the user's own GOROOT, and so follows the Go that is installed. What is
// ours, in _src, is the layer below: package syscall's calls, the resolver, the
// signals that a terminal sends, and a way for a blocking call to block one
// goroutine and not the guest.
//
// Beside it stands the lessons' package, as a module that programs import as
// SDKPath.
package std

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"socklab/guests/go"
)

//go:embed all:_src
var src embed.FS

// SDKPath is the import path of the lessons' package.
const SDKPath = "socklab/socket"

// An Overlay is what a build of a Go guest needs.
type Overlay struct {
	// JSON is the file for the -overlay flag of go build and go list. It is
	// for GOOS=wasip1 GOARCH=wasm only.
	JSON string
	// Dir holds everything; who builds may keep in it what depends on it, in
	// folders of other names than src and module.
	Dir string
	// Module is the folder of a module, named socklab, that holds the lessons'
	// package: what WriteSDK writes.
	Module string
}

// Prepare writes the overlay for the Go at goroot into a folder below
// cacheDir, unless it is there. It may be called from several processes at
// once.
//
// # Errors
//   - UnsupportedError: this Go's standard library is not as it is expected to be.
//   - Others: goroot cannot be read, cacheDir cannot be written.
func Prepare(goroot, cacheDir string) (*Overlay, error) {
	goroot, err := filepath.Abs(goroot)
	if err != nil {
		return nil, err
	}
	cacheDir, err = filepath.Abs(cacheDir)
	if err != nil {
		return nil, err
	}
	files, err := replacements(goroot)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cacheDir, "std-"+digest(goroot+Digest(), files)) // the lessons' package is in it too
	o := &Overlay{JSON: filepath.Join(dir, "overlay.json"), Dir: dir, Module: filepath.Join(dir, "module")}
	if _, err := os.Stat(o.JSON); err == nil {
		return o, nil
	}
	if err := os.MkdirAll(cacheDir, 0o777); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(cacheDir, "new-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	if err := write(tmp, dir, goroot, files); err != nil {
		return nil, err
	}
	if err := os.Rename(tmp, dir); err != nil {
		if _, there := os.Stat(o.JSON); there == nil { // another process was quicker
			return o, nil
		}
		return nil, err
	}
	return o, nil
}

// UnsupportedError says that a Go installation's standard library is not one
// that the overlay can be laid over.
type UnsupportedError struct {
	Version string // such as go1.26.8, or "" if unknown
	File    string // the file in question, relative to GOROOT/src
	Reason  string
}

func (e *UnsupportedError) Error() string {
	v := e.Version
	if v == "" {
		v = "this Go"
	}
	return fmt.Sprintf("%s is not supported for guests: src/%s %s", v, e.File, e.Reason)
}

// replacements maps paths relative to GOROOT/src to their new content, nil
// for a file that is to be left out.
func replacements(goroot string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for from, to := range taken {
		b, err := read(goroot, from)
		if err != nil {
			return nil, err
		}
		if to == "" {
			to = from
		}
		files[to] = withoutConstraint(b)
	}
	for _, name := range dropped {
		if _, err := read(goroot, name); err != nil {
			return nil, err
		}
		files[name] = nil
	}
	for name, edits := range edited {
		b, err := read(goroot, name)
		if err != nil {
			return nil, err
		}
		for _, e := range edits {
			if !e.fits(b) {
				return nil, &UnsupportedError{version(goroot), name, fmt.Sprintf("has not one line like %q", e.old)}
			}
			b = e.apply(b)
		}
		files[name] = b
	}
	for name, edits := range shortened {
		b := files[name]
		if b == nil {
			var err error
			if b, err = read(goroot, name); err != nil {
				return nil, err
			}
		}
		for _, e := range edits {
			if e.fits(b) {
				b = e.apply(b)
			}
		}
		files[name] = b
	}
	if err := addTree(files, src, "_src", ""); err != nil {
		return nil, err
	}
	return files, nil
}

func (e edit) fits(b []byte) bool    { return bytes.Count(b, []byte(e.old)) == 1 }
func (e edit) apply(b []byte) []byte { return bytes.Replace(b, []byte(e.old), []byte(e.new), 1) }

// addTree adds the Go files below root in fsys, tests left out, under the
// path prefix.
func addTree(files map[string][]byte, fsys fs.FS, root, prefix string) error {
	return fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(name, root), "/")
		files[path.Join(prefix, rel)] = b
		return nil
	})
}

// read reads a file of the standard library.
func read(goroot, name string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(goroot, "src", filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(goroot, "src")); err != nil {
			return nil, fmt.Errorf("%s is not a Go installation with its sources: %w", goroot, err)
		}
		return nil, &UnsupportedError{version(goroot), name, "is missing"}
	}
	return b, err
}

// version is the installation's version, as far as it says.
func version(goroot string) string {
	b, err := os.ReadFile(filepath.Join(goroot, "VERSION"))
	if err != nil {
		return ""
	}
	v, _, _ := strings.Cut(string(b), "\n")
	return v
}

// withoutConstraint blanks the line that says which systems a file is for.
func withoutConstraint(b []byte) []byte {
	lines := bytes.SplitAfter(b, []byte("\n"))
	for i, line := range lines {
		if bytes.HasPrefix(line, []byte("//go:build ")) {
			lines[i] = []byte("\n")
		}
		if bytes.HasPrefix(line, []byte("package ")) {
			break
		}
	}
	return bytes.Join(lines, nil)
}

// digest names a set of replacements.
func digest(goroot string, files map[string][]byte) string {
	h := sha256.New()
	// Maps are marshalled in the order of their keys.
	if err := json.NewEncoder(h).Encode([]any{goroot, files}); err != nil {
		panic(err) // strings and bytes
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// write writes the files into tmp and an overlay.json that speaks of them in
// dir, where tmp is to go.
func write(tmp, dir, goroot string, files map[string][]byte) error {
	replace := map[string]string{}
	for name, b := range files {
		target := filepath.Join(goroot, "src", filepath.FromSlash(name))
		if b == nil {
			replace[target] = ""
			continue
		}
		if err := writeFile(tmp, path.Join("src", name), b); err != nil {
			return err
		}
		replace[target] = filepath.Join(dir, "src", filepath.FromSlash(name))
	}
	if err := WriteSDK(filepath.Join(tmp, "module")); err != nil {
		return err
	}
	b, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return err
	}
	return writeFile(tmp, "overlay.json", b)
}

func writeFile(dir, name string, b []byte) error {
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o666)
}

// WriteSDK writes the lessons' package into dir as a module named socklab. In
// a module whose go.mod requires socklab and replaces it with dir, a program
// imports SDKPath, natively too.
func WriteSDK(dir string) error {
	files := map[string][]byte{"go.mod": []byte("module socklab\n\ngo 1.26\n")}
	if err := addTree(files, guestgo.SDK, ".", ""); err != nil {
		return err
	}
	for name, b := range files {
		if err := writeFile(dir, name, b); err != nil {
			return err
		}
	}
	return nil
}

// Digest names what this package lays over the standard library: another
// overlay, or another package of the lessons', has another.
func Digest() string {
	files := map[string][]byte{}
	for _, tree := range []struct {
		fsys fs.FS
		root string
	}{{src, "_src"}, {guestgo.SDK, "."}} {
		if err := addTree(files, tree.fsys, tree.root, tree.root); err != nil {
			panic(err) // embedded
		}
	}
	return digest(fmt.Sprint(taken, dropped, edited, shortened), files)
}
