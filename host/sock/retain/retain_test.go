package retain

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/local"
	"socklab/host/sock/policy"
	"socklab/host/sock/socktest"
)

var native = kernel.New()

func asTheMachine(path string, _ bool) (string, func(), abi.Errno) { return path, nil, abi.OK }

func newRetain(t *testing.T) *Retain {
	r := New(policy.New(native, policy.Options{Space: local.NewSpace("t"), Resolve: asTheMachine}))
	t.Cleanup(r.Release)
	return r
}

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return c
}

func at(s string) abi.Sockaddr { return abi.InetAddr(netip.MustParseAddrPort(s)) }

func open(t *testing.T, st sock.Stack, family abi.Family, typ abi.Type) sock.Socket {
	t.Helper()
	s, err := st.Socket(family, typ, 0)
	require.Equal(t, abi.OK, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func ownAddr(t *testing.T, s sock.Socket) abi.Sockaddr {
	t.Helper()
	a, err := s.LocalAddr()
	require.Equal(t, abi.OK, err)
	return a
}

// server binds and listens; a first port of 0 is settled by a socket that is
// closed again, since only an address that can be named again is kept.
func server(t *testing.T, st sock.Stack, addr abi.Sockaddr) (sock.Socket, abi.Sockaddr) {
	t.Helper()
	if addr.Family != abi.AF_UNIX && addr.IP.Port() == 0 {
		probe := open(t, st, addr.Family, abi.SOCK_STREAM)
		require.Equal(t, abi.OK, probe.Bind(addr))
		addr = ownAddr(t, probe)
		probe.Close()
	}
	s := open(t, st, addr.Family, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, s.Bind(addr))
	require.Equal(t, abi.OK, s.Listen(4))
	return s, addr
}

func dial(t *testing.T, to abi.Sockaddr) (sock.Socket, abi.Errno) {
	t.Helper()
	if to.Family != abi.AF_UNIX && to.IP.Addr().IsUnspecified() {
		to = abi.InetAddr(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), to.IP.Port()))
	}
	c := open(t, native, to.Family, abi.SOCK_STREAM)
	return c, c.Connect(ctx(t), to)
}

func accept(t *testing.T, l sock.Socket) sock.Socket {
	t.Helper()
	conn, _, err := l.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestListenerIsAdoptedWithItsBacklog(t *testing.T) {
	unix := abi.UnixAddr(filepath.Join(dir(t), "s"))
	for _, addr := range []abi.Sockaddr{at("127.0.0.1:0"), at("0.0.0.0:0"), at("[::1]:0"), unix, abi.UnixAddr("\x00retain")} {
		t.Run(addr.String(), func(t *testing.T) {
			if addr.Family == abi.AF_UNIX && addr.Path[0] == 0 && runtime.GOOS != "linux" {
				t.Skip("abstract names are Linux's")
			}
			r := newRetain(t)
			old, addr := server(t, r, addr)
			var clients []sock.Socket
			knock := func() {
				to := addr
				if addr.Family == abi.AF_UNIX && addr.Path[0] == 0 {
					c := open(t, r, abi.AF_UNIX, abi.SOCK_STREAM)
					require.Equal(t, abi.OK, c.Connect(ctx(t), to))
					clients = append(clients, c)
					return
				}
				c, err := dial(t, to)
				require.Equal(t, abi.OK, err)
				clients = append(clients, c)
			}
			knock() // before
			r.Hold()
			require.Equal(t, abi.OK, old.Close())
			require.Equal(t, []abi.Sockaddr{addr}, r.Kept())
			knock() // between
			fresh := open(t, r, addr.Family, abi.SOCK_STREAM)
			require.Equal(t, abi.OK, fresh.Bind(addr))
			require.Empty(t, r.Kept())
			require.Equal(t, addr, ownAddr(t, fresh))
			require.Equal(t, abi.OK, fresh.Listen(8))
			knock()             // after
			for range clients { // in the order in which they get there
				_, err := accept(t, fresh).Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
				require.Equal(t, abi.OK, err)
			}
			for _, c := range clients {
				n, _, _, err := c.Recv(ctx(t), make([]byte, 1), 0)
				require.Equal(t, abi.OK, err)
				require.Equal(t, 1, n)
			}
			require.Equal(t, abi.OK, fresh.Close())
			if addr.Family != abi.AF_UNIX {
				_, err := dial(t, addr)
				require.Equal(t, abi.ECONNREFUSED, err, "its own close really closes")
			}
		})
	}
}

func dir(t *testing.T) string {
	d, err := os.MkdirTemp("", "r")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(d) })
	return d
}

func TestAProgramsOwnCloseIsOne(t *testing.T) {
	r := newRetain(t)
	l, addr := server(t, r, at("127.0.0.1:0"))
	l.Close()
	require.Empty(t, r.Kept())
	_, err := dial(t, addr)
	require.Equal(t, abi.ECONNREFUSED, err)
}

func TestReleaseClosesWhatNobodyWanted(t *testing.T) {
	r := newRetain(t)
	l, addr := server(t, r, at("127.0.0.1:0"))
	r.Hold()
	l.Close()
	_, err := dial(t, addr)
	require.Equal(t, abi.OK, err)
	r.Release()
	_, err = dial(t, addr)
	require.Equal(t, abi.ECONNREFUSED, err)
	require.Empty(t, r.Kept())
}

func TestOnlyWhatOthersComeToIsKept(t *testing.T) {
	r := newRetain(t)
	_, addr := server(t, native, at("127.0.0.1:0"))
	bound := open(t, r, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, bound.Bind(at("127.0.0.1:0")))
	unbound := open(t, r, abi.AF_INET, abi.SOCK_DGRAM)
	client := open(t, r, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, client.Connect(ctx(t), addr))
	connected := open(t, r, abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, connected.Bind(abi.InetAddr(netip.AddrPortFrom(addr.IP.Addr(), freePort(t)))))
	require.Equal(t, abi.OK, connected.Connect(ctx(t), addr))
	nameless := open(t, r, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, nameless.Listen(1))
	shut, _ := server(t, r, at("127.0.0.1:0"))
	require.Equal(t, abi.OK, shut.Shutdown(abi.SHUT_RDWR))
	a, b, err := r.SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, err)
	r.Hold()
	for _, s := range []sock.Socket{bound, unbound, client, connected, nameless, shut, a, b} {
		require.Equal(t, abi.OK, s.Close())
	}
	require.Empty(t, r.Kept())
}

func TestAnotherAddressIsNotAdopted(t *testing.T) {
	// Somebody else on the machine may have the port on an address of their own.
	for tries := 0; ; tries++ {
		r := newRetain(t)
		l, addr := server(t, r, at("127.0.0.1:0"))
		r.Hold()
		l.Close()
		_, other := server(t, r, at("127.0.0.1:0"))
		require.NotEqual(t, addr, other)
		require.Len(t, r.Kept(), 1)
		udp := open(t, r, abi.AF_INET, abi.SOCK_DGRAM)
		if udp.Bind(addr) != abi.OK && tries < 20 {
			continue
		}
		require.Len(t, r.Kept(), 1, "UDP's ports are others")
		any := abi.InetAddr(netip.AddrPortFrom(netip.IPv4Unspecified(), addr.IP.Port()))
		wild := open(t, r, abi.AF_INET, abi.SOCK_STREAM)
		err := wild.Bind(any)
		if err == abi.EADDRINUSE && tries < 20 {
			continue
		}
		require.Equal(t, abi.OK, err, "what was kept is not in the way")
		require.Empty(t, r.Kept())
		require.Equal(t, any, ownAddr(t, wild))
		return
	}
}

func TestV6OnlyMustAgree(t *testing.T) {
	r := newRetain(t)
	bind := func(v6only byte, addr abi.Sockaddr) sock.Socket {
		s := open(t, r, abi.AF_INET6, abi.SOCK_STREAM)
		require.Equal(t, abi.OK, s.SetOption(optV6Only, []byte{v6only, 0, 0, 0}))
		require.Equal(t, abi.OK, s.Bind(addr))
		require.Equal(t, abi.OK, s.Listen(1))
		return s
	}
	free := abi.InetAddr(netip.AddrPortFrom(netip.IPv6Unspecified(), freePort(t)))
	old := bind(1, free)
	r.Hold()
	old.Close()
	bind(0, free)
	require.Empty(t, r.Kept())
	_, err := dial(t, abi.InetAddr(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), free.IP.Port())))
	require.Equal(t, abi.OK, err, "the new one takes IPv4 callers too")
}

func freePort(t *testing.T) uint16 {
	l, addr := server(t, native, at("[::]:0"))
	l.Close()
	return addr.IP.Port()
}

func TestARemovedPathIsBoundAnew(t *testing.T) {
	r := newRetain(t)
	addr := abi.UnixAddr(filepath.Join(dir(t), "s"))
	old, _ := server(t, r, addr)
	r.Hold()
	old.Close()
	require.NoError(t, os.Remove(addr.Path))
	fresh, _ := server(t, r, addr)
	require.Empty(t, r.Kept())
	c, err := dial(t, addr)
	require.Equal(t, abi.OK, err)
	defer c.Close()
	accept(t, fresh)
}

func TestDatagramsWaitForTheNextInstance(t *testing.T) {
	r := newRetain(t)
	old := open(t, r, abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, old.Bind(abi.InetAddr(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), freePort(t)))))
	addr := ownAddr(t, old)
	c := open(t, native, abi.AF_INET, abi.SOCK_DGRAM)
	r.Hold()
	old.Close()
	_, err := c.Send(ctx(t), []byte("hello"), 0, addr)
	require.Equal(t, abi.OK, err)
	fresh := open(t, r, abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, fresh.Bind(addr))
	b := make([]byte, 9)
	n, _, _, err := fresh.Recv(ctx(t), b, 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, "hello", string(b[:n]))
}

func TestOptionsAreTheNewPrograms(t *testing.T) {
	r := newRetain(t)
	opt := func(num int32) abi.Option { return abi.Option{Level: abi.SOL_SOCKET, Num: num} }
	get := func(s sock.Socket, o abi.Option) []byte {
		v := make([]byte, 16)
		n, err := s.GetOption(o, v)
		require.Equal(t, abi.OK, err)
		return v[:n]
	}
	word := func(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16), 0} }
	timeout := append(make([]byte, 8), word(5000)...)
	timeout = append(timeout, 0, 0, 0, 0)

	plain := open(t, native, abi.AF_INET, abi.SOCK_STREAM)
	old, addr := server(t, r, at("127.0.0.1:0"))
	require.Equal(t, abi.OK, old.SetOption(opt(abi.SO_KEEPALIVE), word(1)))
	require.Equal(t, abi.OK, old.SetOption(opt(abi.SO_SNDBUF), word(9000)))
	require.Equal(t, abi.OK, old.SetOption(opt(abi.SO_RCVTIMEO), timeout))
	old.SetNonblock(true)
	r.Hold()
	old.Close()
	fresh := open(t, r, abi.AF_INET, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, fresh.SetOption(opt(abi.SO_REUSEADDR), word(1)))
	require.Equal(t, abi.OK, fresh.SetOption(opt(abi.SO_RCVBUF), word(20000)))
	require.Equal(t, abi.OK, fresh.Bind(addr))
	require.False(t, fresh.Nonblock())
	require.Equal(t, word(1), get(fresh, opt(abi.SO_REUSEADDR)))
	require.Equal(t, word(40000), get(fresh, opt(abi.SO_RCVBUF)))
	require.Equal(t, word(0), get(fresh, opt(abi.SO_KEEPALIVE)))
	require.Equal(t, get(plain, opt(abi.SO_SNDBUF)), get(fresh, opt(abi.SO_SNDBUF)))
	require.Equal(t, make([]byte, 16), get(fresh, opt(abi.SO_RCVTIMEO)))
}

func TestConnectionsEndWithAFin(t *testing.T) {
	r := newRetain(t)
	l, addr := server(t, r, at("127.0.0.1:0"))
	c, err := dial(t, addr)
	require.Equal(t, abi.OK, err)
	conn := accept(t, l)
	_, err = conn.Send(ctx(t), []byte("answer"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, err)
	_, err = c.Send(ctx(t), []byte("never read"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, err)
	r.Hold()
	require.Equal(t, abi.OK, conn.Close())
	_, err = c.Send(ctx(t), []byte("sent too late"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, err)
	b := make([]byte, 16)
	n, _, _, err := c.Recv(ctx(t), b, 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, "answer", string(b[:n]))
	n, _, _, err = c.Recv(ctx(t), b, 0)
	require.Equal(t, abi.OK, err, "not ECONNRESET")
	require.Zero(t, n)
	c.Close()
	r.ends.Wait()
}

func TestReleaseDoesNotWaitForAPeer(t *testing.T) {
	r := newRetain(t)
	l, addr := server(t, r, at("127.0.0.1:0"))
	c, err := dial(t, addr)
	require.Equal(t, abi.OK, err)
	defer c.Close() // which never ends its side
	conn := accept(t, l)
	r.Hold()
	conn.Close()
	began := time.Now()
	r.Release()
	require.Less(t, time.Since(began), grace)
}

func TestAHundredReloadsRefuseNobody(t *testing.T) {
	r := newRetain(t)
	addr := abi.InetAddr(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), freePort(t)))
	stop := make(chan struct{})
	var clients sync.WaitGroup
	served := make(chan abi.Errno, 1<<16)
	instance := func() (end func()) {
		c, cancel := context.WithCancel(context.Background())
		l, err := r.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, err)
		require.Equal(t, abi.OK, l.Bind(addr))
		require.Equal(t, abi.OK, l.Listen(16))
		done := make(chan struct{})
		var open []sock.Socket
		go func() {
			defer close(done)
			for {
				conn, _, err := l.Accept(c)
				if err != abi.OK {
					return
				}
				open = append(open, conn)
				conn.Send(c, []byte("hello"), 0, abi.Sockaddr{})
			}
		}()
		return func() {
			r.Hold()
			cancel()
			<-done
			for _, s := range append(open, l) {
				s.Close()
			}
		}
	}
	end := instance()
	clients.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			c, err := native.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
			if err == abi.OK {
				if err = c.Connect(context.Background(), addr); err == abi.OK {
					_, _, _, err = c.Recv(context.Background(), make([]byte, 5), 0)
				}
				c.Close()
			}
			select {
			case served <- err:
			default:
			}
		}
	})
	for range 100 {
		end()
		end = instance()
	}
	close(stop)
	clients.Wait()
	end()
	r.Release()
	close(served)
	n := 0
	for err := range served {
		require.Equal(t, abi.OK, err)
		n++
	}
	require.NotZero(t, n)
}

func TestConformance(t *testing.T) {
	socktest.TestStack(t, func(t *testing.T) sock.Stack { return newRetain(t) })
}
