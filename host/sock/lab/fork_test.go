package lab

import (
	"net/netip"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

// A process that is being started has all descriptors of its parent for a
// moment, and so the sockets that keep a drawn port.
func TestADrawnPortCanBeBoundWhileProcessesStart(t *testing.T) {
	l := newLab(t)
	member := l.Stack("member", nil)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				exec.Command(os.Args[0], "-test.run=^$").Run()
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	for range 300 {
		port, err := l.FreePort(20000, 30000)
		require.NoError(t, err)
		s, errno := member.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, errno)
		require.Equal(t, abi.OK, s.Bind(abi.InetAddr(netip.AddrPortFrom(v4Loopback, uint16(port)))))
		require.Equal(t, abi.OK, s.Close())
	}
}
