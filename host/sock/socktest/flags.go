package socktest

import (
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

func flagCases() (cases []testCase) {
	all := []abi.Family{inet, inet6, unix}
	cases = append(cases, each("MSG_PEEK leaves the bytes where they are", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "look")
		t.arrived(server, 4)
		require.Equal(t, "look", t.recv(server, abi.MSG_PEEK))
		require.Equal(t, "look", t.recv(server, abi.MSG_PEEK))
		require.Equal(t, "look", t.recv(server, 0))
	}, all...)...)
	cases = append(cases, each("MSG_PEEK waits like a receive", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.soon(func() { client.Send(t.ctx, []byte("x"), 0, none) })
		require.Equal(t, "x", t.recv(server, abi.MSG_PEEK))
		require.Equal(t, "x", t.recv(server, 0))
	}, all...)...)
	cases = append(cases, each("MSG_DONTWAIT is EAGAIN where the socket would block", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		t.is(abi.EAGAIN, t.tryRecv(client))
		t.fill(client) // whose last send was EAGAIN
		require.False(t, client.Nonblock())
	}, all...)...)
	cases = append(cases, each("MSG_WAITALL collects until all is there", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		buf := make([]byte, 10)
		done := background(func() (int, abi.Errno) {
			n, _, _, err := server.Recv(t.ctx, buf, abi.MSG_WAITALL)
			return n, err
		})
		t.send(client, "123")
		t.soon(func() { client.Send(t.ctx, []byte("4567890"), 0, none) })
		r := t.wait(done)
		t.ok(r.err)
		require.Equal(t, "1234567890", string(buf[:r.n]))
	}, all...)...)
	cases = append(cases, each("MSG_WAITALL returns less at the end of the stream", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "123")
		t.ok(client.Close())
		require.Equal(t, "123", t.recv(server, abi.MSG_WAITALL))
		require.Empty(t, t.recv(server, abi.MSG_WAITALL))
	}, all...)...)
	for _, next := range []string{"receive", "send", "SO_ERROR"} {
		cases = append(cases, each("MSG_WAITALL returns less at a reset, of which the next "+next+" is told", func(t *T, f abi.Family) {
			client, server := t.pair(f, stream)
			done := background(func() (int, abi.Errno) {
				n, _, _, err := server.Recv(t.ctx, make([]byte, 10), abi.MSG_WAITALL)
				return n, err
			})
			t.send(client, "123")
			t.soon(func() {
				client.SetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_LINGER}, linger(1, 0))
				client.Close()
			})
			r := t.wait(done)
			t.ok(r.err)
			require.Equal(t, 3, r.n)
			switch next {
			case "receive":
				_, _, _, err := server.Recv(t.ctx, make([]byte, 10), 0)
				t.is(abi.ECONNRESET, err)
			case "send":
				_, err := server.Send(t.ctx, []byte("x"), 0, none)
				t.is(abi.ECONNRESET, err)
			case "SO_ERROR":
				t.is(abi.ECONNRESET, t.soError(server))
			}
			require.Empty(t, t.recv(server, 0), "once")
		}, inet, inet6)...)
	}
	cases = append(cases, each("MSG_WAITALL returns less when SO_RCVTIMEO passes", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.timeouts(server, 20*time.Millisecond)
		t.send(client, "123")
		t.arrived(server, 3)
		require.Equal(t, "123", t.recv(server, abi.MSG_WAITALL))
	}, all...)...)
	cases = append(cases, each("MSG_WAITALL does not make a non-blocking socket wait", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "123")
		t.arrived(server, 3)
		server.SetNonblock(true)
		require.Equal(t, "123", t.recv(server, abi.MSG_WAITALL))
	}, all...)...)
	cases = append(cases, each("MSG_PEEK with MSG_WAITALL waits for all, and leaves it", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		buf := make([]byte, 6)
		done := background(func() (int, abi.Errno) {
			n, _, _, err := server.Recv(t.ctx, buf, abi.MSG_PEEK|abi.MSG_WAITALL)
			return n, err
		})
		t.send(client, "abc")
		t.soon(func() { client.Send(t.ctx, []byte("def"), 0, none) })
		r := t.wait(done)
		t.ok(r.err)
		require.Equal(t, "abcdef", string(buf[:r.n]))
		t.gets(server, "abcdef")
	}, all...)...)
	cases = append(cases, each("MSG_PEEK with MSG_WAITALL returns less at the end of the stream", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "abc")
		t.ok(client.Close())
		require.Equal(t, "abc", t.recv(server, abi.MSG_PEEK|abi.MSG_WAITALL))
	}, all...)...)
	cases = append(cases, each("MSG_NOSIGNAL is taken both ways", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		_, err := client.Send(t.ctx, []byte("x"), abi.MSG_NOSIGNAL, none)
		t.ok(err)
		require.Equal(t, "x", t.recv(server, abi.MSG_NOSIGNAL))
	}, all...)...)
	return append(cases, []testCase{
		{"MSG_OOB is a byte beside the stream", func(t *T) {
			client, server := t.pair(inet, stream)
			t.send(client, "ab")
			_, err := client.Send(t.ctx, []byte("!"), abi.MSG_OOB, none)
			t.ok(err)
			buf := make([]byte, 10)
			require.Eventually(t, func() bool {
				n, _, out, err := server.Recv(t.ctx, buf, abi.MSG_OOB)
				return err == abi.OK && n == 1 && buf[0] == '!' && out&abi.MSG_OOB != 0
			}, patience/2, time.Millisecond)
			t.gets(server, "ab")
		}},
		{"MSG_OOB where nothing is urgent is EINVAL at once", func(t *T) {
			client, _ := t.pair(inet, stream)
			_, _, _, err := client.Recv(t.ctx, make([]byte, 1), abi.MSG_OOB)
			t.is(abi.EINVAL, err)
		}},
		{"SO_OOBINLINE leaves the byte in the stream", func(t *T) {
			client, server := t.pair(inet, stream)
			t.set(server, abi.SOL_SOCKET, abi.SO_OOBINLINE, 1)
			t.send(client, "ab")
			_, err := client.Send(t.ctx, []byte("!"), abi.MSG_OOB, none)
			t.ok(err)
			t.gets(server, "ab!")
		}},
		{"MSG_MORE holds a piece back until the next", func(t *T) {
			client, server := t.pair(inet, stream)
			_, err := client.Send(t.ctx, []byte("head "), abi.MSG_MORE, none)
			t.ok(err)
			t.send(client, "body")
			require.Equal(t, "head body", t.recv(server, 0))
		}},
		{"MSG_MORE joins pieces of a datagram", func(t *T) {
			a, b := t.pair(inet, dgram)
			_, err := a.Send(t.ctx, []byte("head "), abi.MSG_MORE, none)
			t.ok(err)
			t.send(a, "body")
			require.Equal(t, "head body", t.recv(b, 0))
		}},
		{"MSG_TRUNC on TCP throws the bytes away", func(t *T) {
			client, server := t.pair(inet, stream)
			t.send(client, "gone")
			t.arrived(server, 4)
			n, _, _, err := server.Recv(t.ctx, make([]byte, 4), abi.MSG_TRUNC)
			t.ok(err)
			require.Equal(t, 4, n)
			t.is(abi.EAGAIN, t.tryRecv(server))
		}},
		{"the error queue is not a guest's", func(t *T) {
			const errqueue = 0x2000
			a, _ := t.pair(inet, dgram)
			_, _, _, err := a.Recv(t.ctx, make([]byte, 1), errqueue)
			t.is(abi.EOPNOTSUPP, err)
		}},
		{"sending while connecting is not a way around connect", func(t *T) {
			const fastopen = 0x20000000
			_, addr := t.listener(inet, stream)
			_, err := t.socket(inet, stream).Send(t.ctx, []byte("x"), fastopen, addr)
			t.is(abi.EOPNOTSUPP, err)
		}},
	}...)
}
