package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
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

// compiledDir is where wazero keeps compiled modules, in a folder for each of
// its versions.
func compiledDir(cacheDir string) string { return filepath.Join(cacheDir, "compiled") }

// mendCache compiles a module into a cache of its own and puts what is made
// where the cache has it, in place of what cannot be read there.
func (e *Engine) mendCache(ctx context.Context, metered []byte) error {
	if e.dir == "" {
		return errors.New("there is no cache to mend")
	}
	dir, err := os.MkdirTemp(e.dir, ".mend-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return err
	}
	defer cache.Close(ctx)
	r := wazero.NewRuntimeWithConfig(ctx, fastConfig().WithCompilationCache(cache))
	defer r.Close(ctx)
	if _, err := r.CompileModule(ctx, metered); err != nil {
		return err
	}
	made, err := filepath.Glob(filepath.Join(escapeGlob.Replace(dir), "*", "*"))
	for _, from := range made {
		rel, _ := filepath.Rel(dir, from)
		err = errors.Join(err, os.Rename(from, filepath.Join(e.dir, rel)))
	}
	return err
}

var escapeGlob = strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`)

// Bounds of the cache. What is larger than largeModule is a tool such as a
// compiler, which takes long to make ready and of which there are few; of all
// else, the newest are kept. Tests lower them.
var (
	largeModule int64 = 24 << 20
	keptModules int64 = 4 << 30 // bytes
)

// forget removes from the cache the oldest modules beyond what is kept, and
// what was broken off while it was written.
func forget(dir string) {
	type file struct {
		name string
		size int64
		made time.Time
	}
	var all []file
	names, _ := filepath.Glob(filepath.Join(escapeGlob.Replace(dir), "*", "*"))
	for _, name := range names {
		info, err := os.Lstat(name)
		switch {
		case err != nil || !info.Mode().IsRegular():
		case strings.HasSuffix(name, ".tmp"):
			if time.Since(info.ModTime()) > time.Hour {
				os.Remove(name)
			}
		case info.Size() < largeModule:
			all = append(all, file{name, info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b file) int { return b.made.Compare(a.made) })
	total := int64(0)
	for _, f := range all {
		if total += f.size; total > keptModules {
			os.Remove(f.name)
		}
	}
}
