package socktest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// promptly is how soon a call must end after its context, or its socket, has.
// It is usually well under a millisecond.
const promptly = time.Second

func contextOf(t *T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.ctx, d)
}

// waiting is a call that waits for ever, and the socket it waits in.
type waiting struct {
	name string
	make func(t *T) (sock.Socket, func(ctx context.Context) abi.Errno)
}

func recvIn(f abi.Family, typ abi.Type, size int, flags abi.MsgFlags) func(t *T) (sock.Socket, func(context.Context) abi.Errno) {
	return func(t *T) (sock.Socket, func(context.Context) abi.Errno) {
		t.need(f)
		s, _ := t.pair(f, typ)
		return s, func(ctx context.Context) abi.Errno {
			_, _, _, err := s.Recv(ctx, make([]byte, size), flags)
			return err
		}
	}
}

func sendIn(f abi.Family, typ abi.Type) func(t *T) (sock.Socket, func(context.Context) abi.Errno) {
	return func(t *T) (sock.Socket, func(context.Context) abi.Errno) {
		t.need(f)
		s, _ := t.pair(f, typ)
		if typ == stream {
			t.fill(s)
		} else {
			t.fillDatagrams(s, none)
		}
		return s, func(ctx context.Context) abi.Errno {
			for {
				if _, err := s.Send(ctx, []byte("x"), 0, none); err != abi.OK {
					return err
				}
			}
		}
	}
}

func acceptIn(f abi.Family) func(t *T) (sock.Socket, func(context.Context) abi.Errno) {
	return func(t *T) (sock.Socket, func(context.Context) abi.Errno) {
		t.need(f)
		l, _ := t.listener(f, stream)
		return l, func(ctx context.Context) abi.Errno {
			_, _, err := l.Accept(ctx)
			return err
		}
	}
}

func connectIn(f abi.Family) func(t *T) (sock.Socket, func(context.Context) abi.Errno) {
	return func(t *T) (sock.Socket, func(context.Context) abi.Errno) {
		t.need(f)
		addr := t.busy(f)
		s := t.socket(f, stream)
		return s, func(ctx context.Context) abi.Errno { return s.Connect(ctx, addr) }
	}
}

var waits = []waiting{
	{"accept over AF_INET", acceptIn(inet)},
	{"accept over AF_INET6", acceptIn(inet6)},
	{"accept over AF_UNIX", acceptIn(unix)},
	{"connect over AF_INET", connectIn(inet)},
	{"connect over AF_UNIX", connectIn(unix)},
	{"a receive over AF_INET", recvIn(inet, stream, 1, 0)},
	{"a receive over AF_INET6", recvIn(inet6, stream, 1, 0)},
	{"a receive over AF_UNIX", recvIn(unix, stream, 1, 0)},
	{"a receive of a UDP datagram", recvIn(inet, dgram, 1, 0)},
	{"a receive of an AF_UNIX datagram", recvIn(unix, dgram, 1, 0)},
	{"a receive of a packet", recvIn(unix, seqpacket, 1, 0)},
	{"a peek", recvIn(inet, stream, 1, abi.MSG_PEEK)},
	{"a receive of all", recvIn(inet, stream, 10, abi.MSG_WAITALL)},
	{"a peek at all", recvIn(inet, stream, 10, abi.MSG_WAITALL|abi.MSG_PEEK)},
	{"a send over AF_INET", sendIn(inet, stream)},
	{"a send over AF_INET6", sendIn(inet6, stream)},
	{"a send over AF_UNIX", sendIn(unix, stream)},
	{"a send of an AF_UNIX datagram", sendIn(unix, dgram)},
	{"a send of a packet", sendIn(unix, seqpacket)},
}

func interruptCases() (cases []testCase) {
	for _, w := range waits {
		cases = append(cases,
			testCase{w.name + " ends with EINTR soon after its context is cancelled", func(t *T) {
				_, call := w.make(t)
				ctx, cancel := context.WithCancel(t.ctx)
				defer cancel()
				var at time.Time
				t.soon(func() { at = time.Now(); cancel() })
				t.is(abi.EINTR, call(ctx))
				require.Less(t, time.Since(at), promptly)
			}},
			testCase{w.name + " ends with EINTR when its context's deadline passes, and can be made again", func(t *T) {
				_, call := w.make(t)
				for range 2 {
					ctx, cancel := contextOf(t, 5*time.Millisecond)
					t.is(abi.EINTR, call(ctx))
					cancel()
				}
			}},
			testCase{w.name + " ends with EBADF soon after its socket is closed", func(t *T) {
				s, call := w.make(t)
				var at time.Time
				t.soon(func() { at = time.Now(); s.Close() })
				err := call(t.ctx)
				t.is(abi.EBADF, err)
				require.Less(t, time.Since(at), promptly)
			}},
		)
	}
	return append(cases, []testCase{
		{"a call whose context is over does not wait", func(t *T) {
			s, _ := t.pair(inet, stream)
			ctx, cancel := context.WithCancel(t.ctx)
			cancel()
			_, _, _, err := s.Recv(ctx, make([]byte, 1), 0)
			t.is(abi.EINTR, err)
		}},
		{"after an interruption nothing is lost", func(t *T) {
			client, server := t.pair(inet, stream)
			ctx, cancel := contextOf(t, 2*time.Millisecond)
			defer cancel()
			_, _, _, err := server.Recv(ctx, make([]byte, 10), 0)
			t.is(abi.EINTR, err)
			t.soon(func() { client.Send(t.ctx, []byte("kept"), 0, none) })
			t.gets(server, "kept")
		}},
		{"an interrupted send of much tells how much has gone", func(t *T) {
			client, server := t.pair(inet, stream)
			ctx, cancel := contextOf(t, 10*time.Millisecond)
			defer cancel()
			big := text(64 << 20)
			n, err := client.Send(ctx, []byte(big), 0, none)
			t.ok(err)
			require.Positive(t, n)
			require.Less(t, n, len(big))
			t.drain(server, n)
			t.is(abi.EAGAIN, t.tryRecv(server))
		}},
		{"an interrupted MSG_WAITALL keeps what has come", func(t *T) {
			client, server := t.pair(inet, stream)
			t.send(client, "abc")
			t.arrived(server, 3)
			ctx, cancel := contextOf(t, 5*time.Millisecond)
			defer cancel()
			n, _, _, err := server.Recv(ctx, make([]byte, 10), abi.MSG_WAITALL)
			t.ok(err)
			require.Equal(t, 3, n)
		}},
		{"one who waits is interrupted, and another goes on waiting", func(t *T) {
			client, server := t.pair(inet, stream)
			ctx, cancel := context.WithCancel(t.ctx)
			take := func(ctx context.Context) <-chan result {
				return background(func() (int, abi.Errno) {
					n, _, _, err := server.Recv(ctx, make([]byte, 1), 0)
					return n, err
				})
			}
			one, other := take(ctx), take(t.ctx)
			t.soon(cancel)
			t.is(abi.EINTR, t.wait(one).err)
			t.send(client, "x")
			r := t.wait(other)
			t.ok(r.err)
			require.Equal(t, 1, r.n)
		}},
		{"a hundred contexts, one after another, in one socket", func(t *T) {
			client, server := t.pair(inet, stream)
			for range 100 {
				ctx, cancel := context.WithCancel(t.ctx)
				t.send(client, "x")
				n, _, _, err := server.Recv(ctx, make([]byte, 1), 0)
				t.ok(err)
				require.Equal(t, 1, n)
				cancel()
			}
			ctx, cancel := contextOf(t, time.Millisecond)
			defer cancel()
			_, _, _, err := server.Recv(ctx, make([]byte, 1), 0)
			t.is(abi.EINTR, err)
		}},
		{"closing twice at once closes once", func(t *T) {
			s, _ := t.pair(inet, stream)
			a := background(func() (int, abi.Errno) { return 0, s.Close() })
			b := background(func() (int, abi.Errno) { return 0, s.Close() })
			got := []abi.Errno{t.wait(a).err, t.wait(b).err}
			require.ElementsMatch(t, []abi.Errno{abi.OK, abi.EBADF}, got)
		}},
		{"a listener that is closed under an accept gives its port back", func(t *T) {
			l, addr := t.listener(inet, stream)
			done := background(func() (int, abi.Errno) { _, _, err := l.Accept(t.ctx); return 0, err })
			t.soon(func() { l.Close() })
			t.is(abi.EBADF, t.wait(done).err)
			require.Eventually(t, func() bool {
				return t.socket(inet, stream).Bind(addr) == abi.OK
			}, patience/2, time.Millisecond)
		}},
	}...)
}
