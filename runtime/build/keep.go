package build

import (
	"errors"
	"os"
	"path/filepath"

	"socklab/runtime/engine"
)

// keepFile gives a file that nobody will change a name where it is kept,
// unless it has one. A copy broken off counts for nothing.
func keepFile(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if os.Link(from, to) == nil { // on the same disk, it takes no room
		return nil
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return writeFile(to, b)
}

// discard removes what was kept and cannot be loaded, if that is its own fault:
// a load that was called off says nothing about it, and others may be using it.
func discard(err error, path string) {
	if errors.As(err, new(*engine.ModuleError)) {
		os.RemoveAll(path)
	}
}

// writeFile writes a file whole or not at all.
func writeFile(to string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(to), ".new-")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), to)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
