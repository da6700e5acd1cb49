package kernel

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

func TestErrnoByName(t *testing.T) {
	require.Equal(t, abi.OK, errnoOf(0))
	require.Equal(t, abi.EIO, errnoOf(9999))
	got := map[abi.Errno]bool{}
	for e := unix.Errno(1); e < 200; e++ {
		name := unix.ErrnoName(e)
		if name == "" {
			continue
		}
		translated := errnoOf(e)
		got[translated] = true
		require.NotEqual(t, abi.OK, translated, name)
		if want, ok := abi.ParseErrno(name); ok {
			require.Equal(t, want.Name(), translated.Name(), name)
		}
	}
	for _, e := range abi.Errnos() {
		if e != abi.ENOTCAPABLE { // WASI's own
			require.True(t, got[e], "%s is never told", e.Name())
		}
	}
	require.Equal(t, abi.EPROTONOSUPPORT, errnoOf(unix.ESOCKTNOSUPPORT))
}

func FuzzSockaddr(f *testing.F) {
	f.Add([]byte{2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add(append([]byte{10, 0, 0, 80, 1, 2, 3, 4}, make([]byte, 20)...))
	f.Add([]byte("\x01\x00/a/path\x00"))
	f.Add([]byte("\x01\x00\x00abstract\x00name"))
	f.Fuzz(func(t *testing.T, b []byte) {
		sa, err := abi.DecodeSockaddr(b)
		if err != abi.OK {
			return
		}
		var raw rawAddr
		if err := raw.encode(sa); err != abi.OK {
			require.Equal(t, abi.ENAMETOOLONG, err)
			return
		}
		require.LessOrEqual(t, int(raw.len), len(raw.buf))
		switch sa.Family {
		case abi.AF_INET, abi.AF_INET6, abi.AF_UNIX:
			require.Equal(t, sa, raw.decode())
		}
	})
}
