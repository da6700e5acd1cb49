package policy

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"

	"socklab/host/abi"
	"socklab/host/sock"
)

// socket is an internet socket under the policy.
type socket struct {
	sock.SocketLayer
	p      *Policy
	family abi.Family
	stream bool
	note   sock.Note

	mu     sync.Mutex
	bound  bool       // it has an address that the policy has seen to
	wild   bool       // which is the wildcard: nobody outside loopback may reach it
	tied   bool       // it is tied to the loopback interface
	asked  netip.Addr // the wildcard that it was bound to, where that is another address underneath
	filter bool       // it may hear from outside, and receives pick whom to listen to
	heard  *peers
}

var (
	v4Loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	v6Loopback = netip.IPv6Loopback()
	v4Any      = netip.IPv4Unspecified()
	v6Any      = netip.IPv6Unspecified()
)

// Bind gives the socket an address.
func (s *socket) Bind(addr abi.Sockaddr) abi.Errno {
	if !internet(addr.Family) {
		return abi.EAFNOSUPPORT
	}
	ip := addr.IP.Addr().Unmap()
	if ip.IsUnspecified() {
		return s.bindAny(addr)
	}
	if !ip.IsLoopback() && ip != s.p.o.ListenOn {
		s.note.Leave(fmt.Sprintf("%s is not an address of the sandbox: it has only loopback's (127.0.0.1, ::1)", ip))
		return abi.EADDRNOTAVAIL
	}
	return s.bind(addr, netip.Addr{})
}

// bindAny binds to a wildcard address, or to what stands for it.
func (s *socket) bindAny(addr abi.Sockaddr) abi.Errno {
	ip := addr.IP.Addr()
	on := s.p.o.ListenOn
	switch {
	case on.IsValid() && on.IsUnspecified():
		return s.bind(addr, netip.Addr{})
	case on.Is4() && (ip.Unmap().Is4() || !s.v6only()):
		return s.bindFor(addr, on)
	case on.Is6() && ip == v6Any:
		return s.bindFor(addr, on)
	case !s.p.confines && ip.Unmap().Is4():
		return s.bindFor(addr, v4Loopback)
	case !s.p.confines:
		return s.bindFor(addr, v6Loopback)
	}
	// A stream can be reached once it listens: see Listen.
	if !s.stream {
		if err := s.confine(); err != abi.OK {
			return err
		}
	}
	err := s.bind(addr, netip.Addr{})
	if err == abi.OK {
		s.mu.Lock()
		s.wild = true
		s.mu.Unlock()
	}
	return err
}

// bindFor binds to ip in the place of a wildcard.
func (s *socket) bindFor(addr abi.Sockaddr, ip netip.Addr) abi.Errno {
	asked := addr.IP.Addr()
	if addr.Family == abi.AF_INET6 {
		ip = netip.AddrFrom16(ip.As16())
	}
	addr.IP = netip.AddrPortFrom(ip, addr.IP.Port())
	return s.bind(addr, asked)
}

func (s *socket) bind(addr abi.Sockaddr, asked netip.Addr) abi.Errno {
	err := s.Socket.Bind(addr)
	if err == abi.OK {
		s.mu.Lock()
		s.bound, s.asked = true, asked
		s.mu.Unlock()
	}
	return err
}

// confine keeps a socket that has, or will get, a wildcard address from
// being heard and from hearing outside loopback. A datagram socket that has
// doors to go through is not tied to loopback but picks whom it hears.
func (s *socket) confine() abi.Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.tied: // the system lets nobody do it twice
	case !s.stream && len(s.p.o.Doors) > 0:
		s.filter = true
	case confine(s.Socket) == abi.OK:
		s.tied = true
	default:
		s.note.Leave("the socket could not be tied to the loopback interface")
		return abi.EACCES
	}
	return abi.OK
}

// settle sees to a socket that is about to get a wildcard address from the
// kernel.
func (s *socket) settle() abi.Errno {
	s.mu.Lock()
	bound := s.bound
	s.mu.Unlock()
	if bound {
		return abi.OK
	}
	if s.stream || !s.p.confines && len(s.p.o.Doors) == 0 {
		any := v4Any
		if s.family == abi.AF_INET6 {
			any = v6Any
		}
		return s.bindAny(abi.InetAddr(netip.AddrPortFrom(any, 0)))
	}
	if err := s.confine(); err != abi.OK {
		return err
	}
	s.mu.Lock()
	s.bound = true
	s.mu.Unlock()
	return abi.OK
}

// Listen makes the socket accept connections.
func (s *socket) Listen(backlog int) abi.Errno {
	if !s.stream {
		return s.Socket.Listen(backlog)
	}
	if err := s.settle(); err != abi.OK {
		return err
	}
	s.mu.Lock()
	wild := s.wild
	s.mu.Unlock()
	if wild {
		if err := s.confine(); err != abi.OK {
			return err
		}
	}
	return s.Socket.Listen(backlog)
}

// Accept takes the next connection.
func (s *socket) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	conn, from, err := s.Socket.Accept(ctx)
	if err != abi.OK {
		return nil, from, err
	}
	return &socket{SocketLayer: sock.SocketLayer{Socket: conn}, p: s.p, family: s.family, stream: true, bound: true}, from, abi.OK
}

// LocalAddr tells the socket's own address, the wildcard as it was asked for.
func (s *socket) LocalAddr() (abi.Sockaddr, abi.Errno) {
	addr, err := s.Socket.LocalAddr()
	s.mu.Lock()
	asked := s.asked
	s.mu.Unlock()
	if err != abi.OK || !asked.IsValid() {
		return addr, err
	}
	if _, err := s.Socket.PeerAddr(); err != abi.OK { // a connected socket has the real one natively too
		addr.IP = netip.AddrPortFrom(asked, addr.IP.Port())
	}
	return addr, abi.OK
}

// The options by which a socket joins a group: IP_MULTICAST_IF, and
// IP_ADD_MEMBERSHIP to MCAST_LEAVE_SOURCE_GROUP, ip(7); the same of IPv6. They
// are not among those that a guest may set.
func joinsGroup(opt abi.Option) bool {
	switch opt.Level {
	case abi.Level(abi.IPPROTO_IP):
		return opt.Num == 32 || opt.Num >= 35 && opt.Num <= 47
	case abi.Level(abi.IPPROTO_IPV6):
		return opt.Num == 17 || opt.Num == 20 || opt.Num == 21
	}
	return false
}

// SetOption sets an option, and says why no group can be joined.
func (s *socket) SetOption(opt abi.Option, value []byte) abi.Errno {
	err := s.Socket.SetOption(opt, value)
	if err == abi.ENOPROTOOPT && joinsGroup(opt) {
		s.note.Leave("there is no multicast in the sandbox; send to each receiver's own address on loopback (127.0.0.1, ::1)")
	}
	return err
}

// Explain tells why the last call was refused.
func (s *socket) Explain() string {
	if why := s.note.Take(); why != "" {
		return why
	}
	return s.SocketLayer.Explain()
}

func internet(f abi.Family) bool { return f == abi.AF_INET || f == abi.AF_INET6 }

// v6only tells IPV6_V6ONLY.
func (s *socket) v6only() bool {
	var v [4]byte
	_, err := s.Socket.GetOption(abi.Option{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_V6ONLY}, v[:])
	return err == abi.OK && binary.LittleEndian.Uint32(v[:]) != 0
}
