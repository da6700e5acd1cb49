package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/files"
)

// Mounts may have relative names, which begin where paths do: at the root.
func TestPathsAreFoundInMountsOfRelativeNames(t *testing.T) {
	f, err := files.Open(t.TempDir(), files.Options{})
	require.NoError(t, err)
	defer f.Close()
	for guest, paths := range map[string][]string{
		"data/in": {"data/in/socket", "/data/in/socket", "./data/../data/in/socket"},
		".":       {"socket", "/socket"},
		"/":       {"socket", "/socket"},
	} {
		var p Paths
		p.mounts.Store(&[]mounted{{guest: guest, fs: f}})
		for _, name := range paths {
			real, release, errno := p.Resolve(name, false)
			require.Equal(t, abi.OK, errno, "%s in %s", name, guest)
			require.Contains(t, real, "/socket")
			release()
		}
		if guest == "data/in" {
			_, _, errno := p.Resolve("/other/socket", false)
			require.Equal(t, abi.EACCES, errno)
		}
	}
}
