package socktest

import (
	"context"
	"os"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func connectCases() (cases []testCase) {
	cases = append(cases, each("a port where nobody listens refuses", func(t *T, f abi.Family) {
		t.is(abi.ECONNREFUSED, t.socket(f, stream).Connect(t.ctx, t.unused(f)))
	}, inet, inet6)...)
	cases = append(cases, each("an address that is bound but not listening refuses", func(t *T, f abi.Family) {
		_, addr := t.bound(f, stream)
		t.is(abi.ECONNREFUSED, t.socket(f, stream).Connect(t.ctx, addr))
	}, inet, inet6, unix)...)
	cases = append(cases, each("after a refusal the same socket can try again", func(t *T, f abi.Family) {
		s, addr := t.bound(f, stream)
		client := t.socket(f, stream)
		t.is(abi.ECONNREFUSED, client.Connect(t.ctx, addr))
		t.ok(s.Listen(1))
		t.ok(client.Connect(t.ctx, addr))
	}, inet, inet6, unix)...)
	cases = append(cases, each("a connected stream cannot connect again", func(t *T, f abi.Family) {
		_, addr := t.listener(f, stream)
		t.is(abi.EISCONN, t.dial(addr, stream).Connect(t.ctx, addr))
	}, inet, inet6, unix)...)
	cases = append(cases, each("a client may choose its own address first", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		client, own := t.bound(f, stream)
		t.ok(client.Connect(t.ctx, addr))
		server, from, err := l.Accept(t.ctx)
		t.ok(err)
		server.Close()
		require.Equal(t, own, from)
	}, inet, inet6, unix)...)
	cases = append(cases, each("a non-blocking connect is under way, and then has succeeded", func(t *T, f abi.Family) {
		_, addr := t.listener(f, stream)
		s := t.socket(f, stream)
		s.SetNonblock(true)
		t.is(abi.EINPROGRESS, s.Connect(t.ctx, addr))
		require.NotZero(t, t.poll(s, sock.Writable)&sock.Writable)
		t.ok(t.soError(s))
		_, err := s.PeerAddr()
		t.ok(err)
	}, inet, inet6)...)
	cases = append(cases, each("a non-blocking connect that is refused says so in SO_ERROR, once", func(t *T, f abi.Family) {
		s := t.socket(f, stream)
		s.SetNonblock(true)
		err := s.Connect(t.ctx, t.unused(f))
		t.oneOf(err, abi.EINPROGRESS, abi.ECONNREFUSED)
		if err == abi.EINPROGRESS {
			require.NotZero(t, t.poll(s, sock.Writable)&sock.Error)
			t.is(abi.ECONNREFUSED, t.soError(s))
		}
		t.ok(t.soError(s))
	}, inet, inet6)...)
	cases = append(cases, each("a datagram socket's connect sets its peer, and again another", func(t *T, f abi.Family) {
		_, a := t.bound(f, dgram)
		_, b := t.bound(f, dgram)
		s := t.socket(f, dgram)
		for _, addr := range []abi.Sockaddr{a, b} {
			t.ok(s.Connect(t.ctx, addr))
			peer, err := s.PeerAddr()
			t.ok(err)
			require.Equal(t, addr, peer)
		}
	}, inet, inet6, unix)...)
	cases = append(cases, each("AF_UNSPEC takes a datagram socket's peer away", func(t *T, f abi.Family) {
		_, addr := t.bound(f, dgram)
		s := t.socket(f, dgram)
		t.ok(s.Connect(t.ctx, addr))
		t.ok(s.Connect(t.ctx, none))
		_, err := s.PeerAddr()
		t.is(abi.ENOTCONN, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("a listener cannot connect", func(t *T, f abi.Family) {
		l, _ := t.listener(f, stream)
		_, addr := t.listener(f, stream)
		t.oneOf(l.Connect(t.ctx, addr), abi.EISCONN, abi.EINVAL, abi.EOPNOTSUPP)
	}, inet, unix)...)
	return append(cases, []testCase{
		{"port 0 refuses", func(t *T) {
			t.oneOf(t.socket(inet, stream).Connect(t.ctx, at("127.0.0.1:0")), abi.ECONNREFUSED, abi.EADDRNOTAVAIL)
		}},
		{"an IPv6 address on an IPv4 socket is EAFNOSUPPORT", func(t *T) {
			t.is(abi.EAFNOSUPPORT, t.socket(inet, stream).Connect(t.ctx, at("[::1]:9")))
		}},
		{"a family of no kind is EAFNOSUPPORT", func(t *T) {
			t.is(abi.EAFNOSUPPORT, t.socket(inet, stream).Connect(t.ctx, abi.Sockaddr{Family: 77}))
		}},
		{"a path on an internet socket is refused", func(t *T) {
			t.oneOf(t.socket(inet, stream).Connect(t.ctx, abi.UnixAddr(t.path())), abi.EAFNOSUPPORT, abi.EINVAL)
		}},
		{"an internet address on an AF_UNIX socket is refused", func(t *T) {
			t.oneOf(t.socket(unix, stream).Connect(t.ctx, at("127.0.0.1:9")), abi.EAFNOSUPPORT, abi.EINVAL)
		}},
		{"a socket that connects to itself is connected to itself", func(t *T) {
			s, addr := t.bound(inet, stream)
			t.ok(s.Connect(t.ctx, addr))
			peer, err := s.PeerAddr()
			t.ok(err)
			require.Equal(t, addr, peer)
			t.send(s, "echo")
			t.gets(s, "echo")
		}},
		{"a second connect during the first is EALREADY", func(t *T) {
			s := t.socket(inet, stream)
			s.SetNonblock(true)
			addr := t.busy(inet)
			t.is(abi.EINPROGRESS, s.Connect(t.ctx, addr))
			t.is(abi.EALREADY, s.Connect(t.ctx, addr))
		}},
		{"AF_UNSPEC gives up a connect that is under way", func(t *T) {
			s := t.socket(inet, stream)
			s.SetNonblock(true)
			t.is(abi.EINPROGRESS, s.Connect(t.ctx, t.busy(inet)))
			t.ok(s.Connect(t.ctx, none))
			_, addr := t.listener(inet, stream)
			s.SetNonblock(false)
			t.ok(s.Connect(t.ctx, addr))
		}},
		{"an interrupted connect goes on by itself", func(t *T) {
			ctx, cancel := context.WithCancel(t.ctx)
			t.soon(cancel)
			s, addr := t.socket(inet, stream), t.busy(inet)
			t.is(abi.EINTR, s.Connect(ctx, addr))
			s.SetNonblock(true)
			t.is(abi.EALREADY, s.Connect(t.ctx, addr))
		}},
		{"an interrupted AF_UNIX connect can be tried again", func(t *T) {
			l, addr := t.bound(unix, stream)
			t.ok(l.Listen(0))
			t.dial(addr, stream)
			ctx, cancel := context.WithCancel(t.ctx)
			t.soon(cancel)
			late := t.socket(unix, stream)
			t.is(abi.EINTR, late.Connect(ctx, addr))
			t.accept(l)
			t.ok(late.Connect(t.ctx, addr))
		}},
		{"a blocking AF_UNIX connect waits for room in the backlog", func(t *T) {
			l, addr := t.bound(unix, stream)
			t.ok(l.Listen(0))
			t.dial(addr, stream)
			late := t.socket(unix, stream)
			done := background(func() (int, abi.Errno) { return 0, late.Connect(t.ctx, addr) })
			t.accept(l)
			t.ok(t.wait(done).err)
		}},
		{"a blocking call ends when a connect that was begun without blocking does", func(t *T) {
			l, addr := t.listener(inet, stream)
			s := t.socket(inet, stream)
			s.SetNonblock(true)
			t.is(abi.EINPROGRESS, s.Connect(t.ctx, addr))
			s.SetNonblock(false)
			t.oneOf(s.Connect(t.ctx, addr), abi.OK, abi.EISCONN)
			t.send(s, "there")
			t.gets(t.accept(l), "there")
		}},
		{"a path that is not there is ENOENT", func(t *T) {
			t.is(abi.ENOENT, t.socket(unix, stream).Connect(t.ctx, abi.UnixAddr(t.path())))
		}},
		{"a file that is no socket refuses", func(t *T) {
			if t.o.UnixDir != "" {
				t.Skip("the folder is the guest's")
			}
			path := t.path()
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			t.is(abi.ECONNREFUSED, t.socket(unix, stream).Connect(t.ctx, abi.UnixAddr(path)))
		}},
		{"a stream cannot connect to a datagram socket's path", func(t *T) {
			_, addr := t.bound(unix, dgram)
			t.is(abi.EPROTOTYPE, t.socket(unix, stream).Connect(t.ctx, addr))
		}},
		{"packets in sequence cannot connect to a stream's path", func(t *T) {
			_, addr := t.listener(unix, stream)
			t.is(abi.EPROTOTYPE, t.socket(unix, seqpacket).Connect(t.ctx, addr))
		}},
		{"an AF_UNIX connect to no name is EINVAL", func(t *T) {
			t.oneOf(t.socket(unix, stream).Connect(t.ctx, abi.UnixAddr("")), abi.EINVAL, abi.ECONNREFUSED)
		}},
		{"an abstract name that nobody has refuses", func(t *T) {
			t.oneOf(t.socket(unix, stream).Connect(t.ctx, abi.UnixAddr("\x00socklab-nobody")), abi.ECONNREFUSED, abi.ENOENT)
		}},
	}...)
}

// busy is the address of a listener whose backlog is full, so that a connect
// to it neither succeeds nor fails.
func (t *T) busy(f abi.Family) abi.Sockaddr {
	t.Helper()
	s, addr := t.bound(f, stream)
	t.ok(s.Listen(0))
	t.dial(addr, stream)
	t.queued(s, 1)
	return addr
}
