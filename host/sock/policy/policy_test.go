package policy

import (
	"context"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return c
}

func at(s string) abi.Sockaddr {
	ap := netip.MustParseAddrPort(s)
	return abi.InetAddr(ap)
}

func open(t *testing.T, st sock.Stack, family abi.Family, typ abi.Type) sock.Socket {
	t.Helper()
	s, err := st.Socket(family, typ, 0)
	require.Equal(t, abi.OK, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func family(a abi.Sockaddr) abi.Family { return a.Family }

// server listens on addr, which may be a wildcard with port 0.
func server(t *testing.T, st sock.Stack, addr string) (sock.Socket, uint16) {
	t.Helper()
	s := open(t, st, family(at(addr)), abi.SOCK_STREAM)
	require.Equal(t, abi.OK, s.Bind(at(addr)))
	require.Equal(t, abi.OK, s.Listen(8))
	return s, port(t, s)
}

func port(t *testing.T, s sock.Socket) uint16 {
	t.Helper()
	a, err := s.LocalAddr()
	require.Equal(t, abi.OK, err)
	return a.IP.Port()
}

func on(ip string, port uint16) abi.Sockaddr {
	return abi.InetAddr(netip.AddrPortFrom(netip.MustParseAddr(ip), port))
}

// spy counts what is asked of the sockets of a Stack.
type spy struct {
	sock.StackLayer
	confines abi.Errno // what Confine answers
	log      []string
}

type spySocket struct {
	sock.SocketLayer
	spy *spy
}

func (s *spy) Socket(f abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	x, err := s.Stack.Socket(f, typ, proto)
	if err != abi.OK {
		return nil, err
	}
	return &spySocket{sock.SocketLayer{Socket: x}, s}, err
}

func (s *spySocket) Confine() abi.Errno {
	s.spy.log = append(s.spy.log, "confine")
	return s.spy.confines
}

func (s *spySocket) Confined() bool { return false }

func (s *spySocket) Bind(a abi.Sockaddr) abi.Errno {
	s.spy.log = append(s.spy.log, "bind "+a.IP.Addr().String())
	return s.Socket.Bind(a)
}

func (s *spySocket) Listen(n int) abi.Errno {
	s.spy.log = append(s.spy.log, "listen")
	return s.Socket.Listen(n)
}

func (s *spySocket) Connect(ctx context.Context, a abi.Sockaddr) abi.Errno {
	s.spy.log = append(s.spy.log, "connect "+a.String())
	if internet(a.Family) && !a.IP.Addr().Unmap().IsLoopback() {
		return abi.OK // nothing of a test leaves the machine
	}
	return s.Socket.Connect(ctx, a)
}

func (s *spySocket) Send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	s.spy.log = append(s.spy.log, "send "+to.String())
	if internet(to.Family) && !to.IP.Addr().Unmap().IsLoopback() {
		return len(p), abi.OK
	}
	return s.Socket.Send(ctx, p, flags, to)
}

func newSpy(confines abi.Errno) *spy {
	return &spy{StackLayer: sock.StackLayer{Stack: kernel.New()}, confines: confines}
}

func TestLoopbackIsTheMachines(t *testing.T) {
	native := kernel.New()
	p := New(native, Options{})
	ips := []string{"127.0.0.1", "[::1]"}
	if runtime.GOOS == "linux" { // which has them all
		ips = append(ips, "127.0.0.5")
	}
	for _, ip := range ips {
		l, n := server(t, p, ip+":0")
		c := open(t, native, family(at(ip+":0")), abi.SOCK_STREAM)
		self, _ := l.LocalAddr()
		require.Equal(t, abi.OK, c.Connect(ctx(t), self), ip)
		_, _, err := l.Accept(ctx(t))
		require.Equal(t, abi.OK, err)

		nl, n2 := server(t, native, ip+":0")
		require.NotEqual(t, n, n2)
		self, _ = nl.LocalAddr()
		g := open(t, p, family(self), abi.SOCK_STREAM)
		require.Equal(t, abi.OK, g.Connect(ctx(t), self), ip)
	}
}

func TestWildcardReadsBackAsAskedAndAnswersOnLoopback(t *testing.T) {
	native := kernel.New()
	for name, confines := range map[string]abi.Errno{"tied to the interface": abi.OK, "narrowed to an address": abi.EPERM} {
		t.Run(name, func(t *testing.T) {
			p := New(newSpy(confines), Options{})
			for _, ip := range []string{"0.0.0.0", "::", "::ffff:0.0.0.0"} {
				l := open(t, p, familyOf(ip), abi.SOCK_STREAM)
				require.Equal(t, abi.OK, l.Bind(on(ip, 0)))
				require.Equal(t, abi.OK, l.Listen(1))
				n := port(t, l)
				require.NotZero(t, n)
				self, _ := l.LocalAddr()
				require.Equal(t, on(ip, n), self)

				to := "127.0.0.1"
				if ip == "::" {
					to = "::1"
				}
				c := open(t, native, familyOf(to), abi.SOCK_STREAM)
				require.Equal(t, abi.OK, c.Connect(ctx(t), on(to, n)))
				conn, _, err := l.Accept(ctx(t))
				require.Equal(t, abi.OK, err)
				local, _ := conn.LocalAddr()
				require.True(t, local.IP.Addr().Unmap().IsLoopback(), local)
				conn.Close()
			}
		})
	}
}

func familyOf(ip string) abi.Family {
	if netip.MustParseAddr(ip).Is4() {
		return abi.AF_INET
	}
	return abi.AF_INET6
}

func TestDualStackWildcardTakesBothFamilies(t *testing.T) {
	native := kernel.New()
	p := New(native, Options{})
	if !p.confines {
		t.Skip("no way to tie a socket to the loopback interface")
	}
	l := open(t, p, abi.AF_INET6, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, l.SetOption(optV6Only, []byte{0, 0, 0, 0}))
	require.Equal(t, abi.OK, l.Bind(at("[::]:0")))
	require.Equal(t, abi.OK, l.Listen(2))
	for to, from := range map[string]string{"127.0.0.1": "::ffff:127.0.0.1", "::1": "::1"} {
		c := open(t, native, familyOf(to), abi.SOCK_STREAM)
		require.Equal(t, abi.OK, c.Connect(ctx(t), on(to, port(t, l))))
		conn, peer, err := l.Accept(ctx(t))
		require.Equal(t, abi.OK, err)
		require.Equal(t, from, peer.IP.Addr().String())
		conn.Close()
	}
}

var optV6Only = abi.Option{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_V6ONLY}

func TestNobodyOutsideReachesASocketWithoutAnAddress(t *testing.T) {
	for name, c := range map[string]struct {
		confines abi.Errno
		want     []string
		do       func(s sock.Socket)
		typ      abi.Type
	}{
		"a listener is tied before it listens": {abi.OK, []string{"bind 0.0.0.0", "confine", "listen"},
			func(s sock.Socket) { s.Listen(1) }, abi.SOCK_STREAM},
		"a wildcard listener is tied once": {abi.OK, []string{"bind 0.0.0.0", "confine", "listen", "listen"},
			func(s sock.Socket) { s.Bind(at("0.0.0.0:0")); s.Listen(1); s.Listen(2) }, abi.SOCK_STREAM},
		"a listener is narrowed": {abi.EPERM, []string{"bind 127.0.0.1", "listen"},
			func(s sock.Socket) { s.Listen(1) }, abi.SOCK_STREAM},
		"a sender is tied before it sends": {abi.OK, []string{"confine", "send 127.0.0.1:9", "send 127.0.0.1:9"},
			func(s sock.Socket) {
				s.Send(context.Background(), nil, 0, at("127.0.0.1:9"))
				s.Send(context.Background(), nil, 0, at("127.0.0.1:9"))
			}, abi.SOCK_DGRAM},
		"a sender is narrowed": {abi.EPERM, []string{"bind 127.0.0.1", "send 127.0.0.1:9"},
			func(s sock.Socket) { s.Send(context.Background(), nil, 0, at("127.0.0.1:9")) }, abi.SOCK_DGRAM},
		"a sender to nobody is tied, for it gets a port": {abi.OK, []string{"confine", "send -"},
			func(s sock.Socket) { s.Send(context.Background(), nil, 0, abi.Sockaddr{}) }, abi.SOCK_DGRAM},
		"a datagram socket is tied before it connects": {abi.OK, []string{"confine", "connect 127.0.0.1:9"},
			func(s sock.Socket) { s.Connect(context.Background(), at("127.0.0.1:9")) }, abi.SOCK_DGRAM},
		"a datagram wildcard is tied before it is bound": {abi.OK, []string{"confine", "bind 0.0.0.0"},
			func(s sock.Socket) { s.Bind(at("0.0.0.0:0")) }, abi.SOCK_DGRAM},
	} {
		t.Run(name, func(t *testing.T) {
			below := newSpy(c.confines)
			p := New(below, Options{})
			s := open(t, p, abi.AF_INET, c.typ)
			below.log = nil
			c.do(s)
			require.Equal(t, c.want, below.log)
		})
	}
}

func TestASocketThatCannotBeTiedDoesNotListen(t *testing.T) {
	below := newSpy(abi.OK)
	p := New(below, Options{})
	below.confines = abi.EPERM // against what it said before
	s := open(t, p, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, s.Bind(at("0.0.0.0:0")))
	require.Equal(t, abi.EACCES, s.Listen(1))
	require.Contains(t, s.(sock.Explainer).Explain(), "loopback interface")
	require.NotContains(t, below.log, "listen")

	for name, do := range map[string]func(sock.Socket) abi.Errno{
		"bind":    func(s sock.Socket) abi.Errno { return s.Bind(at("0.0.0.0:0")) },
		"connect": func(s sock.Socket) abi.Errno { return s.Connect(ctx(t), at("127.0.0.1:9")) },
		"send":    func(s sock.Socket) abi.Errno { _, err := s.Send(ctx(t), nil, 0, at("127.0.0.1:9")); return err },
	} {
		s := open(t, p, abi.AF_INET, abi.SOCK_DGRAM)
		below.log = nil
		require.Equal(t, abi.EACCES, do(s), name)
		require.Equal(t, []string{"confine"}, below.log, name)
	}
}

func TestADatagramSocketThatIsToListenIsLeftAlone(t *testing.T) {
	below := newSpy(abi.OK)
	s := open(t, New(below, Options{}), abi.AF_INET, abi.SOCK_DGRAM)
	below.log = nil
	require.Equal(t, abi.EOPNOTSUPP, s.Listen(1))
	require.Equal(t, []string{"listen"}, below.log)
}

func TestListenOn(t *testing.T) {
	for _, c := range []struct {
		on, ask string
		v6only  bool
		want    []string
	}{
		{"0.0.0.0", "0.0.0.0", false, []string{"bind 0.0.0.0", "listen"}},
		{"0.0.0.0", "::", false, []string{"bind ::", "listen"}},
		{"::", "0.0.0.0", false, []string{"bind 0.0.0.0", "listen"}},
		{"127.0.0.7", "0.0.0.0", false, []string{"bind 127.0.0.7", "listen"}},
		{"127.0.0.7", "::", false, []string{"bind ::ffff:127.0.0.7", "listen"}},
		{"127.0.0.7", "::", true, []string{"bind ::", "confine", "listen"}},
		{"::ffff:127.0.0.7", "0.0.0.0", false, []string{"bind 127.0.0.7", "listen"}},
		{"::1", "0.0.0.0", false, []string{"bind 0.0.0.0", "confine", "listen"}},
		{"::1", "::", false, []string{"bind ::1", "listen"}},
	} {
		below := newSpy(abi.OK)
		p := New(below, Options{ListenOn: netip.MustParseAddr(c.on)})
		s := open(t, p, familyOf(c.ask), abi.SOCK_STREAM)
		if c.v6only {
			require.Equal(t, abi.OK, s.SetOption(optV6Only, []byte{1, 0, 0, 0}))
		}
		below.log = nil
		require.Equal(t, abi.OK, s.Bind(on(c.ask, 0)))
		require.Equal(t, abi.OK, s.Listen(1))
		require.Equal(t, c.want, below.log, "%v", c)
		self, _ := s.LocalAddr()
		require.Equal(t, c.ask, self.IP.Addr().String(), "%v", c)
	}
}

func TestListenOnAnAddressLetsItBeNamed(t *testing.T) {
	p := New(newSpy(abi.OK), Options{ListenOn: netip.MustParseAddr("192.0.2.77")})
	s := open(t, p, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.EADDRNOTAVAIL, s.Bind(at("192.0.2.77:0")), "the machine's own answer: it has no such address")
	require.Empty(t, s.(sock.Explainer).Explain())
}

func TestAPolicyKeepsNoSocketOfItsOwn(t *testing.T) {
	descriptors := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no way to count descriptors")
		}
		return len(all)
	}
	New(kernel.New(), Options{}) // whatever the process itself opens at the first one
	before := descriptors()
	New(kernel.New(), Options{})
	require.LessOrEqual(t, descriptors(), before) // fewer, if the collector has closed what another test left
}
