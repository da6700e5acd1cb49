package lab

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func explain(s sock.Socket) string { return s.(sock.Explainer).Explain() }

func TestWhyRefused(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(t *testing.T, st sock.Stack)
		want string
	}{
		"nobody": {func(*testing.T, sock.Stack) {}, "refused: nobody ever bound port 21234"},
		"another port": {func(t *testing.T, st sock.Stack) {
			listener(t, st, on("127.0.0.1", 21235))
		}, "refused: nobody ever bound port 21234; server bound 21235"},
		"never listened": {func(t *testing.T, st sock.Stack) {
			bound(t, st, abi.SOCK_STREAM, on("127.0.0.1", 21234))
		}, "refused: port 21234 was bound by server but it never called listen"},
		"closed": {func(t *testing.T, st sock.Stack) {
			listener(t, st, on("127.0.0.1", 21234)).Close()
		}, "refused: server has closed its socket on port 21234, and nobody has bound it since"},
		"shut down": {func(t *testing.T, st sock.Stack) {
			require.Equal(t, abi.OK, listener(t, st, on("127.0.0.1", 21234)).Shutdown(abi.SHUT_RDWR))
		}, "refused: server has ended its listening socket on port 21234 with shutdown"},
		"the other family": {func(t *testing.T, st sock.Stack) {
			listener(t, st, on("::1", 21234))
		}, "refused: server holds port 21234 at ::1, and this went to 127.0.0.1:21234"},
		"the other family, and this one without listen": {func(t *testing.T, st sock.Stack) {
			listener(t, st, on("::1", 21234))
			bound(t, st, abi.SOCK_STREAM, on("127.0.0.1", 21234))
		}, "refused: port 21234 was bound by server but it never called listen"},
		"the other protocol": {func(t *testing.T, st sock.Stack) {
			bound(t, st, abi.SOCK_DGRAM, on("127.0.0.1", 21234))
		}, "refused: server holds port 21234 of UDP, and this went to port 21234 of TCP: they are different ports"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			c.do(t, l.Stack("server", nil))
			to := on("127.0.0.1", 21234)
			s, err := dial(t, l.Peer(), to)
			require.Equal(t, abi.ECONNREFUSED, err)
			require.Equal(t, c.want, explain(s))
			require.Empty(t, explain(s), "told once")
			require.Equal(t, c.want, l.Why("connect", true, to, abi.ECONNREFUSED))
		})
	}
}

func TestWhyInUse(t *testing.T) {
	l := newLab(t)
	server, peer := l.Stack("server", nil), l.Peer()
	s := bound(t, server, abi.SOCK_STREAM, on("127.0.0.1", 0))
	try := func(to abi.Sockaddr) string {
		c := open(t, peer, to.Family, abi.SOCK_STREAM)
		require.Equal(t, abi.EADDRINUSE, c.Bind(to))
		return explain(c)
	}
	require.Contains(t, try(addr(t, s)), "server has bound it")
	require.Equal(t, abi.OK, s.Listen(1))
	require.Contains(t, try(addr(t, s)), "server listens on it")
	host := listener(t, native, on("0.0.0.0", 0))
	require.Contains(t, try(on("127.0.0.1", port(t, host))), "another program of this machine")
}

func TestWhyNoAnswer(t *testing.T) {
	l := newLab(t)
	s := bound(t, l.Stack("server", nil), abi.SOCK_STREAM, on("127.0.0.1", 0))
	require.Equal(t, abi.OK, s.Listen(0))
	require.Contains(t, l.Why("connect", true, addr(t, s), abi.ETIMEDOUT), "server listens on port")
	require.Empty(t, l.Why("connect", true, on("127.0.0.1", 1), abi.ETIMEDOUT))
	require.Empty(t, l.Why("connect", true, abi.UnixAddr("/x"), abi.ECONNREFUSED))
	require.Empty(t, l.Why("recv", true, on("127.0.0.1", 1), abi.ECONNRESET))
}

func TestOnlyTheLastHoldsAreRemembered(t *testing.T) {
	l := newLab(t)
	st := l.Stack("server", nil)
	for range 3 * pastMax {
		bound(t, st, abi.SOCK_DGRAM, on("127.0.0.1", 0)).Close()
	}
	require.Len(t, l.ports.past, pastMax)
	require.Empty(t, l.ports.live)
}
