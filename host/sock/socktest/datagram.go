package socktest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func datagramCases() (cases []testCase) {
	all := []abi.Family{inet, inet6, unix}
	cases = append(cases, each("a datagram names its sender, who can be answered", func(t *T, f abi.Family) {
		a, aa := t.bound(f, dgram)
		b, ba := t.bound(f, dgram)
		t.sendTo(a, "ping", ba)
		buf := make([]byte, 10)
		n, from, _, err := b.Recv(t.ctx, buf, 0)
		t.ok(err)
		require.Equal(t, "ping", string(buf[:n]))
		require.Equal(t, aa, from)
		t.sendTo(b, "pong", from)
		require.Equal(t, "pong", t.recv(a, 0))
	}, all...)...)
	cases = append(cases, each("each send is one receive", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.send(a, "one")
		t.send(a, "two")
		require.Equal(t, "one", t.recv(b, 0))
		require.Equal(t, "two", t.recv(b, 0))
	}, all...)...)
	cases = append(cases, each("what does not fit is cut off and gone", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.send(a, "0123456789")
		t.send(a, "next")
		buf := make([]byte, 4)
		n, _, out, err := b.Recv(t.ctx, buf, 0)
		t.ok(err)
		require.Equal(t, "0123", string(buf[:n]))
		require.Equal(t, abi.MSG_TRUNC, out&abi.MSG_TRUNC)
		require.Equal(t, "next", t.recv(b, 0))
	}, all...)...)
	cases = append(cases, each("MSG_TRUNC tells how long the datagram was", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.send(a, "0123456789")
		n, _, out, err := b.Recv(t.ctx, make([]byte, 4), abi.MSG_TRUNC)
		t.ok(err)
		require.Equal(t, 10, n)
		require.Equal(t, abi.MSG_TRUNC, out&abi.MSG_TRUNC)
	}, all...)...)
	cases = append(cases, each("a datagram that fits is not marked", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.send(a, "0123")
		_, _, out, err := b.Recv(t.ctx, make([]byte, 4), 0)
		t.ok(err)
		require.Zero(t, out&abi.MSG_TRUNC)
	}, all...)...)
	cases = append(cases, each("an empty datagram is a message, not an end", func(t *T, f abi.Family) {
		a, aa := t.bound(f, dgram)
		b, ba := t.bound(f, dgram)
		t.sendTo(a, "", ba)
		t.sendTo(a, "after", ba)
		n, from, _, err := b.Recv(t.ctx, make([]byte, 10), 0)
		t.ok(err)
		require.Zero(t, n)
		require.Equal(t, aa, from)
		require.Equal(t, "after", t.recv(b, 0))
	}, all...)...)
	cases = append(cases, each("a receive of no room takes the datagram all the same", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.send(a, "lost")
		t.send(a, "next")
		n, _, out, err := b.Recv(t.ctx, nil, 0)
		t.ok(err)
		require.Zero(t, n)
		require.Equal(t, abi.MSG_TRUNC, out&abi.MSG_TRUNC)
		require.Equal(t, "next", t.recv(b, 0))
	}, all...)...)
	cases = append(cases, each("a receive waits for a datagram", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.soon(func() { a.Send(t.ctx, []byte("late"), 0, none) })
		require.Equal(t, "late", t.recv(b, 0))
	}, all...)...)
	cases = append(cases, each("a non-blocking receive of none is EAGAIN", func(t *T, f abi.Family) {
		s, _ := t.bound(f, dgram)
		s.SetNonblock(true)
		_, _, _, err := s.Recv(t.ctx, make([]byte, 1), 0)
		t.is(abi.EAGAIN, err)
	}, all...)...)
	cases = append(cases, each("MSG_PEEK leaves the datagram where it is", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.send(a, "look")
		require.Equal(t, "look", t.recv(b, abi.MSG_PEEK))
		require.Equal(t, "look", t.recv(b, abi.MSG_PEEK))
		require.Equal(t, "look", t.recv(b, 0))
		t.is(abi.EAGAIN, t.tryRecv(b))
	}, all...)...)
	cases = append(cases, each("MSG_WAITALL does not join datagrams", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.send(a, "one")
		t.send(a, "two")
		require.Equal(t, "one", t.recv(b, abi.MSG_WAITALL))
	}, all...)...)
	cases = append(cases, each("a connected datagram socket hears its peer only", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		addr, err := b.LocalAddr()
		t.ok(err)
		stranger, _ := t.bound(f, dgram)
		_, err = stranger.Send(t.ctx, []byte("stranger"), 0, addr)
		if f == unix {
			t.is(abi.EPERM, err)
		} else {
			t.ok(err)
		}
		t.send(a, "peer")
		require.Equal(t, "peer", t.recv(b, 0))
		t.is(abi.EAGAIN, t.tryRecv(b))
	}, all...)...)
	cases = append(cases, each("sending without an address or a peer is EDESTADDRREQ", func(t *T, f abi.Family) {
		s, _ := t.bound(f, dgram)
		_, err := s.Send(t.ctx, []byte("x"), 0, none)
		t.oneOf(err, abi.EDESTADDRREQ, abi.ENOTCONN)
	}, all...)...)
	cases = append(cases, each("FIONREAD is the next datagram's length", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.send(a, "12345")
		t.arrived(b, 5)
		n, err := b.Pending()
		t.ok(err)
		require.Equal(t, 5, n)
	}, all...)...)
	cases = append(cases, each("a sender without an address gets one, or is unnamed", func(t *T, f abi.Family) {
		b, addr := t.bound(f, dgram)
		s := t.socket(f, dgram)
		t.sendTo(s, "x", addr)
		_, from, _, err := b.Recv(t.ctx, make([]byte, 1), 0)
		t.ok(err)
		if f == unix {
			require.Contains(t, []abi.Sockaddr{none, abi.UnixAddr("")}, from)
			return
		}
		local, err := s.LocalAddr()
		t.ok(err)
		require.Equal(t, local.IP.Port(), from.IP.Port())
	}, all...)...)
	cases = append(cases, each("nobody at the port: a connected sender is told ECONNREFUSED by the next call", func(t *T, f abi.Family) {
		gone, addr := t.bound(f, dgram)
		t.ok(gone.Close())
		s := t.socket(f, dgram)
		t.ok(s.Connect(t.ctx, addr))
		t.send(s, "anybody?")
		_, _, _, err := s.Recv(t.ctx, make([]byte, 1), 0)
		t.is(abi.ECONNREFUSED, err)
		t.is(abi.EAGAIN, t.tryRecv(s))
	}, inet, inet6)...)
	cases = append(cases, each("nobody at the port: an unconnected sender is told nothing", func(t *T, f abi.Family) {
		gone, addr := t.bound(f, dgram)
		t.ok(gone.Close())
		s := t.socket(f, dgram)
		t.sendTo(s, "anybody?", addr)
		t.sendTo(s, "anybody?", addr)
		t.is(abi.EAGAIN, t.tryRecv(s))
	}, inet, inet6)...)
	cases = append(cases, each("the largest datagram has 65507 bytes over IPv4, 65527 over IPv6", func(t *T, f abi.Family) {
		most := map[abi.Family]int{inet: 65507, inet6: 65527}[f]
		if t.o.MappedIPv6 {
			most = 65507
		}
		a, b := t.pair(f, dgram)
		t.send(a, text(most))
		n, _, _, err := b.Recv(t.ctx, make([]byte, most+1), 0)
		t.ok(err)
		require.Equal(t, most, n)
		_, err = a.Send(t.ctx, make([]byte, most+1), 0, none)
		t.is(abi.EMSGSIZE, err)
	}, inet, inet6)...)
	cases = append(cases, each("who does not read loses datagrams", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		t.set(b, abi.SOL_SOCKET, abi.SO_RCVBUF, 4096)
		for sent, read := 0, 0; ; read++ {
			for range 200 { // to each one that is read
				t.send(a, fmt.Sprintf("%-500d", sent))
				sent++
			}
			number, err := strconv.Atoi(strings.TrimSpace(t.recv(b, 0)))
			require.NoError(t, err)
			if number > read {
				break // those before it are lost
			}
			require.Less(t, read, 200)
		}
	}, inet, inet6)...)
	return append(cases, []testCase{
		{"the broadcast address needs SO_BROADCAST", func(t *T) {
			_, err := t.socket(inet, dgram).Send(t.ctx, []byte("x"), 0, at("127.255.255.255:9"))
			t.is(abi.EACCES, err)
		}},
		{"sending to port 0 is EINVAL", func(t *T) {
			_, err := t.socket(inet, dgram).Send(t.ctx, []byte("x"), 0, at("127.0.0.1:0"))
			t.is(abi.EINVAL, err)
		}},
		{"an IPv6 address on an IPv4 socket is EAFNOSUPPORT", func(t *T) {
			_, err := t.socket(inet, dgram).Send(t.ctx, []byte("x"), 0, at("[::1]:9"))
			t.is(abi.EAFNOSUPPORT, err)
		}},
		{"an AF_UNIX sender waits while its peer's queue is full", func(t *T) {
			a, b := t.pair(unix, dgram)
			sent := t.fillDatagrams(a, none)
			done := background(func() (int, abi.Errno) { return a.Send(t.ctx, []byte("more"), 0, none) })
			for range sent {
				t.recv(b, 0)
			}
			t.ok(t.wait(done).err)
			require.Equal(t, "more", t.recv(b, 0))
		}},
		{"so does one that is not connected", func(t *T) {
			b, addr := t.bound(unix, dgram)
			sent := t.fillDatagrams(t.socket(unix, dgram), addr)
			other := t.socket(unix, dgram) // of whose datagrams none is in the queue
			done := background(func() (int, abi.Errno) { return other.Send(t.ctx, []byte("more"), 0, addr) })
			for range sent {
				t.recv(b, 0)
			}
			t.ok(t.wait(done).err)
			require.Equal(t, "more", t.recv(b, 0))
		}},
		{"sending to a path that is not there is ENOENT", func(t *T) {
			_, err := t.socket(unix, dgram).Send(t.ctx, []byte("x"), 0, abi.UnixAddr(t.path()))
			t.is(abi.ENOENT, err)
		}},
		{"sending to a path that nobody has bound any more is ECONNREFUSED", func(t *T) {
			gone, addr := t.bound(unix, dgram)
			t.ok(gone.Close())
			_, err := t.socket(unix, dgram).Send(t.ctx, []byte("x"), 0, addr)
			t.is(abi.ECONNREFUSED, err)
		}},
		{"sending to a stream's path is EPROTOTYPE", func(t *T) {
			_, addr := t.listener(unix, stream)
			_, err := t.socket(unix, dgram).Send(t.ctx, []byte("x"), 0, addr)
			t.is(abi.EPROTOTYPE, err)
		}},
		{"a peer that closed refuses its datagrams", func(t *T) {
			a, b := t.pair(unix, dgram)
			t.ok(b.Close())
			_, err := a.Send(t.ctx, []byte("x"), 0, none)
			t.is(abi.ECONNREFUSED, err)
		}},
		{"a datagram above the send buffer is EMSGSIZE", func(t *T) {
			a, _ := t.pair(unix, dgram)
			_, err := a.Send(t.ctx, make([]byte, 8<<20), 0, none)
			t.oneOf(err, abi.EMSGSIZE, abi.ENOBUFS)
		}},
	}...)
}

// fillDatagrams sends until the queue is full, and returns how many it took.
func (t *T) fillDatagrams(s sock.Socket, to abi.Sockaddr) int {
	t.Helper()
	for n := 0; ; n++ {
		_, err := s.Send(t.ctx, []byte("x"), abi.MSG_DONTWAIT, to)
		if err == abi.EAGAIN {
			require.Positive(t, n)
			return n
		}
		t.ok(err)
	}
}

func seqpacketCases() []testCase {
	return []testCase{
		{"packets are accepted from a connection, each one whole", func(t *T) {
			client, server := t.pair(unix, seqpacket)
			t.send(client, "one")
			t.send(client, "two")
			require.Equal(t, "one", t.recv(server, 0))
			require.Equal(t, "two", t.recv(server, 0))
		}},
		{"a packet that does not fit is cut off, and says so", func(t *T) {
			client, server := t.pair(unix, seqpacket)
			t.send(client, "0123456789")
			n, _, out, err := server.Recv(t.ctx, make([]byte, 4), 0)
			t.ok(err)
			require.Equal(t, 4, n)
			require.Equal(t, abi.MSG_TRUNC, out&abi.MSG_TRUNC)
		}},
		{"the end of a connection is 0 bytes", func(t *T) {
			client, server := t.pair(unix, seqpacket)
			t.ok(client.Close())
			require.Empty(t, t.recv(server, 0))
		}},
		{"sending packets to who has closed is EPIPE", func(t *T) {
			client, server := t.pair(unix, seqpacket)
			t.ok(server.Close())
			_, err := client.Send(t.ctx, []byte("x"), 0, none)
			t.is(abi.EPIPE, err)
		}},
		{"packets before connecting are ENOTCONN", func(t *T) {
			_, err := t.socket(unix, seqpacket).Send(t.ctx, []byte("x"), 0, none)
			t.is(abi.ENOTCONN, err)
		}},
		{"a sender of packets waits while the queue is full", func(t *T) {
			client, server := t.pair(unix, seqpacket)
			sent := t.fillDatagrams(client, none)
			done := background(func() (int, abi.Errno) { return client.Send(t.ctx, []byte("more"), 0, none) })
			for range sent {
				t.recv(server, 0)
			}
			t.ok(t.wait(done).err)
			require.Equal(t, "more", t.recv(server, 0))
		}},
		{"half a close works for packets as for bytes", func(t *T) {
			client, server := t.pair(unix, seqpacket)
			t.ok(client.Shutdown(abi.SHUT_WR))
			require.Empty(t, t.recv(server, 0))
			t.send(server, "answer")
			require.Equal(t, "answer", t.recv(client, 0))
		}},
	}
}
