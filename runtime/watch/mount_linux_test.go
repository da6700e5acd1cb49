package watch

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMountsWithoutNotificationAreKnown(t *testing.T) {
	for magic, kind := range map[uint32]string{ // from statfs(2)
		0x6969: "NFS", 0xff534d42: "CIFS", 0xfe534d42: "SMB", 0x01021997: "9P", 0x65735546: "FUSE",
	} {
		require.Contains(t, elsewhere[magic], kind)
	}
	require.Empty(t, elsewhere[0xef53]) // ext4
	require.Empty(t, unnotified("/proc"))
	require.Empty(t, unnotified("/no such folder"))
}
