package socktest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

// poller is a new Poller.
func (t *T) poller() sock.Poller {
	t.Helper()
	p, err := kernel.NewPoller()
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// poll waits until the socket is ready for any of want, and tells for what.
func (t *T) poll(s sock.Socket, want sock.Events) sock.Events {
	t.Helper()
	items := []sock.PollItem{{Source: s.Source(), Want: want}}
	n, err := t.poller().Wait(t.ctx, items, -1)
	t.ok(err)
	require.Equal(t, 1, n)
	return items[0].Ready
}

// now is what the socket is ready for at this moment.
func (t *T) now(p sock.Poller, s sock.Socket, want sock.Events) sock.Events {
	t.Helper()
	items := []sock.PollItem{{Source: s.Source(), Want: want}}
	_, err := p.Wait(t.ctx, items, 0)
	t.ok(err)
	return items[0].Ready
}

const both = sock.Readable | sock.Writable

func pollCases() (cases []testCase) {
	all := []abi.Family{inet, inet6, unix}
	cases = append(cases, each("an idle connection is writable and not readable", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		require.Equal(t, sock.Writable, t.now(t.poller(), client, both))
	}, all...)...)
	cases = append(cases, each("bytes make a connection readable, until they are read", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		p := t.poller()
		require.Zero(t, t.now(p, server, sock.Readable))
		t.send(client, "x")
		require.Equal(t, sock.Readable, t.poll(server, sock.Readable))
		require.Equal(t, sock.Readable, t.now(p, server, sock.Readable), "still")
		t.gets(server, "x")
		require.Zero(t, t.now(p, server, sock.Readable))
	}, all...)...)
	cases = append(cases, each("a caller makes a listener readable", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		require.Zero(t, t.now(t.poller(), l, sock.Readable))
		client := t.socket(f, stream)
		t.soon(func() { client.Connect(t.ctx, addr) })
		require.Equal(t, sock.Readable, t.poll(l, sock.Readable))
		t.accept(l)
	}, all...)...)
	cases = append(cases, each("the other side's end makes a connection readable, and is told apart if asked", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.ok(client.Shutdown(abi.SHUT_WR))
		require.Equal(t, sock.Readable, t.poll(server, sock.Readable))
		require.Equal(t, sock.Readable|sock.ReadHangup, t.poll(server, sock.Readable|sock.ReadHangup))
	}, all...)...)
	cases = append(cases, each("a full connection is not writable, until the other side reads", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		p := t.poller()
		total := t.fill(client)
		require.Zero(t, t.now(p, client, sock.Writable))
		t.drain(server, total)
		items := []sock.PollItem{{Source: client.Source(), Want: sock.Writable}}
		_, err := p.Wait(t.ctx, items, -1)
		t.ok(err)
		require.Equal(t, sock.Writable, items[0].Ready)
	}, all...)...)
	cases = append(cases, each("a datagram makes its receiver readable", func(t *T, f abi.Family) {
		a, b := t.pair(f, dgram)
		require.Equal(t, sock.Writable, t.now(t.poller(), b, both))
		t.send(a, "")
		require.Equal(t, sock.Readable, t.poll(b, sock.Readable))
	}, all...)...)
	cases = append(cases, each("a reset is an error and a hangup, whatever was asked", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.ok(client.SetOption(option(sol, abi.SO_LINGER), linger(1, 0)))
		t.ok(client.Close())
		got := t.poll(server, 0)
		require.Equal(t, sock.Error|sock.Hangup, got)
	}, inet, inet6)...)
	return append(cases, []testCase{
		{"a timeout of 0 only looks", func(t *T) {
			s, _ := t.pair(inet, stream)
			items := []sock.PollItem{{Source: s.Source(), Want: sock.Readable, Ready: sock.Readable}}
			n, err := t.poller().Wait(t.ctx, items, 0)
			t.ok(err)
			require.Zero(t, n)
			require.Zero(t, items[0].Ready, "what was there before is cleared")
		}},
		{"a timeout that passes is no error", func(t *T) {
			s, _ := t.pair(inet, stream)
			start := time.Now()
			n, err := t.poller().Wait(t.ctx, []sock.PollItem{{Source: s.Source(), Want: sock.Readable}}, 10*time.Millisecond)
			t.ok(err)
			require.Zero(t, n)
			require.GreaterOrEqual(t, time.Since(start), 9*time.Millisecond)
		}},
		{"a wait for nothing at all is a sleep", func(t *T) {
			n, err := t.poller().Wait(t.ctx, nil, time.Millisecond)
			t.ok(err)
			require.Zero(t, n)
		}},
		{"a poll ends with EINTR soon after its context", func(t *T) {
			s, _ := t.pair(inet, stream)
			p := t.poller()
			for range 2 {
				ctx, cancel := context.WithCancel(t.ctx)
				var at time.Time
				t.soon(func() { at = time.Now(); cancel() })
				_, err := p.Wait(ctx, []sock.PollItem{{Source: s.Source(), Want: sock.Readable}}, -1)
				t.is(abi.EINTR, err)
				require.Less(t, time.Since(at), promptly)
			}
		}},
		{"one source may be asked for two things", func(t *T) {
			client, server := t.pair(inet, stream)
			p := t.poller()
			items := []sock.PollItem{{Source: server.Source(), Want: sock.Readable}, {Source: server.Source(), Want: sock.Writable}}
			n, err := p.Wait(t.ctx, items, -1)
			t.ok(err)
			require.Equal(t, 1, n)
			require.Zero(t, items[0].Ready)
			require.Equal(t, sock.Writable, items[1].Ready)
			t.send(client, "x")
			t.arrived(server, 1)
			n, err = p.Wait(t.ctx, items, -1)
			t.ok(err)
			require.Equal(t, 2, n)
			require.Equal(t, sock.Readable, items[0].Ready)
			require.Equal(t, sock.Writable, items[1].Ready)
		}},
		{"what is no longer asked for is no longer told", func(t *T) {
			a, b := t.pair(inet, stream)
			p := t.poller()
			require.Equal(t, sock.Writable, t.now(p, a, both))
			n, err := p.Wait(t.ctx, []sock.PollItem{{Source: b.Source(), Want: sock.Readable}}, 5*time.Millisecond)
			t.ok(err)
			require.Zero(t, n)
			require.Zero(t, t.now(p, a, sock.Readable))
			require.Equal(t, sock.Writable, t.now(p, a, sock.Writable))
		}},
		{"a socket that was closed before is an error and a hangup", func(t *T) {
			s, _ := t.pair(inet, stream)
			src := s.Source()
			p := t.poller()
			for range 2 { // not registered, and registered
				items := []sock.PollItem{{Source: src, Want: sock.Readable}}
				_, err := p.Wait(t.ctx, items, 0)
				t.ok(err)
				s.Close()
				n, err := p.Wait(t.ctx, items, -1)
				t.ok(err)
				require.Equal(t, 1, n)
				require.Equal(t, sock.Error|sock.Hangup, items[0].Ready)
			}
		}},
		{"a socket that is closed during the wait ends it", func(t *T) {
			s, _ := t.pair(inet, stream)
			t.soon(func() { s.Close() })
			require.Equal(t, sock.Error|sock.Hangup, t.poll(s, sock.Readable))
		}},
		{"a new socket under an old number is not mistaken for the old one", func(t *T) {
			p := t.poller()
			for range 50 {
				client, server := t.pair(inet, stream)
				require.Zero(t, t.now(p, server, sock.Readable))
				t.send(client, "x")
				t.arrived(server, 1)
				require.Equal(t, sock.Readable, t.now(p, server, both)&sock.Readable)
				t.ok(client.Close())
				t.ok(server.Close())
			}
		}},
		{"300 sockets, of which every tenth is ready", func(t *T) {
			p := t.poller()
			var items []sock.PollItem
			var receivers []sock.Socket
			for i := range 300 {
				a, addr := t.bound(inet, dgram)
				receivers = append(receivers, a)
				items = append(items, sock.PollItem{Source: a.Source(), Want: sock.Readable})
				if i%10 == 0 {
					t.sendTo(a, "x", addr)
					t.arrived(a, 1)
				}
			}
			for range 2 {
				n, err := p.Wait(t.ctx, items, -1)
				t.ok(err)
				require.Equal(t, 30, n)
				for i := range items {
					require.Equal(t, i%10 == 0, items[i].Ready == sock.Readable, i)
				}
			}
			for i := 0; i < 300; i += 10 {
				t.recv(receivers[i], 0)
			}
			n, err := p.Wait(t.ctx, items, 0)
			t.ok(err)
			require.Zero(t, n)
		}},
		{"two pollers may wait for one socket", func(t *T) {
			a, b := t.pair(inet, stream)
			wait := func() <-chan result {
				p := t.poller()
				items := []sock.PollItem{{Source: a.Source(), Want: sock.Readable}}
				return background(func() (int, abi.Errno) { return p.Wait(t.ctx, items, -1) })
			}
			one, two := wait(), wait()
			t.send(b, "x")
			require.Equal(t, 1, t.wait(one).n)
			require.Equal(t, 1, t.wait(two).n)
		}},
		{"a closed poller is EBADF", func(t *T) {
			p, err := kernel.NewPoller()
			require.NoError(t, err)
			p.Close()
			_, errno := p.Wait(t.ctx, nil, 0)
			t.is(abi.EBADF, errno)
		}},
	}...)
}
