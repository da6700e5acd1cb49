package policy

import (
	"context"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

// arrivals is a Stack whose sockets come as they are.
type arrivals struct{ sock.StackLayer }

func (arrivals) Adopt(s sock.Socket) (sock.Socket, abi.Errno) { return s, abi.OK }

// arrival is a socket that comes from somebody, with what it says of itself.
type arrival struct {
	sock.Socket
	typ         abi.Type
	local, peer string // "" for no peer
	listens     bool
	tied        bool
	closed      bool
	ties        int
	hears       []string // whom its datagrams are from
}

func (a *arrival) Send(_ context.Context, p []byte, _ abi.MsgFlags, _ abi.Sockaddr) (int, abi.Errno) {
	return len(p), abi.OK
}

func (a *arrival) Recv(context.Context, []byte, abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	from := a.hears[0]
	a.hears = a.hears[1:]
	return 1, at(from), 0, abi.OK
}

func (a *arrival) addr(s string) (abi.Sockaddr, abi.Errno) {
	if s == "" {
		return abi.Sockaddr{}, abi.ENOTCONN
	}
	if s[0] == '/' || s[0] == 0 || s == "unnamed" {
		return abi.UnixAddr(map[bool]string{false: s}[s == "unnamed"]), abi.OK
	}
	return at(s), abi.OK
}
func (a *arrival) LocalAddr() (abi.Sockaddr, abi.Errno) { return a.addr(a.local) }
func (a *arrival) PeerAddr() (abi.Sockaddr, abi.Errno)  { return a.addr(a.peer) }
func (a *arrival) Confine() abi.Errno                   { a.ties++; return abi.OK }
func (a *arrival) Confined() bool                       { return a.tied }
func (a *arrival) Listen(int) abi.Errno                 { return abi.OK }
func (a *arrival) Close() abi.Errno                     { a.closed = true; return abi.OK }
func (a *arrival) Info() sock.Info {
	addr, _ := a.LocalAddr()
	return sock.Info{Family: addr.Family, Type: a.typ}
}
func (a *arrival) GetOption(opt abi.Option, v []byte) (int, abi.Errno) {
	clear(v)
	if opt.Num == abi.SO_ACCEPTCONN && a.listens {
		v[0] = 1
	}
	return 4, abi.OK
}

func TestOnlyWhatAGuestCouldHaveMadeIsAdopted(t *testing.T) {
	door, _ := ParseDoor("192.0.2.9:53")
	const s, d = abi.SOCK_STREAM, abi.SOCK_DGRAM
	closed, doors, open := Options{}, Options{Doors: []Door{door}}, Options{ListenOn: netip.MustParseAddr("192.0.2.1")}
	everywhere := Options{ListenOn: v4Any}
	for _, c := range []struct {
		what string
		o    Options
		came arrival
		want abi.Errno
	}{
		{"a socket without an address", closed, arrival{typ: s, local: "0.0.0.0:0"}, abi.OK},
		{"one of IPv6", closed, arrival{typ: s, local: "[::]:0"}, abi.OK},
		{"a listener on loopback", closed, arrival{typ: s, local: "127.0.0.1:80", listens: true}, abi.OK},
		{"a connection on loopback", closed, arrival{typ: s, local: "127.0.0.1:80", peer: "127.0.0.1:9"}, abi.OK},
		{"one of IPv6's", closed, arrival{typ: s, local: "[::1]:80", peer: "[::1]:9"}, abi.OK},
		{"one that is mapped", closed, arrival{typ: s, local: "[::ffff:127.0.0.1]:80", peer: "[::ffff:127.0.0.1]:9"}, abi.OK},
		{"a connection to elsewhere", closed, arrival{typ: s, local: "10.0.0.1:80", peer: "192.0.2.9:53"}, abi.EACCES},
		{"one that is mapped, to elsewhere", closed, arrival{typ: s, local: "[::ffff:10.0.0.1]:80", peer: "[::ffff:192.0.2.9]:53"}, abi.EACCES},
		{"a datagram socket whose peer is elsewhere", closed, arrival{typ: d, local: "10.0.0.1:80", peer: "192.0.2.9:53"}, abi.EACCES},
		{"a connection through a door", doors, arrival{typ: s, local: "10.0.0.1:80", peer: "192.0.2.9:53"}, abi.OK},
		{"a connection past the door", doors, arrival{typ: s, local: "10.0.0.1:80", peer: "192.0.2.9:54"}, abi.EACCES},
		{"a listener on another address", closed, arrival{typ: s, local: "192.0.2.1:80", listens: true}, abi.EACCES},
		{"a listener where this guest may listen", open, arrival{typ: s, local: "192.0.2.1:80", listens: true}, abi.OK},
		{"a connection from there to elsewhere", open, arrival{typ: s, local: "192.0.2.1:80", peer: "198.51.100.7:1"}, abi.EACCES},
		{"a datagram socket without an address", closed, arrival{typ: d, local: "0.0.0.0:0"}, abi.OK},
		{"a raw socket bound elsewhere, which has no port", closed, arrival{typ: abi.SOCK_RAW, local: "192.0.2.1:0"}, abi.EACCES},
		{"a socket bound elsewhere that does not listen yet", closed, arrival{typ: s, local: "192.0.2.1:80"}, abi.EACCES},
		{"a listener for everybody where this guest may listen to them", everywhere, arrival{typ: s, local: "[::]:80", listens: true}, abi.OK},
		{"a listener on one address there", everywhere, arrival{typ: s, local: "192.0.2.1:80", listens: true}, abi.EACCES},
		{"a listener for everybody where this guest may listen to some", open, arrival{typ: s, local: "0.0.0.0:80", listens: true}, abi.EACCES},
		{"a listener for everybody behind a door", doors, arrival{typ: s, local: "0.0.0.0:80", listens: true}, abi.EACCES},
		{"a datagram socket for everybody behind a door", doors, arrival{typ: d, local: "0.0.0.0:80"}, abi.OK},
		{"a listener for everybody", closed, arrival{typ: s, local: "0.0.0.0:80", listens: true}, abi.EACCES},
		{"a listener for everybody on loopback", closed, arrival{typ: s, local: "0.0.0.0:80", listens: true, tied: true}, abi.OK},
		{"a datagram socket for everybody", closed, arrival{typ: d, local: "[::]:80"}, abi.EACCES},
		{"a datagram socket for everybody on loopback", closed, arrival{typ: d, local: "[::]:80", tied: true}, abi.OK},
		{"an AF_UNIX pair", closed, arrival{typ: s, local: "unnamed", peer: "unnamed"}, abi.OK},
		{"an AF_UNIX connection to a service of the machine", closed, arrival{typ: s, local: "unnamed", peer: "/run/dbus"}, abi.EACCES},
		{"one to an abstract name of the machine", closed, arrival{typ: s, local: "unnamed", peer: "\x00/tmp/.X11-unix/X0"}, abi.EACCES},
		{"an AF_UNIX listener of the machine", closed, arrival{typ: s, local: "/run/x", listens: true}, abi.EACCES},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := New(arrivals{sock.StackLayer{Stack: kernel.New()}}, c.o)
			came := c.came
			_, err := p.Adopt(&came)
			require.Equal(t, c.want, err)
			require.Equal(t, err != abi.OK, came.closed)
			if err != abi.OK {
				require.Contains(t, p.Explain(), "dropped")
			}
		})
	}
}

func TestABoundSocketIsTiedWhenItListens(t *testing.T) {
	p := New(arrivals{sock.StackLayer{Stack: kernel.New()}}, Options{})
	came := &arrival{typ: abi.SOCK_STREAM, local: "0.0.0.0:80"}
	s, err := p.Adopt(came)
	require.Equal(t, abi.OK, err)
	require.Zero(t, came.ties)
	require.Equal(t, abi.OK, s.Listen(1))
	require.Equal(t, 1, came.ties)
}

func TestASocketThatCameIsNotSettledTwice(t *testing.T) {
	for name, came := range map[string]*arrival{
		"connected": {typ: abi.SOCK_DGRAM, local: "127.0.0.1:80", peer: "127.0.0.1:9"},
		"bound":     {typ: abi.SOCK_DGRAM, local: "127.0.0.1:80"},
		"tied":      {typ: abi.SOCK_DGRAM, local: "0.0.0.0:80", tied: true},
	} {
		p := New(arrivals{sock.StackLayer{Stack: kernel.New()}}, Options{})
		s, err := p.Adopt(came)
		require.Equal(t, abi.OK, err)
		_, err = s.Send(ctx(t), []byte("x"), 0, abi.Sockaddr{})
		require.Equal(t, abi.OK, err, name)
		require.Zero(t, came.ties, name)
	}
}

func TestAnAdoptedDatagramSocketHearsNoStranger(t *testing.T) {
	door, _ := ParseDoor("192.0.2.9:53")
	p := New(arrivals{sock.StackLayer{Stack: kernel.New()}}, Options{Doors: []Door{door}})
	s, err := p.Adopt(&arrival{typ: abi.SOCK_DGRAM, local: "0.0.0.0:80", hears: []string{"198.51.100.1:1", "192.0.2.9:53"}})
	require.Equal(t, abi.OK, err)
	_, from, _, err := s.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, "192.0.2.9:53", from.String())
}

func TestAStackThatKnowsNoBetterAdoptsNothing(t *testing.T) {
	came := &arrival{typ: abi.SOCK_STREAM, local: "127.0.0.1:1"}
	_, err := sock.Adopt(New(sock.StackLayer{Stack: kernel.New()}, Options{}), came)
	require.Equal(t, abi.EOPNOTSUPP, err)
	require.True(t, came.closed)
}

func TestASourceAddressAndItsInterfaceAreLoopbacks(t *testing.T) {
	p := New(newSpy(abi.OK), Options{})
	s := open(t, p, abi.AF_INET, abi.SOCK_DGRAM)
	send := func(ip string, index byte) abi.Errno {
		from := netip.MustParseAddr(ip).As4()
		data := append(append([]byte{index, 0, 0, 0}, from[:]...), 0, 0, 0, 0)
		_, err := sock.SendMsg(ctx(t), s, nil, 0, at("127.0.0.1:9"), []sock.Control{{Level: abi.Level(abi.IPPROTO_IP), Type: abi.IP_PKTINFO, Data: data}})
		return err
	}
	require.Equal(t, abi.EADDRNOTAVAIL, send("192.0.2.1", 0))
	require.Equal(t, abi.ENODEV, send("127.0.0.1", 2))
	require.Equal(t, abi.EOPNOTSUPP, send("127.0.0.2", 1), "which comes to the spy, who sends no control messages")
	require.Equal(t, abi.EOPNOTSUPP, send("0.0.0.0", 0), "any")
	_, err := sock.SendMsg(ctx(t), s, nil, 0, at("127.0.0.1:9"), []sock.Control{{Level: abi.Level(abi.IPPROTO_IP), Type: abi.IP_TTL, Data: []byte{9, 0, 0, 0}}})
	require.Equal(t, abi.EOPNOTSUPP, err, "no source at all")
	p.o.ListenOn = netip.MustParseAddr("192.0.2.1")
	require.Equal(t, abi.EOPNOTSUPP, send("192.0.2.1", 0), "where the guest may listen")
	require.Equal(t, abi.EADDRNOTAVAIL, send("192.0.2.2", 0))
	require.Contains(t, s.(sock.Explainer).Explain(), "192.0.2.2")
}

func TestUDPLiteIsKeptOnLoopbackAsUDPIs(t *testing.T) {
	below := newSpy(abi.OK)
	p := New(below, Options{})
	s, err := p.Socket(abi.AF_INET, abi.SOCK_DGRAM, abi.IPPROTO_UDPLITE)
	if err == abi.EPROTONOSUPPORT {
		t.Skip("this system has no UDP-Lite")
	}
	require.Equal(t, abi.OK, err)
	defer s.Close()
	require.Equal(t, abi.EACCES, s.Connect(ctx(t), at("192.0.2.1:9")))
	_, err = s.Send(ctx(t), nil, 0, at("192.0.2.1:9"))
	require.Equal(t, abi.EACCES, err)
	require.Equal(t, abi.EADDRNOTAVAIL, s.Bind(at("192.0.2.1:0")))
	require.Equal(t, abi.OK, s.Bind(at("0.0.0.0:0")))
	require.Equal(t, []string{"confine", "bind 0.0.0.0"}, below.log[1:], "after the one that looks whether that works")
}
