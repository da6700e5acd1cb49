package lab

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func send(t *testing.T, s sock.Socket, text string, to abi.Sockaddr) {
	t.Helper()
	_, err := s.Send(ctx(t), []byte(text), 0, to)
	require.Equal(t, abi.OK, err)
}

func recv(t *testing.T, s sock.Socket, want string) abi.Sockaddr {
	t.Helper()
	b := make([]byte, 64)
	n, from, _, err := s.Recv(ctx(t), b, 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, want, string(b[:n]))
	return from
}

func TestDatagramsThereAndBack(t *testing.T) {
	for _, c := range []struct{ server, to, serverSees, clientSees string }{
		{"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"},
		{"0.0.0.0", "127.0.0.1", "127.0.0.1", "127.0.0.1"},
		{"::1", "::1", "::1", "::1"},
		{"::", "::1", "::1", "::1"},
		{"::", "127.0.0.1", "::ffff:127.0.0.1", "127.0.0.1"},
	} {
		l := newLab(t)
		s := open(t, l.Stack("server", nil), on(c.server, 0).Family, abi.SOCK_DGRAM)
		s.SetOption(optV6Only, intValue(false))
		require.Equal(t, abi.OK, s.Bind(on(c.server, 0)))
		to := on(c.to, port(t, s))

		u := open(t, l.Peer(), to.Family, abi.SOCK_DGRAM)
		send(t, u, "one", to)
		require.Equal(t, on(u.(*socket).any().String(), port(t, u)), addr(t, u), "bound by the system to the wildcard")
		from := recv(t, s, "one")
		require.Equal(t, on(c.serverSees, port(t, u)), from, "%v", c)
		send(t, s, "two", from)
		require.Equal(t, on(c.clientSees, port(t, s)), recv(t, u, "two"), "%v", c)

		connected := open(t, l.Peer(), to.Family, abi.SOCK_DGRAM)
		require.Equal(t, abi.OK, connected.Connect(ctx(t), to))
		peer, err := connected.PeerAddr()
		require.Equal(t, abi.OK, err)
		require.Equal(t, to, peer)
		require.Equal(t, c.to, addr(t, connected).IP.Addr().String())
		send(t, connected, "three", abi.Sockaddr{})
		send(t, s, "four", recv(t, s, "three"))
		require.Equal(t, to, recv(t, connected, "four"))
	}
}

func TestMappedDatagrams(t *testing.T) {
	l := newLab(t)
	s := bound(t, l.Stack("server", nil), abi.SOCK_DGRAM, on("127.0.0.1", 0))
	u := open(t, l.Peer(), abi.AF_INET6, abi.SOCK_DGRAM)
	send(t, u, "one", on("::ffff:127.0.0.1", port(t, s)))
	from := recv(t, s, "one")
	require.Equal(t, on("127.0.0.1", port(t, u)), from)
	send(t, s, "two", from)
	recv(t, u, "two")
	send(t, u, "three", on("127.0.0.1", port(t, s))) // a sockaddr_in on an AF_INET6 socket
	recv(t, s, "three")

	c := open(t, l.Peer(), abi.AF_INET6, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, c.Connect(ctx(t), on("::ffff:127.0.0.1", port(t, s))))
	require.Equal(t, on("::ffff:127.0.0.1", port(t, c)), addr(t, c))
	send(t, c, "four", abi.Sockaddr{})
	send(t, s, "five", recv(t, s, "four"))
	require.Equal(t, on("::ffff:127.0.0.1", port(t, s)), recv(t, c, "five"))
}

func TestAConnectedDatagramSocketFollowsItsPort(t *testing.T) {
	l := newLab(t)
	p, err := l.FreePort(20000, 29999)
	require.NoError(t, err)
	to := on("127.0.0.1", uint16(p))
	c := open(t, l.Peer(), abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, c.Connect(ctx(t), to))
	peer, e := c.PeerAddr()
	require.Equal(t, abi.OK, e)
	require.Equal(t, to, peer, "even where nobody is")
	refused := func() {
		t.Helper()
		send(t, c, "x", abi.Sockaddr{})
		_, _, _, e := c.Recv(ctx(t), make([]byte, 1), 0)
		require.Equal(t, abi.ECONNREFUSED, e)
	}
	refused()
	require.Contains(t, c.(sock.Explainer).Explain(), "nobody ever bound")
	s := bound(t, l.Stack("server", nil), abi.SOCK_DGRAM, to)
	send(t, c, "one", abi.Sockaddr{})
	recv(t, s, "one")
	s.Close()
	host := bound(t, native, abi.SOCK_DGRAM, on("0.0.0.0", uint16(p)))
	refused()
	host.SetNonblock(true)
	_, _, _, e = host.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.EAGAIN, e, "not to who came after it")

	require.Equal(t, abi.OK, c.Connect(ctx(t), abi.Sockaddr{}))
	_, e = c.PeerAddr()
	require.Equal(t, abi.ENOTCONN, e)
}

func TestDatagramErrorsAreTheKernels(t *testing.T) {
	l := newLab(t)
	u := open(t, l.Peer(), abi.AF_INET, abi.SOCK_DGRAM)
	_, err := u.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
	require.Equal(t, abi.EDESTADDRREQ, err)
	below, err := u.(*socket).Socket.LocalAddr()
	require.Equal(t, abi.OK, err)
	require.Equal(t, l.v4, below.IP.Addr(), "a send that fails gives the socket a port, of the lab's")
	_, err = u.Send(ctx(t), make([]byte, 65508), 0, on("127.0.0.1", 9))
	require.Equal(t, abi.EMSGSIZE, err)
	plain := open(t, native, abi.AF_INET, abi.SOCK_DGRAM)
	_, want := plain.Send(ctx(t), []byte("x"), 0, on("127.0.0.1", 0))
	_, err = u.Send(ctx(t), []byte("x"), 0, on("127.0.0.1", 0))
	require.Equal(t, want, err)
	require.Equal(t, abi.EOPNOTSUPP, u.Listen(1))
}

func TestIPv4DatagramsPreferTheIPv4Socket(t *testing.T) {
	l := newLab(t)
	reusing := func(addr abi.Sockaddr) sock.Socket {
		s := open(t, l.Peer(), addr.Family, abi.SOCK_DGRAM)
		require.Equal(t, abi.OK, s.SetOption(optReuseAddr, intValue(true)))
		require.Equal(t, abi.OK, s.Bind(addr))
		return s
	}
	p, err := l.FreePort(20000, 29999)
	require.NoError(t, err)
	v4 := reusing(on("127.0.0.1", uint16(p)))
	dual := reusing(on("::", uint16(p)))
	u := open(t, l.Peer(), abi.AF_INET, abi.SOCK_DGRAM)
	send(t, u, "four", on("127.0.0.1", uint16(p)))
	recv(t, v4, "four")
	u6 := open(t, l.Peer(), abi.AF_INET6, abi.SOCK_DGRAM)
	send(t, u6, "six", on("::1", uint16(p)))
	recv(t, dual, "six")
}

func TestDualDatagramSocketKeepsThePort(t *testing.T) {
	l := newLab(t)
	s := open(t, l.Peer(), abi.AF_INET6, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, s.SetOption(optV6Only, intValue(false)))
	require.Equal(t, abi.OK, s.Bind(on("::", 0)))
	require.Equal(t, abi.EADDRINUSE, open(t, l.Peer(), abi.AF_INET, abi.SOCK_DGRAM).Bind(on("127.0.0.1", port(t, s))))
}
