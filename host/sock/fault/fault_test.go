package fault

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

var native = kernel.New()

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return c
}

func newFault(t *testing.T, rules ...Rule) *Fault {
	t.Helper()
	f, err := New(native, 5, rules...)
	require.NoError(t, err)
	t.Cleanup(f.Close)
	return f
}

var loopback = abi.InetAddr(netip.MustParseAddrPort("127.0.0.1:0"))

func open(t *testing.T, st sock.Stack, typ abi.Type) sock.Socket {
	t.Helper()
	s, err := st.Socket(abi.AF_INET, typ, 0)
	require.Equal(t, abi.OK, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func bound(t *testing.T, st sock.Stack, typ abi.Type) (sock.Socket, abi.Sockaddr) {
	t.Helper()
	s := open(t, st, typ)
	require.Equal(t, abi.OK, s.Bind(loopback))
	a, err := s.LocalAddr()
	require.Equal(t, abi.OK, err)
	return s, a
}

func listener(t *testing.T, st sock.Stack) (sock.Socket, abi.Sockaddr) {
	t.Helper()
	s, a := bound(t, st, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, s.Listen(16))
	return s, a
}

// pair is a connection: the guest's end under the rules, the peer's native.
func pair(t *testing.T, rules ...Rule) (guest, peer sock.Socket) {
	t.Helper()
	l, at := listener(t, native)
	guest = open(t, newFault(t, rules...), abi.SOCK_STREAM)
	require.Equal(t, abi.OK, guest.Connect(ctx(t), at))
	peer, _, err := l.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	t.Cleanup(func() { peer.Close() })
	return guest, peer
}

// packets are a guest's datagram socket under the rules and its native peer,
// each connected to the other.
func packets(t *testing.T, rules ...Rule) (guest, peer sock.Socket) {
	t.Helper()
	guest, a := bound(t, newFault(t, rules...), abi.SOCK_DGRAM)
	peer, b := bound(t, native, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, guest.Connect(ctx(t), b))
	require.Equal(t, abi.OK, peer.Connect(ctx(t), a))
	return guest, peer
}

func send(t *testing.T, s sock.Socket, text string) int {
	t.Helper()
	n, err := s.Send(ctx(t), []byte(text), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, err)
	return n
}

func recv(t *testing.T, s sock.Socket, flags abi.MsgFlags) (string, abi.Errno) {
	t.Helper()
	b := make([]byte, 64)
	n, _, _, err := s.Recv(ctx(t), b, flags)
	return string(b[:n]), err
}

func got(t *testing.T, s sock.Socket, want string) {
	t.Helper()
	text, err := recv(t, s, 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, want, text)
}

func injected(s any) string { return s.(sock.Injector).Injected() }

// poll waits for one event of a socket, as a host does.
func poll(t *testing.T, s sock.Socket, want sock.Events, patience time.Duration) sock.Events {
	t.Helper()
	p, err := kernel.NewPoller()
	require.NoError(t, err)
	defer p.Close()
	var gates sock.Gates
	gates.Add(s, 0, want)
	items := []sock.PollItem{{Source: s.Source(), Want: want}}
	_, e := gates.Wait(ctx(t), p, items, patience)
	require.Equal(t, abi.OK, e)
	return items[0].Ready
}

func TestNoRulesChangeNothing(t *testing.T) {
	guest, peer := pair(t)
	require.Equal(t, 5, send(t, guest, "hello"))
	got(t, peer, "hello")
	send(t, peer, "world")
	got(t, guest, "world")
	require.Empty(t, injected(guest))
	force, hold, _ := guest.(sock.Gate).Gate(sock.Readable | sock.Writable)
	require.Zero(t, force|hold)
}

func TestEveryResultOfARuleIsMarkedOnce(t *testing.T) {
	guest, peer := pair(t, Cap{Sizes{{3, 3}}})
	send(t, peer, "hello")
	require.Equal(t, sock.Readable, poll(t, guest, sock.Readable, time.Second))
	got(t, guest, "hel")
	require.Equal(t, "cap=3: recv returns what is there, and may return less than was asked for", injected(guest))
	require.Empty(t, injected(guest))
	got(t, guest, "lo")
	require.Empty(t, injected(guest), "that was all there was")
}

func TestRulesThatCouldNotBeLegalAreRefused(t *testing.T) {
	for _, r := range []Rule{
		Cap{}, Cap{Sizes{{0, 0}}}, Cap{Sizes{{5, 3}}}, SendCap{}, SendCap{Sizes{{-1, 4}}},
		Cut{}, Cut{[]int{0}}, Cut{[]int{5, 5}}, Cut{[]int{9, 3}},
		Glue{}, Glue{Messages: -1}, Glue{For: -1}, Glue{For: time.Hour},
		Again{"connect", 1}, Again{"recv", 0}, Again{"nosuch", 1},
		Fail{Call: "recv", Err: abi.EAGAIN}, Fail{Call: "recv", Err: abi.OK}, Fail{Call: "recv", Err: abi.EISDIR},
		Fail{Call: "accept", Err: abi.ECONNREFUSED}, Fail{Call: "socket", Err: abi.EPIPE}, Fail{Call: "nosuch", Err: abi.EINTR},
		Fail{Call: "getaddrinfo", Err: abi.EINTR}, Fail{Call: "recv", EAI: abi.EAI_AGAIN}, Fail{Call: "getaddrinfo", EAI: abi.EAI_OVERFLOW},
		Fail{Call: "recv", Which: Nth(0), Err: abi.EINTR}, Fail{Call: "recv", Which: Which{Percent: 101}, Err: abi.EINTR},
		Fail{Call: "recv", Which: Which{Percent: 5, Nth: []Range{{1, 1}}}, Err: abi.EINTR},
		Interrupt{Call: "recv"}, Interrupt{Call: "connect", Which: Nth(1)}, Interrupt{Call: "recv", Which: Which{Percent: 100}},
		Delay{Call: "bind", For: time.Second}, Delay{Call: "recv"}, Delay{Call: "recv", For: time.Hour}, Delay{Call: "recv", For: -1},
		Window{}, Window{-1, 5}, Window{1 << 31, 0},
		Datagram{Effect: "eat", Call: "recv"}, Datagram{Effect: Drop, Call: "accept"}, Datagram{Effect: Late, Call: "recv"},
		Datagram{Effect: Drop, Call: "recv", For: 1}, Datagram{Effect: Drop, Call: "recv", Which: Nth(-1)},
		Spurious{}, Hole{}, Hole{netip.MustParseAddrPort("8.8.8.8:53")},
		Reset{"accept", 5}, Reset{"recv", 0}, Stall{},
	} {
		_, err := New(native, 0, r)
		require.Error(t, err, "%#v", r)
	}
}

func TestTheSeedDecides(t *testing.T) {
	draw := func(seed uint64) (sizes []int) {
		f, err := New(native, seed, SendCap{Sizes{{1, 1000}}})
		require.NoError(t, err)
		a, b, e := f.SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, e)
		defer a.Close()
		defer b.Close()
		for range 8 {
			n, e := a.Send(ctx(t), make([]byte, 1000), 0, abi.Sockaddr{})
			require.Equal(t, abi.OK, e)
			sizes = append(sizes, n)
		}
		return sizes
	}
	require.Equal(t, draw(1), draw(1))
	require.NotEqual(t, draw(1), draw(2))
}

func TestAcceptedSocketsHaveTheRules(t *testing.T) {
	l, at := listener(t, newFault(t, Cap{Sizes{{2, 2}}}))
	peer := open(t, native, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, peer.Connect(ctx(t), at))
	conn, _, err := l.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	defer conn.Close()
	send(t, peer, "abc")
	got(t, conn, "ab")
}
