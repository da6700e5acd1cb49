package fault

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func TestAgainOnlyWhereNobodyWaits(t *testing.T) {
	guest, peer := pair(t, Again{"recv", 2}, Again{"send", 1})
	send(t, peer, "one")
	got(t, guest, "one")
	guest.SetNonblock(true)
	send(t, peer, "two")
	require.NotZero(t, poll(t, guest, sock.Readable, 5*time.Second))
	for range 2 {
		_, err := recv(t, guest, 0)
		require.Equal(t, abi.EAGAIN, err)
		require.Contains(t, injected(guest), "again=recv:2")
	}
	got(t, guest, "two")
	_, err := guest.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
	require.Equal(t, abi.EAGAIN, err)
	require.Equal(t, 1, send(t, guest, "x"))
}

func TestFailNth(t *testing.T) {
	l, at := listener(t, newFault(t, Fail{Call: "accept", Which: Which{Nth: []Range{{2, 3}}}, Err: abi.EMFILE}))
	l.SetNonblock(true)
	accept := func() abi.Errno {
		c := open(t, native, abi.SOCK_STREAM)
		require.Equal(t, abi.OK, c.Connect(ctx(t), at))
		poll(t, l, sock.Readable, 5*time.Second)
		conn, _, err := l.Accept(ctx(t))
		if err == abi.OK {
			conn.Close()
		}
		return err
	}
	for range 3 { // that say EAGAIN do not count
		_, _, err := l.Accept(ctx(t))
		require.Equal(t, abi.EAGAIN, err)
	}
	require.Equal(t, abi.OK, accept())
	require.Equal(t, abi.EMFILE, accept())
	require.Contains(t, injected(l), "fail=accept:2-3:EMFILE: EMFILE is in accept's list")
	require.Equal(t, abi.EMFILE, accept())
	require.Equal(t, abi.OK, accept())
}

func TestFailOnTheStack(t *testing.T) {
	f := newFault(t,
		Fail{Call: "socket", Which: Nth(2), Err: abi.EMFILE}, Fail{Call: "socketpair", Err: abi.ENFILE},
		Fail{Call: "getaddrinfo", Which: Nth(1), EAI: abi.EAI_AGAIN})
	open(t, f, abi.SOCK_STREAM)
	_, err := f.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.EMFILE, err)
	require.Contains(t, f.Injected(), "fail=socket:2:EMFILE")
	require.Empty(t, f.Injected())
	open(t, f, abi.SOCK_STREAM)
	_, _, err = f.SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.ENFILE, err)
	_, eai := f.GetAddrInfo(ctx(t), "localhost", "", sock.Hints{})
	require.Equal(t, abi.EAI_AGAIN, eai)
	_, eai = f.GetAddrInfo(ctx(t), "localhost", "", sock.Hints{})
	require.Zero(t, eai)
}

func TestAFatalErrorIsTheConnectionsEnd(t *testing.T) {
	for _, c := range []struct {
		call string
		err  abi.Errno
	}{{"recv", abi.ECONNRESET}, {"recv", abi.ETIMEDOUT}, {"send", abi.EPIPE}, {"send", abi.ECONNRESET}} {
		guest, peer := pair(t, Fail{Call: c.call, Which: Nth(2), Err: c.err})
		send(t, peer, "one")
		got(t, guest, "one")
		send(t, guest, "one")
		send(t, peer, "never seen")
		waitFor(t, guest, 10)
		var err abi.Errno
		if c.call == "recv" {
			_, err = recv(t, guest, 0)
		} else {
			_, err = guest.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
		}
		require.Equal(t, c.err, err)
		text, err := recv(t, guest, 0)
		require.Equal(t, abi.OK, err)
		require.Empty(t, text)
		_, err = guest.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
		require.Equal(t, abi.EPIPE, err)
		got(t, peer, "one")
		_, err = recv(t, peer, 0)
		require.Equal(t, abi.ECONNRESET, err)
	}
}

func TestAnErrorMeetsOnlySocketsThatMayHaveIt(t *testing.T) {
	f := newFault(t, Fail{Call: "recv", Err: abi.ECONNRESET}, Fail{Call: "send", Err: abi.EPIPE}, Fail{Call: "connect", Err: abi.ETIMEDOUT})
	u, at := bound(t, f, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, u.Connect(ctx(t), at), "a datagram's connect asks nobody")
	send(t, u, "x")
	got(t, u, "x")
	l, _ := listener(t, f)
	_, err := recv(t, l, 0)
	require.Equal(t, abi.ENOTCONN, err)

	guest, peer := pair(t, Fail{Call: "recv", Err: abi.ECONNREFUSED})
	send(t, peer, "x")
	got(t, guest, "x")
	g, p := packets(t, Fail{Call: "recv", Which: Nth(1), Err: abi.ECONNREFUSED})
	_, err = recv(t, g, 0)
	require.Equal(t, abi.ECONNREFUSED, err)
	send(t, p, "y")
	got(t, g, "y")
}

func TestFailConnectAndOthers(t *testing.T) {
	f := newFault(t, Fail{Call: "connect", Which: Nth(1), Err: abi.EHOSTUNREACH}, Fail{Call: "bind", Which: Nth(1), Err: abi.EADDRINUSE},
		Fail{Call: "listen", Which: Nth(1), Err: abi.EADDRINUSE}, Fail{Call: "shutdown", Which: Nth(1), Err: abi.ENOBUFS})
	_, at := listener(t, native)
	s := open(t, f, abi.SOCK_STREAM)
	require.Equal(t, abi.EHOSTUNREACH, s.Connect(ctx(t), at))
	require.Equal(t, abi.OK, s.Connect(ctx(t), at))
	require.Equal(t, abi.ENOBUFS, s.Shutdown(abi.SHUT_WR))
	require.Equal(t, abi.OK, s.Shutdown(abi.SHUT_WR))
	l := open(t, f, abi.SOCK_STREAM)
	require.Equal(t, abi.EADDRINUSE, l.Bind(loopback))
	require.Equal(t, abi.OK, l.Bind(loopback))
	require.Equal(t, abi.EADDRINUSE, l.Listen(1))
	require.Equal(t, abi.OK, l.Listen(1))
}

func TestInterrupt(t *testing.T) {
	guest, peer := pair(t, Interrupt{"recv", Nth(1)})
	send(t, peer, "x")
	_, err := recv(t, guest, 0)
	require.Equal(t, abi.EINTR, err)
	require.Contains(t, injected(guest), "eintr=recv:1: a signal")
	got(t, guest, "x")
}

func TestDelayOfABlockingCall(t *testing.T) {
	const d = 30 * time.Millisecond
	guest, peer := pair(t, Delay{"recv", Nth(2), d}, Delay{Call: "send", For: d})
	send(t, peer, "one")
	got(t, guest, "one")
	send(t, peer, "two")
	began := time.Now()
	got(t, guest, "two")
	require.GreaterOrEqual(t, time.Since(began), d)
	require.Contains(t, injected(guest), "delay=recv:2:30ms: nobody has promised when")
	began = time.Now()
	send(t, guest, "x")
	require.GreaterOrEqual(t, time.Since(began), d)

	c, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := guest.Send(c, []byte("x"), 0, abi.Sockaddr{})
	require.Equal(t, abi.EINTR, err)
}

func TestDelayTellsHowLongItHasWaited(t *testing.T) {
	guest, _ := pair(t, Delay{Call: "send", For: 20 * time.Millisecond})
	var w sock.WaitClock
	_, err := guest.Send(sock.WithWaitClock(ctx(t), &w), []byte("x"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, err)
	require.GreaterOrEqual(t, w.Take(), 20*time.Millisecond)
}

func TestDelayOfANonBlockingCall(t *testing.T) {
	const d = 40 * time.Millisecond
	guest, peer := pair(t, Delay{"recv", Nth(1), d})
	guest.SetNonblock(true)
	send(t, peer, "one")
	began := time.Now()
	_, err := recv(t, guest, 0)
	require.Equal(t, abi.EAGAIN, err)
	require.Contains(t, injected(guest), "delay=recv:1")
	require.NotZero(t, poll(t, guest, sock.Readable, 5*time.Second))
	require.GreaterOrEqual(t, time.Since(began), d)
	got(t, guest, "one")
}

func TestAcceptDelayIsOfTheFirst(t *testing.T) {
	const d = 30 * time.Millisecond
	l, at := listener(t, newFault(t, AcceptDelay(d)))
	for i := range 2 {
		c := open(t, native, abi.SOCK_STREAM)
		require.Equal(t, abi.OK, c.Connect(ctx(t), at))
		began := time.Now()
		conn, _, err := l.Accept(ctx(t))
		require.Equal(t, abi.OK, err)
		conn.Close()
		if i == 0 {
			require.GreaterOrEqual(t, time.Since(began), d)
			require.Contains(t, injected(l), "delay=accept:1")
		} else {
			require.Empty(t, injected(l))
		}
	}
}

func TestDelayOfAConnect(t *testing.T) {
	const d = 40 * time.Millisecond
	_, open4 := listener(t, native)
	_, closed := bound(t, native, abi.SOCK_STREAM)
	for _, c := range []struct {
		to   abi.Sockaddr
		want abi.Errno
	}{{open4, abi.OK}, {closed, abi.ECONNREFUSED}} {
		s := open(t, newFault(t, Delay{Call: "connect", For: d}), abi.SOCK_STREAM)
		s.SetNonblock(true)
		began := time.Now()
		require.Equal(t, abi.EINPROGRESS, s.Connect(ctx(t), c.to))
		require.Contains(t, injected(s), "delay=connect")
		require.Equal(t, abi.EALREADY, s.Connect(ctx(t), c.to))
		_, err := recv(t, s, 0)
		require.Equal(t, abi.EAGAIN, err)
		_, err = s.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
		require.Equal(t, abi.EAGAIN, err)
		_, err = s.PeerAddr()
		require.Equal(t, abi.ENOTCONN, err)
		require.Equal(t, abi.ENOTCONN, s.Shutdown(abi.SHUT_WR))
		require.Equal(t, "SYN_SENT", s.Info().State)
		require.Equal(t, abi.OK, soError(t, s))
		require.NotZero(t, poll(t, s, sock.Writable, 5*time.Second))
		require.GreaterOrEqual(t, time.Since(began), d)
		require.Equal(t, c.want, soError(t, s))
		require.Equal(t, abi.OK, soError(t, s), "told once")
		_, err = s.PeerAddr()
		if c.want == abi.OK {
			require.Equal(t, abi.OK, err)
			send(t, s, "x")
		} else {
			require.Equal(t, abi.ENOTCONN, err)
		}
	}
	s := open(t, newFault(t, Delay{Call: "connect", For: d}), abi.SOCK_STREAM)
	began := time.Now()
	require.Equal(t, abi.OK, s.Connect(ctx(t), open4))
	require.GreaterOrEqual(t, time.Since(began), d)
}

func soError(t *testing.T, s sock.Socket) abi.Errno {
	t.Helper()
	var v [4]byte
	_, err := s.GetOption(optError, v[:])
	require.Equal(t, abi.OK, err)
	return abi.Errno(v[0])
}

func TestDelayOfGetAddrInfo(t *testing.T) {
	f := newFault(t, Delay{Call: "getaddrinfo", For: 20 * time.Millisecond})
	began := time.Now()
	_, eai := f.GetAddrInfo(ctx(t), "localhost", "", sock.Hints{})
	require.Zero(t, eai)
	require.GreaterOrEqual(t, time.Since(began), 20*time.Millisecond)
}

func TestHoleNeverAnswers(t *testing.T) {
	_, at := listener(t, native)
	_, other := listener(t, native)
	f := newFault(t, Hole{at.IP})
	s := open(t, f, abi.SOCK_STREAM)
	s.SetNonblock(true)
	require.Equal(t, abi.EINPROGRESS, s.Connect(ctx(t), at))
	require.Contains(t, injected(s), "hole="+at.String())
	require.Zero(t, poll(t, s, sock.Writable|sock.Readable, 20*time.Millisecond))
	require.Equal(t, abi.OK, soError(t, s))
	require.Equal(t, abi.OK, s.Connect(ctx(t), abi.Sockaddr{}), "AF_UNSPEC gives up")
	require.Equal(t, abi.EINPROGRESS, s.Connect(ctx(t), at))

	b := open(t, f, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, b.SetOption(optSndTimeo, timeval(20*time.Millisecond)))
	require.Equal(t, abi.EINPROGRESS, b.Connect(ctx(t), at))
	require.Equal(t, abi.EALREADY, b.Connect(ctx(t), at))

	w := open(t, f, abi.SOCK_STREAM)
	c, cancel := context.WithCancel(context.Background())
	done := make(chan abi.Errno)
	go func() { done <- w.Connect(c, at) }()
	cancel()
	require.Equal(t, abi.EINTR, <-done)

	require.Equal(t, abi.OK, open(t, f, abi.SOCK_STREAM).Connect(ctx(t), other))
	all := newFault(t, Hole{netip.AddrPortFrom(at.IP.Addr(), 0)})
	x := open(t, all, abi.SOCK_STREAM)
	x.SetNonblock(true)
	require.Equal(t, abi.EINPROGRESS, x.Connect(ctx(t), other))
}

func TestHoleSwallowsDatagrams(t *testing.T) {
	peer, at := bound(t, native, abi.SOCK_DGRAM)
	f := newFault(t, Hole{at.IP})
	u := open(t, f, abi.SOCK_DGRAM)
	n, err := u.Send(ctx(t), []byte("x"), 0, at)
	require.Equal(t, abi.OK, err)
	require.Equal(t, 1, n)
	require.Equal(t, abi.OK, u.Connect(ctx(t), at))
	require.Equal(t, 2, send(t, u, "xx"))
	peer.SetNonblock(true)
	_, err = recv(t, peer, 0)
	require.Equal(t, abi.EAGAIN, err)
}

func TestFreshSocketAfterAFailedConnect(t *testing.T) {
	_, closed := bound(t, native, abi.SOCK_STREAM)
	_, at := listener(t, native)
	f := newFault(t, Fresh{})
	s := open(t, f, abi.SOCK_STREAM)
	require.Equal(t, abi.ECONNREFUSED, s.Connect(ctx(t), closed))
	require.Equal(t, abi.EINVAL, s.Connect(ctx(t), at))
	require.Contains(t, injected(s), "fresh: after a failed connect")
	n := open(t, f, abi.SOCK_STREAM)
	n.SetNonblock(true)
	if err := n.Connect(ctx(t), closed); err == abi.EINPROGRESS {
		poll(t, n, sock.Writable, 5*time.Second)
		require.Equal(t, abi.ECONNREFUSED, soError(t, n))
	}
	require.Equal(t, abi.EINVAL, n.Connect(ctx(t), at))
	require.Equal(t, abi.OK, open(t, f, abi.SOCK_STREAM).Connect(ctx(t), at))
}

func TestSpurious(t *testing.T) {
	guest, peer := pair(t, Spurious{2})
	require.Zero(t, poll(t, guest, sock.Readable, 10*time.Millisecond), "not where a call would hang")
	guest.SetNonblock(true)
	for range 2 {
		require.Equal(t, sock.Readable, poll(t, guest, sock.Readable, time.Second))
		require.Equal(t, sock.Readable, poll(t, guest, sock.Readable, time.Second), "it stays so until tried")
		_, err := recv(t, guest, 0)
		require.Equal(t, abi.EAGAIN, err)
		require.Contains(t, injected(guest), "spurious=2")
	}
	require.Zero(t, poll(t, guest, sock.Readable, 10*time.Millisecond))
	send(t, peer, "x")
	require.NotZero(t, poll(t, guest, sock.Readable, 5*time.Second))
	got(t, guest, "x")
}
