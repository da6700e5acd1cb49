package lab

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"

	"socklab/host/abi"
	"socklab/host/sock"
)

// socket is an internet socket of a member.
type socket struct {
	sock.SocketLayer
	m      *member
	lab    *Lab
	family abi.Family
	stream bool

	mu      sync.Mutex
	hold    *hold       // once it is bound
	asked   netip.Addr  // what it is bound to, as the guest says it
	shadow  sock.Socket // of a dual-stack socket: see bindDual
	sourced bool        // it has an address to connect from
	settled bool        // its own address shows, since it is or was connected
	v6only  bool        // IPV6_V6ONLY as the guest sees it
	peer    target      // whom a datagram socket is connected to
	seen    uint64      // registry.changes when that was looked up

	failed atomic.Pointer[failure]
}

// target is where a connect or a datagram goes.
type target struct {
	said   abi.Sockaddr // as the guest says it
	scope  scope        // 0 for an address that nobody can have
	kernel netip.AddrPort
}

// inner tells which of the lab's addresses the guest means, 0 for one of
// loopback that nobody has.
func inner(ip netip.Addr) (sc scope, ok bool) {
	switch ip {
	case v4Loopback, v4Any, mapped, netip.AddrFrom16(v4Any.As16()):
		return v4, true
	case v6Loopback, v6Any:
		return v6, true
	}
	return 0, ip.Unmap().IsLoopback()
}

// form is the lab's address as the socket's family writes it.
func (s *socket) form(at netip.AddrPort) abi.Sockaddr {
	if s.family == abi.AF_INET6 {
		at = netip.AddrPortFrom(netip.AddrFrom16(at.Addr().As16()), at.Port())
	}
	return abi.InetAddr(at)
}

func (l *Lab) addr(sc scope) netip.Addr {
	if sc == v4 {
		return l.v4
	}
	return l.v6
}

// members reports whether an address of the machine is one of the lab's.
func (l *Lab) members(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip == l.v4 || ip == l.v6
}

// outer is the guest's form of one of the lab's addresses. Both ends of an
// IPv4 conversation are IPv4's, even where one is a dual-stack socket: other
// is the other end.
func (s *socket) outer(at abi.Sockaddr, other netip.Addr) abi.Sockaddr {
	ip := v4Loopback
	if s.family == abi.AF_INET6 {
		if ip = v6Loopback; at.IP.Addr().Unmap() == s.lab.v4 || other.Unmap() == s.lab.v4 {
			ip = mapped
		}
	}
	return abi.InetAddr(netip.AddrPortFrom(ip, at.IP.Port()))
}

// LocalAddr tells the socket's own address.
func (s *socket) LocalAddr() (abi.Sockaddr, abi.Errno) {
	addr, err := s.Socket.LocalAddr()
	if err != abi.OK {
		return addr, err
	}
	peer, noPeer := s.Socket.PeerAddr()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peer.scope != 0 {
		peer = s.form(netip.AddrPortFrom(s.lab.addr(s.peer.scope), 0))
	}
	if noPeer == abi.OK || s.settled {
		return s.outer(addr, peer.IP.Addr()), abi.OK
	}
	asked := s.asked
	if !asked.IsValid() {
		asked = s.any()
	}
	return abi.InetAddr(netip.AddrPortFrom(asked, addr.IP.Port())), abi.OK
}

func (s *socket) any() netip.Addr {
	if s.family == abi.AF_INET6 {
		return v6Any
	}
	return v4Any
}

// PeerAddr tells the address at the other end.
func (s *socket) PeerAddr() (abi.Sockaddr, abi.Errno) {
	addr, err := s.Socket.PeerAddr()
	if err != abi.OK {
		return addr, err
	}
	if !s.stream {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.peer.said, abi.OK
	}
	local, _ := s.Socket.LocalAddr()
	return s.outer(addr, local.IP.Addr()), abi.OK
}

// Listen makes the socket accept connections.
func (s *socket) Listen(backlog int) abi.Errno {
	s.mu.Lock()
	bound := s.hold != nil
	s.mu.Unlock()
	if s.stream && !bound {
		if err := s.Bind(abi.InetAddr(netip.AddrPortFrom(s.any(), 0))); err != abi.OK {
			return err
		}
	}
	err := s.Socket.Listen(backlog)
	if err != abi.OK {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shadow != nil {
		s.shadow.Listen(0)
	}
	s.lab.ports.update(s.hold, func(h *hold) { h.listened, h.ended, h.backlog = true, false, backlog })
	return abi.OK
}

// Accept takes the next connection from a member.
func (s *socket) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	for {
		conn, from, err := s.Socket.Accept(ctx)
		if err != abi.OK {
			return nil, from, err
		}
		if !s.lab.members(from.IP.Addr()) {
			conn.Close()
			continue
		}
		child := &socket{
			SocketLayer: sock.SocketLayer{Socket: conn}, m: s.m, lab: s.lab, family: s.family, stream: true,
			sourced: true, settled: true,
		}
		s.mu.Lock()
		child.v6only = s.v6only
		h := s.hold
		s.mu.Unlock()
		s.lab.ports.update(h, func(h *hold) { h.accepted++ })
		if s.family == abi.AF_INET6 {
			local, _ := conn.LocalAddr()
			from = s.outer(from, local.IP.Addr())
		} else {
			from = s.outer(from, netip.Addr{})
		}
		if err := s.lab.add(child); err != abi.OK {
			return nil, abi.Sockaddr{}, err
		}
		return child, from, abi.OK
	}
}

// Shutdown ends directions.
func (s *socket) Shutdown(how abi.How) abi.Errno {
	err := s.Socket.Shutdown(how)
	if err == abi.OK && how != abi.SHUT_WR {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lab.ports.update(s.hold, func(h *hold) { h.ended = true })
	}
	return err
}

// Close closes the socket and gives its port up.
func (s *socket) Close() abi.Errno {
	s.lab.drop(s)
	s.mu.Lock()
	if s.hold != nil {
		s.lab.ports.release(s.hold)
		s.hold = nil
	}
	s.mu.Unlock()
	return s.Socket.Close()
}
