package lab

import (
	"context"
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

var native = kernel.New()

func newLab(t *testing.T) *Lab {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("this system's loopback is a single address")
	}
	l, err := New(native, Options{Seed: 7})
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return c
}

func on(ip string, port uint16) abi.Sockaddr {
	return abi.InetAddr(netip.AddrPortFrom(netip.MustParseAddr(ip), port))
}

func at(s string) abi.Sockaddr { return abi.InetAddr(netip.MustParseAddrPort(s)) }

func open(t *testing.T, st sock.Stack, family abi.Family, typ abi.Type) sock.Socket {
	t.Helper()
	s, err := st.Socket(family, typ, 0)
	require.Equal(t, abi.OK, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func bound(t *testing.T, st sock.Stack, typ abi.Type, addr abi.Sockaddr) sock.Socket {
	t.Helper()
	s := open(t, st, addr.Family, typ)
	require.Equal(t, abi.OK, s.Bind(addr))
	return s
}

func listener(t *testing.T, st sock.Stack, addr abi.Sockaddr) sock.Socket {
	t.Helper()
	s := bound(t, st, abi.SOCK_STREAM, addr)
	require.Equal(t, abi.OK, s.Listen(8))
	return s
}

func dualListener(t *testing.T, st sock.Stack, port uint16) sock.Socket {
	t.Helper()
	s := open(t, st, abi.AF_INET6, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, s.SetOption(optV6Only, intValue(false)))
	require.Equal(t, abi.OK, s.Bind(on("::", port)))
	require.Equal(t, abi.OK, s.Listen(8))
	return s
}

func addr(t *testing.T, s sock.Socket) abi.Sockaddr {
	t.Helper()
	a, err := s.LocalAddr()
	require.Equal(t, abi.OK, err)
	return a
}

func port(t *testing.T, s sock.Socket) uint16 { t.Helper(); return addr(t, s).IP.Port() }

func dial(t *testing.T, st sock.Stack, to abi.Sockaddr) (sock.Socket, abi.Errno) {
	t.Helper()
	s := open(t, st, to.Family, abi.SOCK_STREAM)
	return s, s.Connect(ctx(t), to)
}

// meet dials a listener and checks what each of the four ends is told.
func meet(t *testing.T, client sock.Stack, to abi.Sockaddr, l sock.Socket, clientIP, seenPeer, seenLocal string) {
	t.Helper()
	c, err := dial(t, client, to)
	require.Equal(t, abi.OK, err)
	conn, from, err := l.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	defer conn.Close()
	require.Equal(t, on(clientIP, port(t, c)), addr(t, c), "client's getsockname")
	peer, err := c.PeerAddr()
	require.Equal(t, abi.OK, err)
	require.Equal(t, to, peer, "client's getpeername")
	require.Equal(t, on(seenPeer, port(t, c)), from, "accept")
	peer, err = conn.PeerAddr()
	require.Equal(t, abi.OK, err)
	require.Equal(t, from, peer, "server's getpeername")
	require.Equal(t, on(seenLocal, to.IP.Port()), addr(t, conn), "server's getsockname")
	_, err = c.Send(ctx(t), []byte("hello"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, err)
	n, _, _, err := conn.Recv(ctx(t), make([]byte, 9), 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, 5, n)
}

func TestMembersMeetAndSeeLoopback(t *testing.T) {
	l := newLab(t)
	server, client := l.Stack("server", nil), l.Peer()
	v4l := listener(t, server, on("127.0.0.1", 0))
	require.Equal(t, "127.0.0.1", addr(t, v4l).IP.Addr().String())
	meet(t, client, on("127.0.0.1", port(t, v4l)), v4l, "127.0.0.1", "127.0.0.1", "127.0.0.1")
	meet(t, client, on("::ffff:127.0.0.1", port(t, v4l)), v4l, "::ffff:127.0.0.1", "127.0.0.1", "127.0.0.1")

	any4 := listener(t, server, on("0.0.0.0", 0))
	require.Equal(t, on("0.0.0.0", port(t, any4)), addr(t, any4), "the wildcard reads back")
	meet(t, client, on("127.0.0.1", port(t, any4)), any4, "127.0.0.1", "127.0.0.1", "127.0.0.1")

	v6l := listener(t, server, on("::1", 0))
	meet(t, client, on("::1", port(t, v6l)), v6l, "::1", "::1", "::1")

	mappedL := listener(t, server, on("::ffff:127.0.0.1", 0))
	meet(t, client, on("127.0.0.1", port(t, mappedL)), mappedL, "127.0.0.1", "::ffff:127.0.0.1", "::ffff:127.0.0.1")
}

func TestDualStackListenerTakesBothFamilies(t *testing.T) {
	l := newLab(t)
	s := dualListener(t, l.Stack("server", nil), 0)
	p := port(t, s)
	require.Equal(t, on("::", p), addr(t, s))
	meet(t, l.Peer(), on("::1", p), s, "::1", "::1", "::1")
	meet(t, l.Peer(), on("127.0.0.1", p), s, "127.0.0.1", "::ffff:127.0.0.1", "::ffff:127.0.0.1")
	meet(t, l.Peer(), on("::ffff:127.0.0.1", p), s, "::ffff:127.0.0.1", "::ffff:127.0.0.1", "::ffff:127.0.0.1")
}

func TestDualStackConflictsAreTheKernels(t *testing.T) {
	l := newLab(t)
	st := l.Stack("server", nil)
	p, err := l.FreePort(20000, 29999)
	require.NoError(t, err)
	dual := dualListener(t, st, uint16(p))
	try := func(ip string, v6only, reuse bool) abi.Errno {
		s := open(t, st, on(ip, 0).Family, abi.SOCK_STREAM)
		if v6only {
			s.SetOption(optV6Only, intValue(true))
		}
		s.SetOption(optReuseAddr, intValue(reuse))
		defer s.Close()
		return s.Bind(on(ip, uint16(p)))
	}
	for _, reuse := range []bool{false, true} {
		require.Equal(t, abi.EADDRINUSE, try("127.0.0.1", false, reuse))
		require.Equal(t, abi.EADDRINUSE, try("0.0.0.0", false, reuse))
		require.Equal(t, abi.EADDRINUSE, try("::1", false, reuse))
		require.Equal(t, abi.EADDRINUSE, try("::", true, reuse))
	}
	dual.Close()
	v4l := listener(t, st, on("127.0.0.1", uint16(p)))
	require.Equal(t, abi.EADDRINUSE, try("::", false, false))
	require.Equal(t, abi.OK, try("::", true, false), "IPV6_V6ONLY lets both families listen")
	require.Equal(t, abi.OK, try("::1", false, false))
	v4l.Close()
	require.Equal(t, abi.OK, try("::", false, false))
}

func TestADualStackListenerKeepsOthersOffEvenIfBothWouldReuse(t *testing.T) {
	l := newLab(t)
	reusing := func(family abi.Family) sock.Socket {
		s := open(t, l.Peer(), family, abi.SOCK_STREAM)
		require.Equal(t, abi.OK, s.SetOption(optReuseAddr, intValue(true)))
		return s
	}
	dual := reusing(abi.AF_INET6)
	require.Equal(t, abi.OK, dual.Bind(on("::", 0)))
	p := port(t, dual)
	require.Equal(t, abi.OK, reusing(abi.AF_INET).Bind(on("127.0.0.1", p)), "as long as it does not listen")
	other := newLab(t)
	dual = open(t, other.Peer(), abi.AF_INET6, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, dual.SetOption(optReuseAddr, intValue(true)))
	require.Equal(t, abi.OK, dual.Bind(on("::", 0)))
	require.Equal(t, abi.OK, dual.Listen(1))
	v4 := open(t, other.Peer(), abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, v4.SetOption(optReuseAddr, intValue(true)))
	require.Equal(t, abi.EADDRINUSE, v4.Bind(on("127.0.0.1", port(t, dual))))
}

func TestFamiliesArePortsOfTheirOwn(t *testing.T) {
	l := newLab(t)
	st := l.Stack("server", nil)
	a := listener(t, st, on("127.0.0.1", 0))
	_, err := dial(t, l.Peer(), on("::1", port(t, a)))
	require.Equal(t, abi.ECONNREFUSED, err)
	b := listener(t, st, on("::1", port(t, a)))
	meet(t, l.Peer(), on("::1", port(t, b)), b, "::1", "::1", "::1")
	meet(t, l.Peer(), on("127.0.0.1", port(t, a)), a, "127.0.0.1", "127.0.0.1", "127.0.0.1")
}

func TestV6OnlyReadsBackAsSet(t *testing.T) {
	l := newLab(t)
	s := open(t, l.Peer(), abi.AF_INET6, abi.SOCK_STREAM)
	get := func(s sock.Socket) uint32 {
		var v [4]byte
		n, err := s.GetOption(optV6Only, v[:])
		require.Equal(t, abi.OK, err)
		require.Equal(t, 4, n)
		return binary.LittleEndian.Uint32(v[:])
	}
	plain := open(t, native, abi.AF_INET6, abi.SOCK_STREAM)
	require.Equal(t, get(plain), get(s), "the machine's default")
	for _, on := range []bool{true, false, true} {
		require.Equal(t, abi.OK, s.SetOption(optV6Only, intValue(on)))
		require.Equal(t, on, get(s) != 0)
	}
	require.Equal(t, abi.EINVAL, s.SetOption(optV6Only, []byte{1}))
	require.Equal(t, abi.EINVAL, s.Bind(on("::ffff:127.0.0.1", 0)))
	require.Equal(t, abi.ENETUNREACH, s.Connect(ctx(t), on("::ffff:127.0.0.1", 9)))
	require.Equal(t, abi.OK, s.Bind(on("::", 0)))
	require.Equal(t, abi.EINVAL, s.SetOption(optV6Only, intValue(false)), "too late")
}

func TestTwoLabsUseOnePort(t *testing.T) {
	a, b := newLab(t), newLab(t)
	p, err := a.FreePort(20000, 29999)
	require.NoError(t, err)
	to := on("127.0.0.1", uint16(p))
	la := listener(t, a.Stack("server", nil), to)
	_, e := dial(t, b.Peer(), to)
	require.Equal(t, abi.ECONNREFUSED, e, "it is another lab's")
	lb := listener(t, b.Stack("server", nil), to)
	meet(t, a.Peer(), to, la, "127.0.0.1", "127.0.0.1", "127.0.0.1")
	meet(t, b.Peer(), to, lb, "127.0.0.1", "127.0.0.1", "127.0.0.1")
	lb.Close()
	_, e = dial(t, b.Peer(), to)
	require.Equal(t, abi.ECONNREFUSED, e)
	require.NotEqual(t, a.v4, b.v4)
	require.NotEqual(t, a.v6, b.v6)
}

func TestNothingOfTheMachineIsReached(t *testing.T) {
	l := newLab(t)
	var hosts []sock.Socket
	for _, ip := range []string{"0.0.0.0", "127.0.0.1", "::", "::1"} {
		s := listener(t, native, on(ip, 0))
		s.SetNonblock(true)
		hosts = append(hosts, s)
		p := port(t, s)
		for _, to := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "127.0.0.2", "127.255.255.254", "::ffff:127.9.9.9"} {
			_, err := dial(t, l.Peer(), on(to, p))
			require.Equal(t, abi.ECONNREFUSED, err, "%s from %s", ip, to)
		}
		for _, to := range []abi.Sockaddr{on(l.v4.String(), p), on(l.v6.String(), p)} {
			_, err := dial(t, l.Peer(), to)
			require.Equal(t, abi.ECONNREFUSED, err, "the lab's own address is a secret")
		}
	}
	for _, h := range hosts {
		_, _, err := h.Accept(ctx(t))
		require.Equal(t, abi.EAGAIN, err, "nobody may have come")
	}
}

func TestNoDatagramReachesTheMachine(t *testing.T) {
	l := newLab(t)
	for _, ip := range []string{"0.0.0.0", "127.0.0.1", "::"} {
		host := bound(t, native, abi.SOCK_DGRAM, on(ip, 0))
		host.SetNonblock(true)
		for _, to := range []string{"127.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "127.0.0.7"} {
			s := open(t, l.Peer(), on(to, 0).Family, abi.SOCK_DGRAM)
			_, err := s.Send(ctx(t), []byte("x"), 0, on(to, port(t, host)))
			require.Equal(t, abi.OK, err, "a datagram to nobody vanishes")
			s = open(t, l.Peer(), on(to, 0).Family, abi.SOCK_DGRAM) // which no answer to the first can reach
			require.Equal(t, abi.OK, s.Connect(ctx(t), on(to, port(t, host))))
			_, err = s.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
			require.Equal(t, abi.OK, err)
			_, _, _, err = s.Recv(ctx(t), make([]byte, 1), 0)
			require.Equal(t, abi.ECONNREFUSED, err, "%s", to)
		}
		_, _, _, err := host.Recv(ctx(t), make([]byte, 1), 0)
		require.Equal(t, abi.EAGAIN, err)
	}
}

// outside are addresses that are none of loopback's.
var outside = []string{
	"8.8.8.8", "1.1.1.1", "10.0.0.1", "172.17.0.1", "192.168.0.1", "192.0.2.2", "100.64.0.1", "169.254.169.254",
	"0.0.0.1", "126.255.255.255", "128.0.0.1", "255.255.255.255", "224.0.0.1", "239.255.255.250", "240.0.0.1",
	"2001:4860:4860::8888", "fd00::1", "fc00::1", "::2", "1::", "fe80::1", "fec0::1", "ff01::1", "ff02::1", "ff05::2",
	"::ffff:8.8.8.8", "::ffff:192.168.0.1", "::ffff:255.255.255.255", "::ffff:169.254.169.254", "::ffff:224.0.0.1",
	"::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "2002:7f00:1::1",
	"2001:0:7f00:1::", "198.18.0.1", "203.0.113.1", "198.51.100.7",
}

func TestNoCallReachesOutside(t *testing.T) {
	require.GreaterOrEqual(t, len(outside), 40)
	l := newLab(t)
	for _, ip := range outside {
		to := on(ip, 53)
		for _, fam := range []abi.Family{abi.AF_INET, abi.AF_INET6} {
			for _, typ := range []abi.Type{abi.SOCK_STREAM, abi.SOCK_DGRAM} {
				s := open(t, l.Peer(), fam, typ)
				want := abi.EACCES
				if fam != to.Family && (typ == abi.SOCK_STREAM || fam == abi.AF_INET) {
					want = abi.EAFNOSUPPORT
				}
				require.Equal(t, want, s.Connect(ctx(t), to), ip)
				if want == abi.EACCES {
					require.Contains(t, s.(sock.Explainer).Explain(), "sandbox refused")
				}
				zoned := to
				zoned.Zone = 2
				require.Equal(t, want, s.Connect(ctx(t), zoned), ip)
				require.NotEqual(t, abi.OK, s.Bind(to), ip)
				_, err := s.Send(ctx(t), []byte("x"), 0x20000000, to)
				require.NotEqual(t, abi.OK, err)
				_, err = s.Send(ctx(t), []byte("x"), 0, to)
				if typ == abi.SOCK_STREAM {
					want = abi.EPIPE
				}
				require.Equal(t, want, err, ip)
				s.Close()
			}
		}
	}
}

func TestRawSocketsAreRefused(t *testing.T) {
	m := newLab(t).Peer()
	_, err := m.Socket(abi.AF_INET, abi.SOCK_RAW, abi.IPPROTO_ICMP)
	require.Equal(t, abi.EPERM, err)
	require.Contains(t, m.(sock.Explainer).Explain(), "every other lab")
	_, err = m.Socket(abi.AF_INET6, abi.SOCK_DGRAM, abi.IPPROTO_ICMPV6)
	require.Contains(t, []abi.Errno{abi.EPERM, abi.EACCES}, err)
}

func TestStrangersAreNotAccepted(t *testing.T) {
	l := newLab(t)
	s := listener(t, l.Stack("server", nil), on("127.0.0.1", 0))
	p := port(t, s)
	stranger, err := dial(t, native, on(l.v4.String(), p))
	require.Equal(t, abi.OK, err, "the machine lets it")
	_, err = stranger.Send(ctx(t), []byte("boo"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, err)
	meet(t, l.Peer(), on("127.0.0.1", p), s, "127.0.0.1", "127.0.0.1", "127.0.0.1")
	n, _, _, err := stranger.Recv(ctx(t), make([]byte, 1), 0)
	require.True(t, err == abi.ECONNRESET || err == abi.OK && n == 0, "hung up on")
}

func TestStrangersDatagramsAreNotReceived(t *testing.T) {
	l := newLab(t)
	s := bound(t, l.Stack("server", nil), abi.SOCK_DGRAM, on("127.0.0.1", 0))
	stranger := open(t, native, abi.AF_INET, abi.SOCK_DGRAM)
	friend := open(t, l.Peer(), abi.AF_INET, abi.SOCK_DGRAM)
	for _, flags := range []abi.MsgFlags{0, abi.MSG_PEEK} {
		_, err := stranger.Send(ctx(t), []byte("boo"), 0, on(l.v4.String(), port(t, s)))
		require.Equal(t, abi.OK, err)
		_, err = friend.Send(ctx(t), []byte("hi"), 0, on("127.0.0.1", port(t, s)))
		require.Equal(t, abi.OK, err)
		b := make([]byte, 9)
		n, from, _, err := s.Recv(ctx(t), b, flags)
		require.Equal(t, abi.OK, err)
		require.Equal(t, "hi", string(b[:n]))
		require.Equal(t, on("127.0.0.1", port(t, friend)), from)
	}
}

func TestRefusalIsTheKernels(t *testing.T) {
	l := newLab(t)
	s := open(t, l.Peer(), abi.AF_INET, abi.SOCK_STREAM)
	s.SetNonblock(true)
	err := s.Connect(ctx(t), on("127.0.0.1", 9))
	if err == abi.EINPROGRESS {
		p, perr := kernel.NewPoller()
		require.NoError(t, perr)
		defer p.Close()
		items := []sock.PollItem{{Source: s.Source(), Want: sock.Writable}}
		_, err = p.Wait(ctx(t), items, 5*time.Second)
		require.Equal(t, abi.OK, err)
		require.NotZero(t, items[0].Ready&sock.Error)
		var v [4]byte
		s.GetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_ERROR}, v[:])
		err = abi.Errno(binary.LittleEndian.Uint32(v[:]))
	}
	require.Equal(t, abi.ECONNREFUSED, err)
	_, err = s.PeerAddr()
	require.Equal(t, abi.ENOTCONN, err)

	b := bound(t, l.Stack("server", nil), abi.SOCK_STREAM, on("127.0.0.1", 0)) // and never listens
	_, err = dial(t, l.Peer(), on("127.0.0.1", port(t, b)))
	require.Equal(t, abi.ECONNREFUSED, err)

	c := open(t, l.Peer(), abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.ECONNREFUSED, c.Connect(ctx(t), on("127.0.0.1", port(t, b))))
	require.Equal(t, abi.OK, b.Listen(1))
	require.Equal(t, abi.OK, c.Connect(ctx(t), on("127.0.0.1", port(t, b))), "a refused socket may try again")
}

func TestSourcePortOfAClient(t *testing.T) {
	l := newLab(t)
	s := listener(t, l.Stack("server", nil), on("127.0.0.1", 0))
	p, err := l.FreePort(20000, 29999)
	require.NoError(t, err)
	for _, ip := range []string{"127.0.0.1", "0.0.0.0"} {
		c := open(t, l.Peer(), abi.AF_INET, abi.SOCK_STREAM)
		require.Equal(t, abi.OK, c.SetOption(optReuseAddr, intValue(true)))
		require.Equal(t, abi.OK, c.Bind(on(ip, uint16(p))))
		require.Equal(t, on(ip, uint16(p)), addr(t, c))
		require.Equal(t, abi.OK, c.Connect(ctx(t), on("127.0.0.1", port(t, s))))
		require.Equal(t, on("127.0.0.1", uint16(p)), addr(t, c))
		conn, from, e := s.Accept(ctx(t))
		require.Equal(t, abi.OK, e)
		require.Equal(t, on("127.0.0.1", uint16(p)), from)
		c.SetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_LINGER}, []byte{1, 0, 0, 0, 0, 0, 0, 0})
		c.Close()
		conn.Close()
	}
}

func TestListenWithoutBind(t *testing.T) {
	l := newLab(t)
	s := open(t, l.Stack("server", nil), abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, on("0.0.0.0", 0), addr(t, s))
	require.Equal(t, abi.OK, s.Listen(1))
	require.NotZero(t, port(t, s))
	require.Equal(t, on("0.0.0.0", port(t, s)), addr(t, s))
	meet(t, l.Peer(), on("127.0.0.1", port(t, s)), s, "127.0.0.1", "127.0.0.1", "127.0.0.1")
	require.Equal(t, abi.OK, s.Listen(5), "again")
}

func TestBindErrors(t *testing.T) {
	l := newLab(t)
	st := l.Peer()
	s := open(t, st, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.EADDRNOTAVAIL, s.Bind(on("127.0.0.2", 0)))
	require.Contains(t, s.(sock.Explainer).Explain(), "127.0.0.1 and ::1")
	require.Equal(t, abi.EAFNOSUPPORT, s.Bind(on("::1", 0)))
	require.Equal(t, abi.EAFNOSUPPORT, s.Bind(abi.UnixAddr("/x")))
	require.Equal(t, abi.OK, s.Bind(on("127.0.0.1", 0)))
	require.Equal(t, abi.EINVAL, s.Bind(on("127.0.0.1", 0)))
	require.Equal(t, abi.EINVAL, open(t, st, abi.AF_INET6, abi.SOCK_STREAM).Bind(on("127.0.0.1", 0)))
	require.Equal(t, abi.EAFNOSUPPORT, open(t, st, abi.AF_INET6, abi.SOCK_STREAM).Connect(ctx(t), on("127.0.0.1", 1)))
}

func TestTimeWaitIsReal(t *testing.T) {
	l := newLab(t)
	st := l.Stack("server", nil)
	s := open(t, st, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, s.SetOption(optReuseAddr, intValue(true)))
	require.Equal(t, abi.OK, s.Bind(on("127.0.0.1", 0)))
	require.Equal(t, abi.OK, s.Listen(8))
	p := port(t, s)
	c, err := dial(t, l.Peer(), on("127.0.0.1", p))
	require.Equal(t, abi.OK, err)
	conn, _, err := s.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	conn.Close() // the server first
	s.Close()
	n, _, _, err := c.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.OK, err)
	require.Zero(t, n)
	c.Close()

	again := open(t, st, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.EADDRINUSE, again.Bind(on("127.0.0.1", p)))
	require.Contains(t, again.(sock.Explainer).Explain(), "TIME_WAIT")
	require.Equal(t, abi.OK, again.SetOption(optReuseAddr, intValue(true)))
	require.Equal(t, abi.OK, again.Bind(on("127.0.0.1", p)))
}

func TestASharedPortInTimeWaitIsNobodys(t *testing.T) {
	l := newLab(t)
	p, err := l.FreePort(20000, 29999)
	require.NoError(t, err)
	serve := func() sock.Socket {
		s := open(t, l.Peer(), abi.AF_INET, abi.SOCK_STREAM)
		require.Equal(t, abi.OK, s.SetOption(optReuseAddr, intValue(true)))
		require.Equal(t, abi.OK, s.SetOption(optReusePort, intValue(true)))
		require.Equal(t, abi.OK, s.Bind(on("127.0.0.1", uint16(p))))
		require.Equal(t, abi.OK, s.Listen(1))
		return s
	}
	s := serve()
	c, e := dial(t, l.Peer(), addr(t, s))
	require.Equal(t, abi.OK, e)
	conn, _, e := s.Accept(ctx(t))
	require.Equal(t, abi.OK, e)
	conn.Close()
	s.Close()
	_, _, _, e = c.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.OK, e)
	c.Close()
	serve()
}

func TestSharedPortsAreMembersOnly(t *testing.T) {
	l := newLab(t)
	host := open(t, native, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, host.SetOption(optReusePort, intValue(true)))
	require.Equal(t, abi.OK, host.Bind(on("0.0.0.0", 0)))
	require.Equal(t, abi.OK, host.Listen(1))
	to := on("127.0.0.1", port(t, host))
	share := func(typ abi.Type, opt abi.Option, to abi.Sockaddr) (sock.Socket, abi.Errno) {
		s := open(t, l.Peer(), abi.AF_INET, typ)
		require.Equal(t, abi.OK, s.SetOption(opt, intValue(true)))
		return s, s.Bind(to)
	}
	_, err := share(abi.SOCK_STREAM, optReusePort, to)
	require.Equal(t, abi.EADDRINUSE, err, "or closing it again would lead to the machine's own")

	udp := open(t, native, abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, udp.SetOption(optReuseAddr, intValue(true)))
	require.Equal(t, abi.OK, udp.Bind(on("0.0.0.0", 0)))
	_, err = share(abi.SOCK_DGRAM, optReuseAddr, on("127.0.0.1", port(t, udp)))
	require.Equal(t, abi.EADDRINUSE, err)

	p, e := l.FreePort(20000, 29999)
	require.NoError(t, e)
	for range 2 { // members share as they like
		s, err := share(abi.SOCK_STREAM, optReusePort, on("127.0.0.1", uint16(p)))
		require.Equal(t, abi.OK, err)
		require.Equal(t, abi.OK, s.Listen(1))
	}
}

func TestFreePort(t *testing.T) {
	a, b := newLab(t), newLab(t)
	pa, err := a.FreePort(20000, 29999)
	require.NoError(t, err)
	pb, err := b.FreePort(20000, 29999)
	require.NoError(t, err)
	require.Equal(t, pa, pb, "the seed decides")
	require.GreaterOrEqual(t, pa, 20000)
	require.LessOrEqual(t, pa, 29999)

	for name, at := range map[string]string{"on the lab's address": a.v4.String(), "on all addresses": "0.0.0.0"} {
		require.Equal(t, abi.EADDRINUSE, open(t, native, abi.AF_INET, abi.SOCK_STREAM).Bind(on(at, uint16(pa))), name)
		require.Equal(t, abi.EADDRINUSE, open(t, native, abi.AF_INET, abi.SOCK_DGRAM).Bind(on(at, uint16(pa))), name)
	}
	bound(t, a.Peer(), abi.SOCK_STREAM, on("127.0.0.1", uint16(pa)))
	bound(t, b.Peer(), abi.SOCK_DGRAM, on("::1", uint16(pb)))
	unused, err := a.FreePort(20000, 29999)
	require.NoError(t, err)
	a.Close()
	bound(t, native, abi.SOCK_STREAM, on(a.v4.String(), uint16(unused)))

	a = newLab(t)
	for name, taken := range map[string]sock.Socket{
		"by a member":      bound(t, a.Peer(), abi.SOCK_STREAM, on("::1", 0)),
		"by a UDP member":  bound(t, a.Peer(), abi.SOCK_DGRAM, on("127.0.0.1", 0)),
		"on all addresses": listener(t, native, on("0.0.0.0", 0)),
		"on :: of machine": dualListener(t, native, 0),
	} {
		p := int(port(t, taken))
		_, err = a.FreePort(p, p)
		require.Error(t, err, name)
	}
	for _, bad := range [][2]int{{0, 5}, {5, 4}, {1, 65536}} {
		_, err = a.FreePort(bad[0], bad[1])
		require.Error(t, err)
	}
}

func TestALabsAddressIsItsOwn(t *testing.T) {
	l := newLab(t)
	require.True(t, netip.MustParsePrefix("127.64.0.0/10").Contains(l.v4), l.v4)
	require.Equal(t, l.v4.Next(), l.v6)
	claim := func() abi.Errno {
		return open(t, native, abi.AF_UNIX, abi.SOCK_DGRAM).Bind(abi.UnixAddr("\x00socklab-lab-" + l.v4.String()))
	}
	require.Equal(t, abi.EADDRINUSE, claim(), "no other lab gets it")
	l.Close()
	require.Equal(t, abi.OK, claim())
}

// refusing is a Stack whose binds fail.
type refusing struct {
	sock.StackLayer
	family abi.Family
	err    abi.Errno
}

type refusingSocket struct {
	sock.SocketLayer
	err abi.Errno
}

func (r refusing) Socket(f abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	s, err := r.Stack.Socket(f, typ, proto)
	if f == r.family && err == abi.OK {
		s = refusingSocket{sock.SocketLayer{Socket: s}, r.err}
	}
	return s, err
}

func (r refusingSocket) Bind(abi.Sockaddr) abi.Errno { return r.err }

func TestWhereALabCannotBe(t *testing.T) {
	below := sock.StackLayer{Stack: native}
	_, err := New(refusing{below, abi.AF_INET, abi.EADDRNOTAVAIL}, Options{})
	require.ErrorContains(t, err, "127.0.0.1 alone")
	_, err = New(refusing{below, abi.AF_UNIX, abi.EADDRINUSE}, Options{})
	require.ErrorContains(t, err, "no free address")
	_, err = New(refusing{below, abi.AF_UNIX, abi.EACCES}, Options{})
	require.ErrorIs(t, err, abi.EACCES)
}

func TestCloseWakesWhoWaits(t *testing.T) {
	l := newLab(t)
	s := listener(t, l.Peer(), on("127.0.0.1", 0))
	u := bound(t, l.Peer(), abi.SOCK_DGRAM, on("127.0.0.1", 0))
	ua, ub, e := l.Peer().SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, e)
	defer ub.Close()
	woken := make(chan abi.Errno, 3)
	go func() { _, _, err := s.Accept(ctx(t)); woken <- err }()
	go func() { _, _, _, err := u.Recv(ctx(t), make([]byte, 1), 0); woken <- err }()
	go func() {
		n, _, _, err := ua.Recv(ctx(t), make([]byte, 1), 0)
		if err == abi.OK && n == 0 {
			err = abi.EBADF // its peer went first
		}
		woken <- err
	}()
	l.Close()
	for range 3 {
		require.Equal(t, abi.EBADF, <-woken)
	}
	_, e = l.Peer().Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.ENETDOWN, e)
	require.Empty(t, l.open)
	l.Close()
}

func TestUnixNamesAreTheLabs(t *testing.T) {
	a, b := newLab(t), newLab(t)
	s := open(t, a.Peer(), abi.AF_UNIX, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, s.Bind(abi.UnixAddr("\x00x")))
	require.Equal(t, abi.OK, s.Listen(1))
	require.Equal(t, abi.ECONNREFUSED, open(t, b.Peer(), abi.AF_UNIX, abi.SOCK_STREAM).Connect(ctx(t), abi.UnixAddr("\x00x")))
	require.Equal(t, abi.OK, open(t, a.Stack("client", nil), abi.AF_UNIX, abi.SOCK_STREAM).Connect(ctx(t), abi.UnixAddr("\x00x")))
	_, _, err := s.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
}
