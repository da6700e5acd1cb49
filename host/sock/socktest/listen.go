package socktest

import (
	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func listenCases() (cases []testCase) {
	cases = append(cases, each("a client that connects while nobody accepts waits in the backlog", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		client := t.dial(addr, stream)
		t.send(client, "early")
		t.gets(t.accept(l), "early")
	}, inet, inet6, unix)...)
	cases = append(cases, each("a backlog of b holds b+1 who wait", func(t *T, f abi.Family) {
		for _, backlog := range []int{0, 1, 3} {
			s, addr := t.bound(f, stream)
			t.ok(s.Listen(backlog))
			for range backlog + 1 {
				t.dial(addr, stream)
			}
			t.queued(s, backlog+1)
			late := t.socket(f, stream)
			late.SetNonblock(true)
			err := late.Connect(t.ctx, addr)
			if f == unix {
				t.is(abi.EAGAIN, err)
				continue
			}
			t.is(abi.EINPROGRESS, err)
			require.Equal(t, "SYN_SENT", late.Info().State)
		}
	}, inet, inet6, unix)...)
	cases = append(cases, each("who is accepted makes room in the backlog", func(t *T, f abi.Family) {
		s, addr := t.bound(f, stream)
		t.ok(s.Listen(0))
		for range 5 {
			t.dial(addr, stream)
			t.accept(s)
		}
	}, inet, unix)...)
	cases = append(cases, each("SO_ACCEPTCONN tells who listens", func(t *T, f abi.Family) {
		s, _ := t.bound(f, stream)
		require.Zero(t, t.get(s, abi.SOL_SOCKET, abi.SO_ACCEPTCONN))
		t.ok(s.Listen(1))
		require.Equal(t, int32(1), t.get(s, abi.SOL_SOCKET, abi.SO_ACCEPTCONN))
	}, inet, unix)...)
	cases = append(cases, each("listening again changes the backlog", func(t *T, f abi.Family) {
		s, addr := t.bound(f, stream)
		t.ok(s.Listen(0))
		t.ok(s.Listen(4))
		for range 5 {
			t.dial(addr, stream)
		}
	}, inet, unix)...)
	cases = append(cases, each("datagram sockets do not listen", func(t *T, f abi.Family) {
		s, _ := t.bound(f, dgram)
		t.is(abi.EOPNOTSUPP, s.Listen(1))
	}, inet, inet6, unix)...)
	cases = append(cases, each("a connected socket does not listen", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		t.is(abi.EINVAL, client.Listen(1))
	}, inet, inet6, unix)...)
	return append(cases, []testCase{
		{"a negative backlog is the longest", func(t *T) {
			s, addr := t.bound(inet, stream)
			t.ok(s.Listen(-1))
			for range 10 {
				t.dial(addr, stream)
			}
		}},
		{"a backlog beyond SOMAXCONN is cut, not refused", func(t *T) {
			s, _ := t.bound(inet, stream)
			t.ok(s.Listen(1 << 30))
		}},
		{"who listens without an address gets a port", func(t *T) {
			s := t.socket(inet, stream)
			t.ok(s.Listen(1))
			addr, err := s.LocalAddr()
			t.ok(err)
			require.NotZero(t, addr.IP.Port())
		}},
		{"an AF_UNIX socket without a name does not listen", func(t *T) {
			t.is(abi.EINVAL, t.socket(unix, stream).Listen(1))
		}},
		{"those who wait are reset when the listener closes", func(t *T) {
			l, addr := t.listener(inet, stream)
			client := t.dial(addr, stream)
			t.queued(l, 1)
			t.ok(l.Close())
			_, _, _, err := client.Recv(t.ctx, make([]byte, 1), 0)
			t.is(abi.ECONNRESET, err)
		}},
	}...)
}

func acceptCases() (cases []testCase) {
	cases = append(cases, each("the two ends agree on their addresses", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		client := t.dial(addr, stream)
		server, from, err := l.Accept(t.ctx)
		t.ok(err)
		defer server.Close()
		caller, err := client.LocalAddr()
		t.ok(err)
		require.Equal(t, caller, from)
		peer, err := server.PeerAddr()
		t.ok(err)
		require.Equal(t, caller, peer)
		called, err := client.PeerAddr()
		t.ok(err)
		require.Equal(t, addr, called)
		local, err := server.LocalAddr()
		t.ok(err)
		require.Equal(t, addr, local)
	}, inet, inet6, unix)...)
	cases = append(cases, each("callers are accepted in the order in which they came", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		for i, name := range []string{"first", "second", "third"} {
			t.send(t.dial(addr, stream), name)
			t.queued(l, i+1)
		}
		for _, name := range []string{"first", "second", "third"} {
			t.gets(t.accept(l), name)
		}
	}, inet, unix)...)
	cases = append(cases, each("accept waits for a caller", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		client := t.socket(f, stream)
		t.soon(func() { client.Connect(t.ctx, addr) })
		t.accept(l)
	}, inet, inet6, unix)...)
	cases = append(cases, each("accept of a non-blocking listener is EAGAIN if nobody waits", func(t *T, f abi.Family) {
		l, _ := t.listener(f, stream)
		l.SetNonblock(true)
		_, _, err := l.Accept(t.ctx)
		t.is(abi.EAGAIN, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("the accepted socket blocks even if its listener does not", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		l.SetNonblock(true)
		t.dial(addr, stream)
		var server sock.Socket
		require.Eventually(t, func() bool {
			var err abi.Errno
			server, _, err = l.Accept(t.ctx)
			return err == abi.OK
		}, patience/2, 1e6)
		require.False(t, server.Nonblock())
		t.ok(server.Close())
	}, inet, unix)...)
	cases = append(cases, each("accept before listen is EINVAL", func(t *T, f abi.Family) {
		s, _ := t.bound(f, stream)
		_, _, err := s.Accept(t.ctx)
		t.is(abi.EINVAL, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("accept of a datagram socket is EOPNOTSUPP", func(t *T, f abi.Family) {
		s, _ := t.bound(f, dgram)
		_, _, err := s.Accept(t.ctx)
		t.is(abi.EOPNOTSUPP, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("two who accept get a caller each", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		take := func() (int, abi.Errno) {
			s, _, err := l.Accept(t.ctx)
			if err == abi.OK {
				s.Close()
			}
			return 0, err
		}
		a, b := background(take), background(take)
		t.dial(addr, stream)
		t.dial(addr, stream)
		t.ok(t.wait(a).err)
		t.ok(t.wait(b).err)
	}, inet, unix)...)
	return append(cases, []testCase{
		{"a caller who sent and left is accepted, and can be read", func(t *T) {
			l, addr := t.listener(inet, stream)
			client := t.dial(addr, stream)
			t.send(client, "gone")
			t.ok(client.Close())
			server := t.accept(l)
			t.gets(server, "gone")
			t.gets(server, "")
		}},
		{"a caller who reset the connection is accepted, and then is gone", func(t *T) {
			l, addr := t.listener(inet, stream)
			client := t.dial(addr, stream)
			t.ok(client.SetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_LINGER}, linger(1, 0)))
			t.ok(client.Close())
			server := t.accept(l)
			t.becomes(server, "CLOSE")
			_, err := server.PeerAddr()
			t.is(abi.ENOTCONN, err)
			_, _, _, err = server.Recv(t.ctx, make([]byte, 1), 0)
			t.is(abi.ECONNRESET, err)
		}},
		{"a connection outlives its listener", func(t *T) {
			l, addr := t.listener(inet, stream)
			client := t.dial(addr, stream)
			server := t.accept(l)
			t.ok(l.Close())
			t.send(client, "still here")
			t.gets(server, "still here")
		}},
		{"an accepted connection has its listener's options", func(t *T) {
			l, addr := t.listener(inet, stream)
			t.set(l, abi.SOL_SOCKET, abi.SO_KEEPALIVE, 1)
			t.set(l, abi.Level(abi.IPPROTO_TCP), abi.TCP_NODELAY, 1)
			t.timeouts(l, 3e9)
			t.dial(addr, stream)
			server := t.accept(l)
			require.Equal(t, int32(1), t.get(server, abi.SOL_SOCKET, abi.SO_KEEPALIVE))
			require.Equal(t, int32(1), t.get(server, abi.Level(abi.IPPROTO_TCP), abi.TCP_NODELAY))
			var b [16]byte
			_, err := server.GetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_RCVTIMEO}, b[:])
			t.ok(err)
			require.Equal(t, timeval(3, 0), b[:])
		}},
		{"an accepted connection does not inherit what Go would set", func(t *T) {
			l, addr := t.listener(inet, stream)
			client := t.dial(addr, stream)
			server := t.accept(l)
			for _, s := range []sock.Socket{client, server} {
				require.Zero(t, t.get(s, abi.Level(abi.IPPROTO_TCP), abi.TCP_NODELAY))
				require.Zero(t, t.get(s, abi.SOL_SOCKET, abi.SO_KEEPALIVE))
			}
			require.Zero(t, t.get(l, abi.SOL_SOCKET, abi.SO_REUSEADDR))
		}},
	}...)
}
