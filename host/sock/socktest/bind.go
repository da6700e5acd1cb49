package socktest

import (
	"net/netip"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

func bindCases() (cases []testCase) {
	cases = append(cases, each("port 0 becomes a port that is free", func(t *T, f abi.Family) {
		a, aa := t.bound(f, stream)
		b, ba := t.bound(f, stream)
		require.NotZero(t, aa.IP.Port())
		require.NotEqual(t, aa, ba)
		require.NotEqual(t, a, b)
	}, inet, inet6)...)
	for _, typ := range []abi.Type{stream, dgram} {
		cases = append(cases, each("a second "+typ.Name()+" on the same address is EADDRINUSE", func(t *T, f abi.Family) {
			_, addr := t.bound(f, typ)
			t.is(abi.EADDRINUSE, t.socket(f, typ).Bind(addr))
		}, inet, inet6, unix)...)
	}
	cases = append(cases, each("a socket is bound once", func(t *T, f abi.Family) {
		s, _ := t.bound(f, stream)
		t.is(abi.EINVAL, s.Bind(t.local(f)))
	}, inet, inet6, unix)...)
	cases = append(cases, each("SO_REUSEADDR does not let two listen on one address", func(t *T, f abi.Family) {
		a := t.socket(f, stream)
		t.set(a, abi.SOL_SOCKET, abi.SO_REUSEADDR, 1)
		t.ok(a.Bind(t.local(f)))
		t.ok(a.Listen(1))
		addr, err := a.LocalAddr()
		t.ok(err)
		b := t.socket(f, stream)
		t.set(b, abi.SOL_SOCKET, abi.SO_REUSEADDR, 1)
		t.is(abi.EADDRINUSE, b.Bind(addr))
	}, inet, inet6)...)
	cases = append(cases, each("SO_REUSEPORT on both lets two listen on one address", func(t *T, f abi.Family) {
		a := t.socket(f, stream)
		t.set(a, abi.SOL_SOCKET, abi.SO_REUSEPORT, 1)
		t.ok(a.Bind(t.local(f)))
		t.ok(a.Listen(1))
		addr, err := a.LocalAddr()
		t.ok(err)
		b := t.socket(f, stream)
		t.set(b, abi.SOL_SOCKET, abi.SO_REUSEPORT, 1)
		t.ok(b.Bind(addr))
		t.ok(b.Listen(1))
	}, inet)...)
	cases = append(cases, each("the address of a listener that nobody called is free at once", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		t.ok(l.Close())
		t.ok(t.socket(f, stream).Bind(addr))
	}, inet, inet6)...)
	for _, reuse := range []int32{0, 1} {
		sentence, want := "a server that hung up first cannot bind again", abi.EADDRINUSE
		if reuse == 1 {
			sentence, want = "a server that hung up first can bind again with SO_REUSEADDR", abi.OK
		}
		cases = append(cases, each(sentence, func(t *T, f abi.Family) {
			l := t.socket(f, stream)
			t.set(l, abi.SOL_SOCKET, abi.SO_REUSEADDR, reuse)
			t.ok(l.Bind(t.local(f)))
			t.ok(l.Listen(1))
			addr, err := l.LocalAddr()
			t.ok(err)
			client := t.dial(addr, stream)
			server := t.accept(l)
			t.ok(server.Close())
			t.gets(client, "")
			t.ok(client.Close())
			t.ok(l.Close())
			again := t.socket(f, stream)
			t.set(again, abi.SOL_SOCKET, abi.SO_REUSEADDR, reuse)
			t.is(want, again.Bind(addr))
		}, inet, inet6)...)
	}
	cases = append(cases, each("a server whose client hung up first can bind again", func(t *T, f abi.Family) {
		l, addr := t.listener(f, stream)
		client := t.dial(addr, stream)
		server := t.accept(l)
		t.ok(client.Close())
		t.gets(server, "")
		t.ok(server.Close())
		t.ok(l.Close())
		again := t.socket(f, stream) // as soon as the last acknowledgement is there
		require.Eventually(t, func() bool { return again.Bind(addr) == abi.OK }, patience/2, time.Millisecond)
	}, inet, inet6)...)
	return append(cases, []testCase{
		{"TCP and UDP ports are two sets", func(t *T) {
			t.shared(func() abi.Errno {
				_, addr := t.bound(inet, stream)
				return t.socket(inet, dgram).Bind(addr)
			})
		}},
		{"the wildcard reads back as the wildcard, with a port", func(t *T) {
			s := t.socket(inet, stream)
			t.ok(s.Bind(at("0.0.0.0:0")))
			addr, err := s.LocalAddr()
			t.ok(err)
			require.True(t, addr.IP.Addr().IsUnspecified(), addr)
			require.NotZero(t, addr.IP.Port())
		}},
		{"the IPv6 wildcard reads back as the wildcard", func(t *T) {
			t.need(inet6)
			s := t.socket(inet6, stream)
			t.ok(s.Bind(at("[::]:0")))
			addr, err := s.LocalAddr()
			t.ok(err)
			require.True(t, addr.IP.Addr().IsUnspecified(), addr)
		}},
		{"who listens on the wildcard is found on loopback", func(t *T) {
			s := t.socket(inet, stream)
			t.ok(s.Bind(at("0.0.0.0:0")))
			t.ok(s.Listen(1))
			addr, err := s.LocalAddr()
			t.ok(err)
			t.dial(withPort(at("127.0.0.1:0"), addr.IP.Port()), stream)
			conn := t.accept(s)
			addr, err = conn.LocalAddr()
			t.ok(err)
			require.Equal(t, netip.MustParseAddr("127.0.0.1"), addr.IP.Addr())
		}},
		{"an address of another machine is refused", func(t *T) {
			t.oneOf(t.socket(inet, stream).Bind(at("203.0.113.7:0")), abi.EADDRNOTAVAIL, abi.EACCES)
		}},
		{"an IPv6 address is refused by an IPv4 socket", func(t *T) {
			t.oneOf(t.socket(inet, stream).Bind(at("[::1]:0")), abi.EAFNOSUPPORT, abi.EINVAL)
		}},
		{"an IPv4 address is refused by an IPv6 socket", func(t *T) {
			t.need(inet6)
			t.oneOf(t.socket(inet6, stream).Bind(at("127.0.0.1:0")), abi.EAFNOSUPPORT, abi.EINVAL)
		}},
		{"a path is refused by an internet socket", func(t *T) {
			t.oneOf(t.socket(inet, stream).Bind(t.local(unix)), abi.EAFNOSUPPORT, abi.EINVAL)
		}},
		{"an internet address is refused by an AF_UNIX socket", func(t *T) {
			t.oneOf(t.socket(unix, stream).Bind(at("127.0.0.1:0")), abi.EAFNOSUPPORT, abi.EINVAL)
		}},
		{"no address is refused", func(t *T) {
			t.oneOf(t.socket(inet, stream).Bind(none), abi.EAFNOSUPPORT, abi.EINVAL)
		}},
		{"IPv6 and IPv4 share a port if the IPv6 socket keeps to its own", func(t *T) {
			t.need(inet6)
			t.shared(func() abi.Errno {
				_, addr := t.listener(inet, stream)
				s := t.socket(inet6, stream)
				t.set(s, abi.Level(abi.IPPROTO_IPV6), abi.IPV6_V6ONLY, 1)
				return s.Bind(withPort(at("[::1]:0"), addr.IP.Port()))
			})
		}},
		{"IPV6_V6ONLY comes too late once bound", func(t *T) {
			t.need(inet6)
			s, _ := t.bound(inet6, stream)
			t.is(abi.EINVAL, s.SetOption(abi.Option{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_V6ONLY}, word(1)))
		}},
		{"an IPv6 wildcard listener also takes IPv4 callers, as mapped addresses", func(t *T) {
			t.need(inet6)
			s := t.socket(inet6, stream)
			t.set(s, abi.Level(abi.IPPROTO_IPV6), abi.IPV6_V6ONLY, 0)
			t.ok(s.Bind(at("[::]:0")))
			t.ok(s.Listen(1))
			addr, err := s.LocalAddr()
			t.ok(err)
			client := t.dial(withPort(at("127.0.0.1:0"), addr.IP.Port()), stream)
			local, err := client.LocalAddr()
			t.ok(err)
			server, peer, err := s.Accept(t.ctx)
			t.ok(err)
			defer server.Close()
			require.Equal(t, "[::ffff:127.0.0.1]", peer.String()[:len("[::ffff:127.0.0.1]")])
			require.Equal(t, local.IP.Port(), peer.IP.Port())
		}},
		{"an IPv6 listener that keeps to its own refuses IPv4 callers", func(t *T) {
			t.need(inet6)
			s := t.socket(inet6, stream)
			t.set(s, abi.Level(abi.IPPROTO_IPV6), abi.IPV6_V6ONLY, 1)
			t.ok(s.Bind(at("[::]:0")))
			t.ok(s.Listen(1))
			addr, err := s.LocalAddr()
			t.ok(err)
			t.is(abi.ECONNREFUSED, t.socket(inet, stream).Connect(t.ctx, withPort(at("127.0.0.1:0"), addr.IP.Port())))
		}},
	}...)
}

// shared requires that two binds of one port work, with some port: others on
// this machine may have the second one.
func (t *T) shared(binds func() abi.Errno) {
	t.Helper()
	err := abi.EADDRINUSE
	for range 20 {
		if err = binds(); err != abi.EADDRINUSE {
			break
		}
	}
	t.ok(err)
}
