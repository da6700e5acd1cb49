// Package shell holds the sandbox's shell as source text: a guest that is
// built where Go is, when a guest first runs a command line. sh is the
// program, command has its commands.
package shell

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "mvdan.cc/sh/v3/pattern" // so that who has built socklab has the module that the shell stands on
)

// Package is the program's import path in the module that Write writes.
const Package = "socklab/guests/shell/sh"

//go:embed sh/*.go command/*.go
var sources embed.FS

// module and sums are the go.mod and go.sum of that module: of socklab's own
// what the shell needs.
//
//go:embed module.txt
var module []byte

//go:embed sums.txt
var sums []byte

// files are the files of the module, by their paths in it.
func files() (map[string][]byte, error) {
	all := map[string][]byte{"go.mod": module, "go.sum": sums}
	err := fs.WalkDir(sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		all["guests/shell/"+name], err = sources.ReadFile(name)
		return err
	})
	return all, err
}

// Digest names this version of the shell.
func Digest() (string, error) {
	all, err := files()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(h, "%s %d\n%s", name, len(all[name]), all[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// Write writes the shell's module into dir.
func Write(dir string) error {
	all, err := files()
	if err != nil {
		return err
	}
	for name, text := range all {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
