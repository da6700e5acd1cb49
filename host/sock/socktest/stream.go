package socktest

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func streamCases() (cases []testCase) {
	cases = append(cases, each("bytes go both ways", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "question")
		t.gets(server, "question")
		t.send(server, "answer")
		t.gets(client, "answer")
	}, inet, inet6, unix)...)
	cases = append(cases, each("a receive of fewer bytes leaves the rest for the next", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "abcdef")
		t.gets(server, "ab")
		t.gets(server, "cdef")
	}, inet, inet6, unix)...)
	cases = append(cases, each("two sends may be one receive: there are no messages", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "one")
		t.send(client, "two")
		t.arrived(server, 6)
		require.Equal(t, "onetwo", t.recv(server, 0))
	}, inet, inet6)...)
	cases = append(cases, each("4 MiB arrive whole and in order, while as many go the other way", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		want := text(4 << 20)
		sends := func(s sock.Socket) <-chan result {
			return background(func() (int, abi.Errno) {
				n, err := s.Send(t.ctx, []byte(want), 0, none)
				s.Shutdown(abi.SHUT_WR)
				return n, err
			})
		}
		up, down := sends(client), sends(server)
		got := make(chan string, 2)
		for _, s := range []sock.Socket{client, server} {
			go func() {
				var b strings.Builder
				buf := make([]byte, 1000)
				for {
					n, _, _, err := s.Recv(t.ctx, buf, 0)
					if n == 0 || err != abi.OK {
						break
					}
					b.Write(buf[:n])
				}
				got <- b.String()
			}()
		}
		for range 2 {
			if s := <-got; s != want {
				require.Len(t, s, len(want))
				require.FailNow(t, "the bytes differ")
			}
		}
		require.Equal(t, len(want), t.wait(up).n)
		require.Equal(t, len(want), t.wait(down).n)
	}, inet, inet6, unix)...)
	cases = append(cases, each("the end of the stream is 0 bytes, again and again", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "last")
		t.ok(client.Close())
		t.gets(server, "last")
		for range 3 {
			n, _, _, err := server.Recv(t.ctx, make([]byte, 10), 0)
			t.ok(err)
			require.Zero(t, n)
		}
	}, inet, inet6, unix)...)
	cases = append(cases, each("a receive waits for bytes", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.soon(func() { client.Send(t.ctx, []byte("late"), 0, none) })
		t.gets(server, "late")
	}, inet, inet6, unix)...)
	cases = append(cases, each("a receive that waits is ended by the end of the stream", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.soon(func() { client.Close() })
		t.gets(server, "")
	}, inet, inet6, unix)...)
	cases = append(cases, each("a non-blocking receive of nothing is EAGAIN", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		client.SetNonblock(true)
		_, _, _, err := client.Recv(t.ctx, make([]byte, 1), 0)
		t.is(abi.EAGAIN, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("sending to who has closed is EPIPE at last, and no signal", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.ok(server.Close())
		t.ended(client)
		var err abi.Errno
		require.Eventually(t, func() bool { // the first one is how the other side is found out
			_, err = client.Send(t.ctx, []byte("x"), 0, none)
			return err != abi.OK
		}, patience/2, time.Millisecond)
		if err == abi.ECONNRESET {
			_, err = client.Send(t.ctx, []byte("x"), 0, none)
		}
		t.is(abi.EPIPE, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("sending no bytes sends nothing", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		n, err := client.Send(t.ctx, nil, 0, none)
		t.ok(err)
		require.Zero(t, n)
		t.send(client, "x")
		t.gets(server, "x")
	}, inet, inet6, unix)...)
	cases = append(cases, each("FIONREAD counts what waits", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		n, err := server.Pending()
		t.ok(err)
		require.Zero(t, n)
		t.send(client, "12345")
		t.arrived(server, 5)
		n, err = server.Pending()
		t.ok(err)
		require.Equal(t, 5, n)
	}, inet, inet6, unix)...)
	cases = append(cases, each("closing with bytes unread resets the other side", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "unread")
		t.arrived(server, 6)
		t.ok(server.Close())
		_, _, _, err := client.Recv(t.ctx, make([]byte, 1), 0)
		t.is(abi.ECONNRESET, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("what was sent before the reset of SO_LINGER 0 is lost with it", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.ok(client.SetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_LINGER}, linger(1, 0)))
		t.ok(client.Close())
		_, _, _, err := server.Recv(t.ctx, make([]byte, 1), 0)
		t.is(abi.ECONNRESET, err)
		_, err = server.Send(t.ctx, []byte("x"), 0, none)
		t.is(abi.EPIPE, err)
	}, inet, inet6)...)
	cases = append(cases, each("receiving before connecting is ENOTCONN", func(t *T, f abi.Family) {
		_, _, _, err := t.socket(f, stream).Recv(t.ctx, make([]byte, 1), 0)
		t.oneOf(err, abi.ENOTCONN, abi.EINVAL)
	}, inet, inet6, unix)...)
	cases = append(cases, each("sending before connecting fails", func(t *T, f abi.Family) {
		_, err := t.socket(f, stream).Send(t.ctx, []byte("x"), 0, none)
		t.oneOf(err, abi.ENOTCONN, abi.EPIPE)
	}, inet, inet6, unix)...)
	cases = append(cases, each("an address given to the send of a connected stream leads nowhere else", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		_, other := t.listener(f, stream)
		if _, err := client.Send(t.ctx, []byte("x"), 0, other); err != abi.OK {
			t.is(abi.EISCONN, err)
			return
		}
		t.gets(server, "x")
	}, inet, inet6, unix)...)
	return append(cases, []testCase{
		{"a receive and a send wait in one socket at once", func(t *T) {
			client, server := t.pair(inet, stream)
			total := t.fill(client)
			sent := background(func() (int, abi.Errno) { return client.Send(t.ctx, []byte("more"), 0, none) })
			got := background(func() (int, abi.Errno) {
				n, _, _, err := client.Recv(t.ctx, make([]byte, 10), 0)
				return n, err
			})
			t.send(server, "back")
			r := t.wait(got)
			t.ok(r.err)
			require.Equal(t, 4, r.n)
			t.drain(server, total+4)
			t.ok(t.wait(sent).err)
		}},
		{"two who receive share the bytes, none twice", func(t *T) {
			client, server := t.pair(inet, stream)
			take := func() (int, abi.Errno) {
				n, _, _, err := server.Recv(t.ctx, make([]byte, 1), 0)
				return n, err
			}
			a, b := background(take), background(take)
			t.send(client, "12")
			require.Equal(t, 2, t.wait(a).n+t.wait(b).n)
		}},
		{"a TCP receive tells no address", func(t *T) {
			client, server := t.pair(inet, stream)
			t.send(client, "x")
			_, from, _, err := server.Recv(t.ctx, make([]byte, 1), 0)
			t.ok(err)
			require.Equal(t, none, from)
		}},
	}...)
}

// drain receives n bytes.
func (t *T) drain(s sock.Socket, n int) {
	t.Helper()
	buf := make([]byte, 256<<10)
	for n > 0 {
		got, _, _, err := s.Recv(t.ctx, buf, 0)
		t.ok(err)
		require.NotZero(t, got, "the stream ended early")
		n -= got
	}
	require.Zero(t, n, "more came than was sent")
}

// fullCases: a receiver that does not read.
func fullCases() (cases []testCase) {
	cases = append(cases, each("a non-blocking send takes a part, then is EAGAIN", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		client.SetNonblock(true)
		big := make([]byte, 64<<20)
		n, err := client.Send(t.ctx, big, 0, none)
		t.ok(err)
		require.Positive(t, n)
		require.Less(t, n, len(big))
		for err == abi.OK {
			_, err = client.Send(t.ctx, big, 0, none)
		}
		t.is(abi.EAGAIN, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("a blocking send waits until all of it has gone", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		const size = 16 << 20
		done := background(func() (int, abi.Errno) { return client.Send(t.ctx, make([]byte, size), 0, none) })
		t.drain(server, size)
		r := t.wait(done)
		t.ok(r.err)
		require.Equal(t, size, r.n)
	}, inet, inet6, unix)...)
	cases = append(cases, each("a full socket takes bytes again when some were read", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		total := t.fill(client)
		t.drain(server, total)
		require.NotZero(t, t.poll(client, sock.Writable)&sock.Writable)
		t.send(client, "room")
		t.gets(server, "room")
	}, inet, inet6, unix)...)
	cases = append(cases, each("a send that waits is ended when the other side goes away", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.fill(client)
		done := background(func() (int, abi.Errno) { return client.Send(t.ctx, make([]byte, 1<<20), 0, none) })
		t.soon(func() { server.Close() })
		r := t.wait(done)
		if r.err != abi.OK { // else some had gone already
			t.oneOf(r.err, abi.ECONNRESET, abi.EPIPE)
		}
		_, err := client.Send(t.ctx, []byte("x"), 0, none)
		t.oneOf(err, abi.ECONNRESET, abi.EPIPE)
	}, inet, inet6, unix)...)
	return cases
}

func shutdownCases() (cases []testCase) {
	cases = append(cases, each("half a close: the other direction goes on", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.send(client, "question")
		t.ok(client.Shutdown(abi.SHUT_WR))
		t.gets(server, "question")
		t.gets(server, "")
		t.send(server, "answer")
		t.gets(client, "answer")
	}, inet, inet6, unix)...)
	cases = append(cases, each("who has ended sending sends no more", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		t.ok(client.Shutdown(abi.SHUT_WR))
		_, err := client.Send(t.ctx, []byte("x"), 0, none)
		t.is(abi.EPIPE, err)
	}, inet, inet6, unix)...)
	cases = append(cases, each("who has ended receiving is at the end of the stream", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		t.ok(client.Shutdown(abi.SHUT_RD))
		t.gets(client, "")
	}, inet, inet6, unix)...)
	cases = append(cases, each("shutdown ends a receive that waits", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		done := background(func() (int, abi.Errno) {
			n, _, _, err := client.Recv(t.ctx, make([]byte, 1), 0)
			return n, err
		})
		t.soon(func() { client.Shutdown(abi.SHUT_RD) })
		r := t.wait(done)
		t.ok(r.err)
		require.Zero(t, r.n)
	}, inet, inet6, unix)...)
	cases = append(cases, each("both directions at once", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.ok(client.Shutdown(abi.SHUT_RDWR))
		t.gets(server, "")
		t.gets(client, "")
	}, inet, inet6, unix)...)
	cases = append(cases, each("shutdown before connecting is ENOTCONN", func(t *T, f abi.Family) {
		t.is(abi.ENOTCONN, t.socket(f, stream).Shutdown(abi.SHUT_WR))
	}, inet, inet6)...)
	cases = append(cases, each("a direction that is not one is EINVAL", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		t.is(abi.EINVAL, client.Shutdown(3))
		t.is(abi.EINVAL, client.Shutdown(-1))
	}, inet, unix)...)
	cases = append(cases, each("the same end twice is no error", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		t.ok(client.Shutdown(abi.SHUT_WR))
		t.ok(client.Shutdown(abi.SHUT_WR))
	}, inet, unix)...)
	return append(cases, testCase{"shutdown ends an accept that waits", func(t *T) {
		l, _ := t.listener(inet, stream)
		done := background(func() (int, abi.Errno) { _, _, err := l.Accept(t.ctx); return 0, err })
		t.soon(func() { l.Shutdown(abi.SHUT_RD) })
		t.is(abi.EINVAL, t.wait(done).err)
	}})
}
