package lab

import (
	"net/netip"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// generous is a Stack that lets anybody have any socket, and takes in any.
type generous struct {
	sock.StackLayer
	given []*closing
}

func (g *generous) Socket(f abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	if typ == abi.SOCK_RAW || proto != 0 { // for which this machine may want a privilege
		typ, proto = abi.SOCK_DGRAM, 0
	}
	s, err := g.Stack.Socket(f, typ, proto)
	c := &closing{SocketLayer: sock.SocketLayer{Socket: s}}
	g.given = append(g.given, c)
	return c, err
}

func (*generous) Adopt(s sock.Socket) (sock.Socket, abi.Errno) { return s, abi.OK }

// closing knows whether it was closed, and may say what it is.
type closing struct {
	sock.SocketLayer
	info        *sock.Info
	local, peer string
	closed      bool
}

func (c *closing) Close() abi.Errno { c.closed = true; return c.SocketLayer.Close() }

func (c *closing) Info() sock.Info {
	if c.info != nil {
		return *c.info
	}
	return c.SocketLayer.Info()
}

func (c *closing) LocalAddr() (abi.Sockaddr, abi.Errno) {
	if c.local != "" {
		return at(c.local), abi.OK
	}
	return c.SocketLayer.LocalAddr()
}

func (c *closing) PeerAddr() (abi.Sockaddr, abi.Errno) {
	if c.peer != "" {
		return at(c.peer), abi.OK
	}
	return c.SocketLayer.PeerAddr()
}

func TestNoPrivilegeMakesARawSocket(t *testing.T) {
	m := newLab(t).Peer().(*member)
	below := &generous{StackLayer: sock.StackLayer{Stack: native}}
	m.Stack = below
	for _, c := range []struct {
		family abi.Family
		typ    abi.Type
		proto  abi.Protocol
		want   abi.Errno
	}{
		{abi.AF_INET, abi.SOCK_RAW, abi.IPPROTO_ICMP, abi.EPERM},
		{abi.AF_INET, abi.SOCK_RAW, 255, abi.EPERM},
		{abi.AF_INET, abi.SOCK_DGRAM, abi.IPPROTO_ICMP, abi.EPERM},
		{abi.AF_INET6, abi.SOCK_DGRAM, abi.IPPROTO_ICMPV6, abi.EPERM},
		{abi.AF_INET, abi.SOCK_DGRAM, abi.IPPROTO_UDP, abi.OK},
		{abi.AF_UNIX, abi.SOCK_STREAM, 1, abi.OK}, // PF_UNIX, which is no ICMP
	} {
		below.given = nil
		s, err := m.Socket(c.family, c.typ, c.proto)
		require.Equal(t, c.want, err, c)
		require.Len(t, below.given, 1)
		require.Equal(t, err != abi.OK, below.given[0].closed, c)
		if err != abi.OK {
			require.Contains(t, m.Explain(), "every other lab")
			continue
		}
		s.Close()
	}
	_, err := m.Socket(abi.AF_INET, abi.SOCK_DGRAM, abi.IPPROTO_UDPLITE)
	require.Equal(t, abi.EPROTONOSUPPORT, err)
	require.Contains(t, m.Explain(), "UDP-Lite")
}

func TestWhatIsNotAdoptedIsClosed(t *testing.T) {
	l := newLab(t)
	m := l.Peer().(*member)
	m.Stack = &generous{StackLayer: sock.StackLayer{Stack: native}}
	here, there := netip.AddrPortFrom(l.v4, 9).String(), "192.0.2.1:9"
	stream := func(local, peer string) *closing {
		return &closing{info: &sock.Info{Family: abi.AF_INET, Type: abi.SOCK_STREAM}, local: local, peer: peer}
	}
	for name, c := range map[string]struct {
		came *closing
		want abi.Errno
	}{
		"UDP-Lite":                          {&closing{info: &sock.Info{Family: abi.AF_INET, Type: abi.SOCK_DGRAM, Proto: abi.IPPROTO_UDPLITE}}, abi.EPROTONOSUPPORT},
		"bound elsewhere":                   {stream(there, ""), abi.EACCES},
		"bound elsewhere without a port":    {stream("192.0.2.1:0", ""), abi.EACCES},
		"bound to everything":               {stream("0.0.0.0:9", ""), abi.EACCES},
		"connected from here to elsewhere":  {stream(here, there), abi.EACCES},
		"connected from elsewhere to here":  {stream(there, here), abi.EACCES},
		"connected from nowhere to outside": {stream("0.0.0.0:0", there), abi.EACCES},
		"connected from here to here":       {stream(here, here), abi.OK},
	} {
		c.came.Socket = open(t, native, abi.AF_INET, abi.SOCK_STREAM)
		_, err := m.Adopt(c.came)
		require.Equal(t, c.want, err, name)
		require.Equal(t, err != abi.OK, c.came.closed, name)
		if err != abi.OK {
			require.Contains(t, m.Explain(), "dropped", name)
		}
	}
	l.Close()
	late := &closing{SocketLayer: sock.SocketLayer{Socket: open(t, native, abi.AF_INET, abi.SOCK_STREAM)}}
	_, err := m.Adopt(late)
	require.Equal(t, abi.ENETDOWN, err)
	require.True(t, late.closed)
}

func TestASourceThatIsNotTheLabsIsRefused(t *testing.T) {
	l := newLab(t)
	s := bound(t, l.Peer(), abi.SOCK_DGRAM, on("127.0.0.1", 0))
	to := addr(t, s)
	send := func(ip string, index byte) abi.Errno {
		from := netip.MustParseAddr(ip).As4()
		data := append(append([]byte{index, 0, 0, 0}, from[:]...), 0, 0, 0, 0)
		_, err := sock.SendMsg(ctx(t), s, []byte("x"), 0, to, []sock.Control{{Level: levelIP, Type: abi.IP_PKTINFO, Data: data}})
		return err
	}
	require.Equal(t, abi.OK, send("127.0.0.1", 1))
	require.Equal(t, abi.OK, send("0.0.0.0", 0))
	require.Equal(t, abi.EADDRNOTAVAIL, send("127.0.0.1", 2), "another interface")
	for _, ip := range append([]string{l.v4.String(), "127.0.0.2"}, "192.0.2.1") {
		require.Equal(t, abi.EADDRNOTAVAIL, send(ip, 0), ip)
	}
}

func TestWhatAnAddressOfTheLabMeans(t *testing.T) {
	l := newLab(t)
	only := func(f abi.Family, typ abi.Type) sock.Socket {
		s := open(t, l.Peer(), f, typ)
		require.Equal(t, abi.OK, s.SetOption(optV6Only, intValue(true)))
		return s
	}
	u4, u6 := bound(t, l.Peer(), abi.SOCK_DGRAM, on("127.0.0.1", 0)), bound(t, l.Peer(), abi.SOCK_DGRAM, on("::1", 0))
	require.Equal(t, abi.OK, only(abi.AF_INET6, abi.SOCK_DGRAM).Connect(ctx(t), addr(t, u6)))
	require.Equal(t, abi.ENETUNREACH, only(abi.AF_INET6, abi.SOCK_DGRAM).Connect(ctx(t), on("::ffff:127.0.0.1", port(t, u4))))

	for _, c := range []struct {
		family    abi.Family
		to, means string
	}{
		{abi.AF_INET, "0.0.0.0", "127.0.0.1"},
		{abi.AF_INET6, "::", "::1"},
		{abi.AF_INET6, "::ffff:0.0.0.0", "::ffff:127.0.0.1"},
		{abi.AF_INET6, "::ffff:127.0.0.1", "::ffff:127.0.0.1"},
		{abi.AF_INET6, "127.0.0.1", "::ffff:127.0.0.1"},
		{abi.AF_INET6, "::1", "::1"},
	} {
		s := open(t, l.Peer(), c.family, abi.SOCK_DGRAM)
		if c.family == abi.AF_INET6 {
			require.Equal(t, abi.OK, s.SetOption(optV6Only, intValue(false)))
		}
		p := port(t, u4)
		if c.means == "::1" {
			p = port(t, u6)
		}
		require.Equal(t, abi.OK, s.Connect(ctx(t), on(c.to, p)), c.to)
		peer, err := s.PeerAddr()
		require.Equal(t, abi.OK, err)
		require.Equal(t, on(c.means, p), peer, c.to)
	}
}

func TestAPortThatIsDrawnIsOneThatThereIs(t *testing.T) {
	l := newLab(t)
	p, err := l.FreePort(20000, 29999)
	require.NoError(t, err)
	_, err = l.FreePort(p, p)
	require.Error(t, err, "it is kept already")
	bound(t, l.Peer(), abi.SOCK_DGRAM, on("127.0.0.1", uint16(p))).Close()
	again, err := l.FreePort(p, p)
	require.NoError(t, err, "a range of one, free again")
	require.Equal(t, p, again)
	taken := bound(t, l.Peer(), abi.SOCK_DGRAM, on("::1", uint16(p)))
	before := descriptors(t)
	_, err = l.FreePort(p, p)
	require.Error(t, err)
	require.LessOrEqual(t, descriptors(t), before, "those that could be kept are given back")
	taken.Close()
	l.Close()
	_, err = l.FreePort(20000, 29999)
	require.Error(t, err, "the lab is closed")
}

// descriptors counts those that are open. There may be fewer later, where the
// collector has closed what another test left.
func descriptors(t *testing.T) int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no way to count descriptors")
	}
	return len(all)
}

func TestALabKeepsNothingOfWhatWasClosed(t *testing.T) {
	newLab(t).Close() // whatever the process itself opens at the first one
	before := descriptors(t)
	l := newLab(t)
	held := len(l.open)
	for _, f := range []abi.Family{abi.AF_INET, abi.AF_INET6, abi.AF_UNIX} {
		s, err := l.Peer().Socket(f, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, err)
		s.Close()
	}
	require.Len(t, l.open, held)
	listens := open(t, l.Peer(), abi.AF_UNIX, abi.SOCK_STREAM)
	require.Equal(t, abi.OK, listens.Bind(abi.UnixAddr("\x00x")))
	require.Equal(t, abi.OK, listens.Listen(1))
	require.Equal(t, abi.OK, open(t, l.Peer(), abi.AF_UNIX, abi.SOCK_STREAM).Connect(ctx(t), abi.UnixAddr("\x00x")))
	conn, _, err := listens.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	l.Close()
	_, _, _, err = conn.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.EBADF, err, "who was accepted is closed with the lab")
	require.LessOrEqual(t, descriptors(t), before)
	_, _, err = l.Peer().SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.ENETDOWN, err)
	require.LessOrEqual(t, descriptors(t), before)
}
