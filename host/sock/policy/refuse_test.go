package policy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

// outside are addresses that no guest may reach or be reached at.
var outside = []string{
	// other machines
	"8.8.8.8", "1.1.1.1", "93.184.216.34", "1.2.3.4", "126.255.255.255", "128.0.0.1",
	// this machine and its neighbours
	"10.0.0.1", "172.16.0.1", "172.17.0.1", "192.168.0.1", "192.168.1.255", "192.0.2.2", "100.64.0.1",
	// clouds' metadata, link-local
	"169.254.169.254", "169.254.1.1",
	// not a host: this network, broadcast, multicast, reserved
	"0.0.0.1", "0.1.2.3", "255.255.255.255", "224.0.0.1", "224.0.0.251", "239.255.255.250", "240.0.0.1",
	// IPv6
	"2001:4860:4860::8888", "2606:4700:4700::1111", "fd00::1", "fd00::2", "fc00::1", "::2", "1::",
	"fe80::1", "fe80::fc:ff:fe00:1", "fec0::1", "ff02::1", "ff02::fb", "ff01::1", "ff05::2",
	// IPv4 inside IPv6
	"::ffff:8.8.8.8", "::ffff:192.168.0.1", "::ffff:255.255.255.255", "::ffff:169.254.169.254", "::ffff:224.0.0.1",
	"::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
	"2002:7f00:1::1", "2001:0:7f00:1::",
}

func TestNoCallReachesOutside(t *testing.T) {
	require.GreaterOrEqual(t, len(outside), 40)
	below := newSpy(abi.OK)
	p := New(below, Options{})
	for _, ip := range outside {
		addr := on(ip, 53)
		for _, fam := range []abi.Family{abi.AF_INET, abi.AF_INET6} {
			for _, typ := range []abi.Type{abi.SOCK_STREAM, abi.SOCK_DGRAM} {
				s, err := p.Socket(fam, typ, 0)
				require.Equal(t, abi.OK, err)
				below.log = nil
				forbidden := abi.EACCES
				if fam == abi.AF_INET && addr.Family == abi.AF_INET6 {
					forbidden = abi.EAFNOSUPPORT
				}
				zoned := addr
				if addr.Family == abi.AF_INET6 {
					zoned.Zone = 2
				}
				for _, to := range []abi.Sockaddr{addr, zoned} {
					require.Equal(t, forbidden, s.Connect(ctx(t), to), "connect %s", ip)
					if forbidden == abi.EACCES {
						require.Contains(t, s.(sock.Explainer).Explain(), netip.MustParseAddr(ip).Unmap().String())
						require.Empty(t, s.(sock.Explainer).Explain(), "told once")
					}
					if typ == abi.SOCK_DGRAM {
						for _, flags := range []abi.MsgFlags{0, abi.MSG_DONTWAIT, abi.MSG_MORE, 0x20000000} {
							_, err := s.Send(ctx(t), []byte("x"), flags, to)
							require.Equal(t, forbidden, err, "sendto %s", ip)
						}
					}
					s.(sock.Explainer).Explain()
					require.Equal(t, abi.EADDRNOTAVAIL, s.Bind(to), "bind %s", ip)
					require.Contains(t, s.(sock.Explainer).Explain(), "not an address of the sandbox")
				}
				require.Empty(t, below.log, "%s: nothing may have come to the kernel", ip)
				if typ == abi.SOCK_STREAM { // the address of a stream's sendto leads nowhere
					const fastOpen = 0x20000000
					for _, flags := range []abi.MsgFlags{0, fastOpen} {
						_, err := s.Send(ctx(t), []byte("x"), flags, addr)
						require.NotEqual(t, abi.OK, err)
					}
					require.Equal(t, []string{"send -", "send -"}, below.log)
				}
				s.Close()
			}
		}
	}
}

func TestRawSocketsStayOnLoopback(t *testing.T) {
	p := New(kernel.New(), Options{})
	for fam, proto := range map[abi.Family]abi.Protocol{abi.AF_INET: abi.IPPROTO_ICMP, abi.AF_INET6: abi.IPPROTO_ICMPV6} {
		s, err := p.Socket(fam, abi.SOCK_RAW, proto)
		if err == abi.EPERM {
			require.Contains(t, p.Explain(), "privilege")
			continue
		}
		require.Equal(t, abi.OK, err)
		defer s.Close()
		for _, ip := range outside {
			if familyOf(ip) == fam {
				_, err := s.Send(ctx(t), make([]byte, 8), 0, on(ip, 0))
				require.Equal(t, abi.EACCES, err, ip)
				require.Equal(t, abi.EACCES, s.Connect(ctx(t), on(ip, 0)), ip)
			}
		}
	}
	for _, proto := range []abi.Protocol{abi.IPPROTO_TCP, abi.IPPROTO_UDP, 255, 2, 89} {
		_, err := p.Socket(abi.AF_INET, abi.SOCK_RAW, proto)
		require.NotEqual(t, abi.OK, err, "protocol %d", proto)
	}
}

func TestZeroAddressMeansThisHost(t *testing.T) {
	p := New(kernel.New(), Options{})
	l, n := server(t, p, "127.0.0.1:0")
	for _, ip := range []string{"0.0.0.0", "::ffff:0.0.0.0"} {
		c := open(t, p, familyOf(ip), abi.SOCK_STREAM)
		require.Equal(t, abi.OK, c.Connect(ctx(t), on(ip, n)))
		peer, err := c.PeerAddr()
		require.Equal(t, abi.OK, err)
		require.True(t, peer.IP.Addr().Unmap().IsLoopback())
		_, _, err = l.Accept(ctx(t))
		require.Equal(t, abi.OK, err)
	}
	u := open(t, p, abi.AF_INET6, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, u.Bind(at("[::1]:0")))
	c := open(t, p, abi.AF_INET6, abi.SOCK_DGRAM)
	_, err := c.Send(ctx(t), []byte("x"), 0, on("::", port(t, u)))
	require.Equal(t, abi.OK, err)
	_, _, _, err = u.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.OK, err)
}

func TestConnectUnspecClearsThePeer(t *testing.T) {
	p := New(kernel.New(), Options{})
	s := open(t, p, abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, s.Connect(ctx(t), at("127.0.0.1:9")))
	require.Equal(t, abi.OK, s.Connect(ctx(t), abi.Sockaddr{}))
	_, err := s.PeerAddr()
	require.Equal(t, abi.ENOTCONN, err)
}

func TestAddressOfAnotherFamily(t *testing.T) {
	p := New(kernel.New(), Options{})
	s := open(t, p, abi.AF_INET, abi.SOCK_DGRAM)
	for _, a := range []abi.Sockaddr{abi.UnixAddr("/tmp/x"), {Family: abi.AF_NETLINK}, {Family: 77}} {
		require.Equal(t, abi.EAFNOSUPPORT, s.Bind(a))
		require.Equal(t, abi.EAFNOSUPPORT, s.Connect(ctx(t), a))
		_, err := s.Send(ctx(t), nil, 0, a)
		require.Equal(t, abi.EAFNOSUPPORT, err)
	}
	require.Equal(t, abi.EAFNOSUPPORT, s.Bind(abi.Sockaddr{}))
	s = open(t, p, abi.AF_INET6, abi.SOCK_DGRAM)
	require.Equal(t, abi.EAFNOSUPPORT, s.Connect(ctx(t), abi.UnixAddr("/tmp/x")))
	require.NotEqual(t, abi.EAFNOSUPPORT, s.Connect(ctx(t), at("127.0.0.1:9")), "IPv4's, which the system may know")
}

func TestTheWildcardIsNeverWhereAGuestConnectsTo(t *testing.T) {
	below := newSpy(abi.OK)
	p := New(below, Options{})
	for to, want := range map[string]string{"0.0.0.0": "127.0.0.1:9", "::": "[::1]:9", "::ffff:0.0.0.0": "[::ffff:127.0.0.1]:9"} {
		s := open(t, p, familyOf(to), abi.SOCK_DGRAM)
		below.log = nil
		require.Equal(t, abi.OK, s.Connect(ctx(t), on(to, 9)))
		_, err := s.Send(ctx(t), nil, 0, on(to, 9))
		require.Contains(t, []abi.Errno{abi.OK, abi.ECONNREFUSED}, err)
		require.Equal(t, []string{"confine", "connect " + want, "send " + want}, below.log)
	}
}

// bare is a Stack that makes no sockets.
type bare struct {
	sock.StackLayer
	err abi.Errno
}

func (b bare) Socket(abi.Family, abi.Type, abi.Protocol) (sock.Socket, abi.Errno) { return nil, b.err }

func TestOnlyAMissingPrivilegeIsExplainedAsOne(t *testing.T) {
	for _, c := range []struct {
		err  abi.Errno
		typ  abi.Type
		told bool
	}{{abi.EPERM, abi.SOCK_RAW, true}, {abi.EMFILE, abi.SOCK_RAW, false}, {abi.EPERM, abi.SOCK_STREAM, false}} {
		p := New(bare{sock.StackLayer{Stack: kernel.New()}, c.err}, Options{})
		_, err := p.Socket(abi.AF_INET, c.typ, 0)
		require.Equal(t, c.err, err)
		require.Equal(t, c.told, p.Explain() != "")
	}
}

func TestADoorsNameThatCannotBeResolved(t *testing.T) {
	named, _ := ParseDoor("example.com:80")
	var addrs []netip.Addr
	var failed error
	asked := 0
	p := New(kernel.New(), Options{Doors: []Door{named}, Lookup: func(context.Context, string) ([]netip.Addr, error) {
		asked++
		return addrs, failed
	}})
	resolve := func(flags int) abi.EAI {
		_, eai := p.GetAddrInfo(ctx(t), "example.com", "80", sock.Hints{Flags: flags})
		return eai
	}
	require.Equal(t, abi.EAI_NONAME, resolve(abi.AI_NUMERICHOST))
	require.Zero(t, asked, "a number is asked for")
	require.Equal(t, abi.EAI_NONAME, resolve(0), "no address")
	addrs, failed = []netip.Addr{netip.MustParseAddr("203.0.113.5")}, errors.New("broken")
	require.Equal(t, abi.EAI_NONAME, resolve(0))
	failed = &net.DNSError{IsTemporary: true}
	require.Equal(t, abi.EAI_AGAIN, resolve(0))
	require.Equal(t, abi.EACCES, open(t, p, abi.AF_INET, abi.SOCK_STREAM).Connect(ctx(t), at("203.0.113.5:80")), "nothing was opened")
}

func TestDoors(t *testing.T) {
	door, err := ParseDoor("192.0.2.9:53")
	require.NoError(t, err)
	named, err := ParseDoor("Example.COM.:80")
	require.NoError(t, err)
	below := newSpy(abi.OK)
	p := New(below, Options{Doors: []Door{door, named}, Lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
		require.Equal(t, "example.com", host)
		return []netip.Addr{netip.MustParseAddr("::ffff:203.0.113.5")}, nil
	}})
	try := func(typ abi.Type, ip string, port uint16) abi.Errno {
		return open(t, p, familyOf(ip), typ).Connect(ctx(t), on(ip, port))
	}
	require.Equal(t, abi.OK, try(abi.SOCK_STREAM, "192.0.2.9", 53))
	require.Equal(t, abi.OK, try(abi.SOCK_DGRAM, "192.0.2.9", 53))
	require.Equal(t, abi.OK, try(abi.SOCK_STREAM, "::ffff:192.0.2.9", 53))
	require.Equal(t, abi.EACCES, try(abi.SOCK_STREAM, "192.0.2.9", 54), "another port")
	require.Equal(t, abi.EACCES, try(abi.SOCK_STREAM, "192.0.2.10", 53), "another host")

	require.Equal(t, abi.EACCES, try(abi.SOCK_STREAM, "203.0.113.5", 80), "not looked up yet")
	got, eai := p.GetAddrInfo(ctx(t), "example.com", "80", sock.Hints{Type: abi.SOCK_STREAM})
	require.Zero(t, eai)
	require.Len(t, got, 1)
	require.Equal(t, at("203.0.113.5:80"), got[0].Addr)
	require.Equal(t, abi.OK, try(abi.SOCK_STREAM, "203.0.113.5", 80))
	require.Equal(t, abi.EACCES, try(abi.SOCK_STREAM, "203.0.113.5", 443))
	_, eai = p.GetAddrInfo(ctx(t), "www.example.com", "80", sock.Hints{})
	require.Equal(t, abi.EAI_NONAME, eai)

	s := open(t, p, abi.AF_INET, abi.SOCK_DGRAM)
	_, e := s.Send(ctx(t), nil, 0, at("192.0.2.9:53"))
	require.Equal(t, abi.OK, e)
	_, e = s.Send(ctx(t), nil, 0, at("192.0.2.9:54"))
	require.Equal(t, abi.EACCES, e)
	require.NotContains(t, below.log[1:], "confine", "it would not get through its door")
}

func TestParseDoorRefuses(t *testing.T) {
	for _, s := range []string{"", "host", "host:", ":80", "host:0", "host:65536", "host:-1", "host:http", "[::]:80", "0.0.0.0:1", "[fe80::1%2]:80", "a:b:c"} {
		_, err := ParseDoor(s)
		require.Error(t, err, s)
	}
	d, err := ParseDoor("[2001:db8::1]:443")
	require.NoError(t, err)
	require.Equal(t, "[2001:db8::1]:443", d.String())
}

// strangers is a Stack whose datagram sockets hear from a stranger first.
type strangers struct{ sock.StackLayer }

type strangeSocket struct {
	sock.SocketLayer
	queue []string // whom the waiting datagrams are from
}

func (s strangers) Socket(f abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	x, err := s.Stack.Socket(f, typ, proto)
	return &strangeSocket{sock.SocketLayer{Socket: x}, []string{"198.51.100.1:1", "192.0.2.9:54", "192.0.2.9:53", "127.0.0.1:5"}}, err
}

func (s *strangeSocket) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, _ []sock.Control) (int, abi.Errno) {
	return s.Send(ctx, p, flags, to)
}

// RecvMsg has something to say of each datagram.
func (s *strangeSocket) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	if control != nil {
		control.List = append(control.List, sock.Control{Data: []byte(s.queue[0])})
	}
	return s.Recv(ctx, p, flags)
}

func (s *strangeSocket) Recv(_ context.Context, p []byte, flags abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	if len(s.queue) == 0 {
		return 0, abi.Sockaddr{}, 0, abi.EAGAIN
	}
	from := s.queue[0]
	if flags&abi.MSG_PEEK == 0 {
		s.queue = s.queue[1:]
	}
	return copy(p, "x"), at(from), 0, abi.OK
}

func (s *strangeSocket) Send(_ context.Context, p []byte, _ abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	return len(p), abi.OK
}

func TestADatagramSocketWithADoorHearsNoStranger(t *testing.T) {
	door, _ := ParseDoor("192.0.2.9:53")
	p := New(strangers{sock.StackLayer{Stack: kernel.New()}}, Options{Doors: []Door{door}})
	for _, flags := range []abi.MsgFlags{0, abi.MSG_PEEK} {
		s := open(t, p, abi.AF_INET, abi.SOCK_DGRAM)
		_, err := s.Send(ctx(t), nil, 0, at("192.0.2.9:53"))
		require.Equal(t, abi.OK, err)
		_, from, _, err := s.Recv(ctx(t), make([]byte, 1), flags)
		require.Equal(t, abi.OK, err)
		require.Equal(t, "192.0.2.9:53", from.String())
		if flags != 0 {
			continue
		}
		_, from, _, err = s.Recv(ctx(t), make([]byte, 1), 0)
		require.Equal(t, abi.OK, err)
		require.Equal(t, "127.0.0.1:5", from.String())
		_, _, _, err = s.Recv(ctx(t), make([]byte, 1), 0)
		require.Equal(t, abi.EAGAIN, err)
	}
	s := open(t, p, abi.AF_INET, abi.SOCK_DGRAM)
	_, err := s.Send(ctx(t), nil, 0, at("192.0.2.9:53"))
	require.Equal(t, abi.OK, err)
	var control sock.Controls
	_, _, _, err = sock.RecvMsg(ctx(t), s, make([]byte, 1), 0, &control)
	require.Equal(t, abi.OK, err)
	require.Len(t, control.List, 1, "what was said of strangers' datagrams goes with them")
}

func TestAStreamBehindADoorIsTiedAsAnyOther(t *testing.T) {
	door, _ := ParseDoor("192.0.2.9:53")
	below := newSpy(abi.OK)
	s := open(t, New(below, Options{Doors: []Door{door}}), abi.AF_INET6, abi.SOCK_STREAM)
	below.log = nil
	require.Equal(t, abi.OK, s.Listen(1))
	require.Equal(t, []string{"bind ::", "confine", "listen"}, below.log)

	below = newSpy(abi.EPERM)
	s = open(t, New(below, Options{Doors: []Door{door}}), abi.AF_INET, abi.SOCK_DGRAM)
	below.log = nil
	_, err := s.Send(ctx(t), nil, 0, at("192.0.2.9:53"))
	require.Equal(t, abi.OK, err)
	require.Equal(t, []string{"send 192.0.2.9:53"}, below.log, "from loopback it would not get there")
}

func TestADatagramSocketAnswersWhoWroteToIt(t *testing.T) {
	p := New(strangers{sock.StackLayer{Stack: kernel.New()}}, Options{ListenOn: v4Any})
	s := open(t, p, abi.AF_INET, abi.SOCK_DGRAM)
	require.Equal(t, abi.OK, s.Bind(at("0.0.0.0:0")))
	_, err := s.Send(ctx(t), nil, 0, at("198.51.100.1:1"))
	require.Equal(t, abi.EACCES, err)
	_, from, _, err := s.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, "198.51.100.1:1", from.String())
	_, err = s.Send(ctx(t), nil, 0, at("198.51.100.1:1"))
	require.Equal(t, abi.OK, err)
	_, err = s.Send(ctx(t), nil, 0, at("198.51.100.1:2"))
	require.Equal(t, abi.EACCES, err)
	_, _, _, err = s.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.OK, err)
	for range 100 { // one that writes often takes nobody's place
		s.(*socket).hear(netip.MustParseAddrPort("192.0.2.9:54"))
	}
	for _, to := range []string{"198.51.100.1:1", "192.0.2.9:54"} {
		_, err = s.Send(ctx(t), nil, 0, at(to))
		require.Equal(t, abi.OK, err)
	}
}

func TestThereIsNoMulticastAndItIsSaid(t *testing.T) {
	s := open(t, New(kernel.New(), Options{}), abi.AF_INET, abi.SOCK_DGRAM)
	for num, said := range map[int32]bool{32: true, 35: true, 36: true, abi.IP_MULTICAST_TTL: false, 9999: false} {
		err := s.SetOption(abi.Option{Level: abi.Level(abi.IPPROTO_IP), Num: num}, []byte{1, 0, 0, 0})
		require.Equal(t, num == abi.IP_MULTICAST_TTL, err == abi.OK, "%d: %v", num, err)
		require.Equal(t, said, strings.Contains(s.(sock.Explainer).Explain(), "no multicast"), num)
	}
}
