package lab

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

// pass gives a socket to a Stack, by way of a pair of sockets of the
// machine's.
func pass(t *testing.T, s sock.Socket, to sock.Stack) (sock.Socket, abi.Errno) {
	t.Helper()
	a, b, err := kernel.New().SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, err)
	defer a.Close()
	defer b.Close()
	_, err = sock.SendMsg(ctx(t), a, []byte("x"), 0, abi.Sockaddr{}, []sock.Control{{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: []sock.Socket{s}}})
	require.Equal(t, abi.OK, err)
	control := sock.Controls{Rights: 1}
	_, _, _, err = sock.RecvMsg(ctx(t), b, make([]byte, 1), 0, &control)
	require.Equal(t, abi.OK, err)
	require.Len(t, control.List, 1)
	x, err := sock.Adopt(to, control.List[0].Sockets[0])
	if err == abi.OK {
		t.Cleanup(func() { x.Close() })
	}
	return x, err
}

func TestNoSocketThatComesLeadsOutOfTheLab(t *testing.T) {
	l, other := newLab(t), newLab(t)
	member, native := l.Stack("guest", nil), kernel.New()
	open := func(st sock.Stack, f abi.Family, typ abi.Type) sock.Socket {
		s, err := st.Socket(f, typ, 0)
		require.Equal(t, abi.OK, err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	machine := open(native, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, machine.Bind(at("127.0.0.1:0")))
	require.Equal(t, abi.OK, machine.Listen(4))
	service, _ := machine.LocalAddr()

	refused := map[string]sock.Socket{"a listener of the machine": machine}
	c := open(native, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, c.Connect(ctx(t), service))
	refused["a connection to the machine"] = c
	d := open(native, abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, d.Bind(at("0.0.0.0:0")))
	refused["a socket that hears everybody"] = d
	d = open(native, abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, d.Connect(ctx(t), service))
	refused["a datagram socket with a peer"] = d
	o := open(other.Stack("guest", nil), abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, o.Bind(at("127.0.0.1:0")))
	require.Equal(t, abi.OK, o.Listen(1))
	refused["a listener of another lab"] = o
	u := open(native, abi.AF_UNIX, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, u.Bind(abi.UnixAddr("\x00socklab-lab-pass-test")))
	refused["an AF_UNIX socket with a name of the machine"] = u
	u = open(other.Stack("guest", nil), abi.AF_UNIX, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, u.Bind(abi.UnixAddr("\x00name")))
	refused["an AF_UNIX socket with a name of another lab"] = u
	for what, s := range refused {
		_, err := pass(t, s, member)
		require.Equal(t, abi.EACCES, err, what)
		require.Contains(t, member.(sock.Explainer).Explain(), "dropped", what)
	}

	for _, f := range []abi.Family{abi.AF_INET, abi.AF_INET6} {
		s, err := pass(t, open(native, f, abi.SOCK_STREAM), member)
		require.Equal(t, abi.OK, err, "a socket without an address may come")
		to := service
		if f == abi.AF_INET6 {
			to = at("[::1]:" + fmt.Sprint(port(t, machine)))
		}
		require.Equal(t, abi.ECONNREFUSED, s.Connect(ctx(t), to), "and leads nowhere but into the lab")
	}
}

func TestAPassedListenerIsFoundByTheMembers(t *testing.T) {
	l := newLab(t)
	a, b := l.Stack("a", nil), l.Stack("b", nil)
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", "[::]:0"} {
		family := at(addr).Family
		pair0, pair1, err := a.SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, err)
		s, err := a.Socket(family, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, err)
		require.Equal(t, abi.OK, s.Bind(at(addr)))
		require.Equal(t, abi.OK, s.Listen(4))
		own, err := s.LocalAddr()
		require.Equal(t, abi.OK, err)
		_, err = sock.SendMsg(ctx(t), pair0, []byte("x"), 0, abi.Sockaddr{}, []sock.Control{{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: []sock.Socket{s}}})
		require.Equal(t, abi.OK, err)
		require.Equal(t, abi.OK, s.Close(), "before it is received")

		control := sock.Controls{Rights: 1}
		_, _, _, err = sock.RecvMsg(ctx(t), pair1, make([]byte, 1), 0, &control)
		require.Equal(t, abi.OK, err)
		got, err := sock.Adopt(b, control.List[0].Sockets[0])
		require.Equal(t, abi.OK, err)
		now, err := got.LocalAddr()
		require.Equal(t, abi.OK, err)
		require.Equal(t, own, now)
		to := []string{addr[:len(addr)-1] + fmt.Sprint(port(t, got))}
		if addr == "[::]:0" {
			to = []string{"127.0.0.1:" + fmt.Sprint(port(t, got)), "[::1]:" + fmt.Sprint(port(t, got))}
		}
		for _, to := range to {
			c, err := a.Socket(at(to).Family, abi.SOCK_STREAM, 0)
			require.Equal(t, abi.OK, err)
			require.Equal(t, abi.OK, c.Connect(ctx(t), at(to)), to)
			conn, _, err := got.Accept(ctx(t))
			require.Equal(t, abi.OK, err)

			came, err := pass(t, conn, b)
			require.Equal(t, abi.OK, err)
			peer, err := came.PeerAddr()
			require.Equal(t, abi.OK, err)
			want, err := conn.PeerAddr()
			require.Equal(t, abi.OK, err)
			require.Equal(t, want, peer)
			for _, s := range []sock.Socket{c, conn, came} {
				s.Close()
			}
		}
		require.Equal(t, abi.OK, got.Close())
		require.Empty(t, l.ports.live, "with the last of them the port is free")
		pair0.Close()
		pair1.Close()
	}
}

func TestSocketsThatNobodyReceivesAreForgotten(t *testing.T) {
	l := newLab(t)
	m := l.Stack("a", nil)
	for range movingMax + 5 {
		a, b, err := m.SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, err)
		s, err := m.Socket(abi.AF_INET6, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, err)
		require.Equal(t, abi.OK, s.Bind(at("[::]:0")))
		_, err = sock.SendMsg(ctx(t), a, []byte("x"), 0, abi.Sockaddr{}, []sock.Control{{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: []sock.Socket{s}}})
		require.Equal(t, abi.OK, err)
		for _, s := range []sock.Socket{s, a, b} {
			s.Close()
		}
	}
	require.Len(t, l.ports.moving, movingMax)
	l.Close()
	require.Empty(t, l.ports.live)
	require.Empty(t, l.ports.moving)
}

func TestALabHasNoUDPLite(t *testing.T) {
	m := newLab(t).Stack("a", nil)
	_, err := m.Socket(abi.AF_INET, abi.SOCK_DGRAM, abi.IPPROTO_UDPLITE)
	require.Equal(t, abi.EPROTONOSUPPORT, err)
	s, err := kernel.New().Socket(abi.AF_INET, abi.SOCK_DGRAM, abi.IPPROTO_UDPLITE)
	if err == abi.EPROTONOSUPPORT {
		t.Skip("this system has none either")
	}
	require.Equal(t, abi.OK, err)
	defer s.Close()
	_, err = pass(t, s, m)
	require.Equal(t, abi.EPROTONOSUPPORT, err)
}
