package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// An image's file is one that was saved whole, or an error: what is damaged is
// never mapped beyond its end.
func FuzzOpenImage(f *testing.F) {
	file := filepath.Join(f.TempDir(), "image")
	require.NoError(f, NewImage([]byte("memory"), map[string]uint64{"sp": 1 << 40}).Save(file))
	whole, err := os.ReadFile(file)
	require.NoError(f, err)
	f.Add(whole)
	f.Add(whole[1:])
	f.Add(append(whole[:8:8], whole[wasmPage:]...))
	f.Add([]byte(imageMagic))
	f.Add(append(make([]byte, 8), imageMagic...))
	f.Add(append([]byte{0, 0, 0, 0, 0, 0, 0, 0x80}, imageMagic...))
	f.Fuzz(func(t *testing.T, b []byte) {
		file := filepath.Join(t.TempDir(), "image")
		require.NoError(t, os.WriteFile(file, b, 0o600))
		im, err := OpenImage(file)
		if err != nil {
			return
		}
		defer im.Close()
		require.Positive(t, im.size)
		require.LessOrEqual(t, im.size, int64(len(b)))
		require.Zero(t, im.size%wasmPage)
		memory := make([]byte, im.size)
		require.NoError(t, im.read(memory))
		require.Equal(t, b[:im.size], memory)
	})
}
