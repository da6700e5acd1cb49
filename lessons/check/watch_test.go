package check

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

func TestLookingLeavesErrorsToTheGuest(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	w := &watch{StackLayer: sock.StackLayer{Stack: kernel.New()}, changed: func() {}}
	guest, errno := w.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, errno)
	defer guest.Close()
	addr := abi.Sockaddr{Family: abi.AF_INET, IP: netip.MustParseAddrPort(l.Addr().String())}
	require.Equal(t, abi.OK, guest.Connect(t.Context(), addr))
	peer, err := l.Accept()
	require.NoError(t, err)
	s := guest.(*watched)
	require.False(t, s.ready())
	require.True(t, connected(s.Info().State))

	require.NoError(t, peer.(*net.TCPConn).SetLinger(0))
	require.NoError(t, peer.Close())
	require.Eventually(t, s.ready, 5*time.Second, time.Millisecond)
	require.True(t, s.ready())
	_, _, _, errno = guest.Recv(t.Context(), make([]byte, 1), 0)
	require.Equal(t, abi.ECONNRESET, errno)
}

func TestConnectHasReturnedToOneWhoWasHungUpOn(t *testing.T) {
	for state, want := range map[string]bool{"SYN_SENT": false, "ESTABLISHED": true, "CLOSE_WAIT": true, "CLOSE": false, "": false} {
		require.Equal(t, want, connected(state), state)
	}
}
