package engine

import (
	"os"
	"path/filepath"
)

// CacheDir is where a user's compiled and prepared things are kept from one
// run to the next: $SOCKLAB_CACHE if set, else socklab in the user's cache
// folder. It is what Options take; package build keeps its own in the
// subfolder build. The error says that there is no such folder: HOME is not
// set.
func CacheDir() (string, error) {
	if dir := os.Getenv("SOCKLAB_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "socklab"), nil
}
