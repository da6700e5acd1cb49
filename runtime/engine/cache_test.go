package engine

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// empty is a program that does nothing; a byte of its data tells it from others.
func empty(which byte) []byte {
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{0x60, 0, 0}), section(3, []byte{0}), section(5, []byte{0, 1}),
		section(7, append(vec("_start"), 0, 0)), section(10, code()),
		section(11, slices.Concat([]byte{0, 0x41, 0, 0x0b}, vec(string(which)))))
}

func cached(t *testing.T, dir string) (names []string) {
	names, err := filepath.Glob(filepath.Join(dir, "compiled", "*", "*"))
	require.NoError(t, err)
	return names
}

// runs loads a module with a cache and runs it.
func runs(t *testing.T, dir string, wasm []byte, first func()) {
	t.Helper()
	e, err := New(t.Context(), Options{CacheDir: dir})
	require.NoError(t, err)
	defer e.Close()
	first()
	m, err := e.Load(t.Context(), wasm, Compiled)
	require.NoError(t, err)
	i, err := m.Start(t.Context(), Spec{})
	require.NoError(t, err)
	require.Equal(t, Exited, i.Wait().Why)
}

func TestADamagedCacheIsMended(t *testing.T) {
	dir := t.TempDir()
	runs(t, dir, empty(1), func() {})
	files := cached(t, dir)
	require.Len(t, files, 1)
	whole, err := os.ReadFile(files[0])
	require.NoError(t, err)
	for name, damage := range map[string][]byte{"cut": whole[:len(whole)/2], "empty": nil, "changed": append(slices.Clone(whole[:len(whole)-8]), "garbage!"...)} {
		require.NoError(t, os.WriteFile(files[0], damage, 0o600))
		runs(t, dir, empty(1), func() {})
		require.Equal(t, files, cached(t, dir), name)
		mended, err := os.ReadFile(files[0])
		require.NoError(t, err)
		require.Len(t, mended, len(whole), name)
	}
}

func TestACacheThatCannotBeWrittenIsNoModulesFault(t *testing.T) {
	dir := t.TempDir()
	runs(t, dir, empty(1), func() { require.NoError(t, os.RemoveAll(filepath.Join(dir, "compiled"))) })

	e, err := New(t.Context(), Options{CacheDir: t.TempDir()})
	require.NoError(t, err)
	defer e.Close()
	var own *ModuleError
	for _, wasm := range [][]byte{[]byte("none"), []byte("\x00asm\x01\x00\x00\x00"), empty(1)[:40]} {
		for _, tier := range []Tier{Compiled, Quick} {
			_, err := e.Load(t.Context(), wasm, tier)
			require.ErrorAs(t, err, &own)
		}
	}
}

func TestTheCacheForgetsWhatIsOld(t *testing.T) {
	defer func(large, kept int64) { largeModule, keptModules = large, kept }(largeModule, keptModules)
	largeModule, keptModules = 1000, 250
	dir := t.TempDir()
	version := filepath.Join(dir, "compiled", "v")
	require.NoError(t, os.MkdirAll(version, 0o700))
	for i, f := range []struct {
		name string
		size int
	}{{"tool", 2000}, {"old", 100}, {"newer", 100}, {"newest", 100}, {"x.1.tmp", 10}} {
		require.NoError(t, os.WriteFile(filepath.Join(version, f.name), make([]byte, f.size), 0o600))
		when := time.Now().Add(time.Duration(i-10) * time.Hour)
		require.NoError(t, os.Chtimes(filepath.Join(version, f.name), when, when))
	}
	require.NoError(t, os.WriteFile(filepath.Join(version, "y.2.tmp"), nil, 0o600)) // being written
	forget(filepath.Join(dir, "compiled"))
	var left []string
	for _, f := range cached(t, dir) {
		left = append(left, filepath.Base(f))
	}
	require.ElementsMatch(t, []string{"tool", "newer", "newest", "y.2.tmp"}, left)
}
