package policy

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Connect connects, or sets a datagram socket's peer.
func (s *socket) Connect(ctx context.Context, addr abi.Sockaddr) abi.Errno {
	if addr.Family == abi.AF_UNSPEC {
		return s.Socket.Connect(ctx, addr)
	}
	to, err := s.permit(addr, "connect to")
	if err != abi.OK {
		return err
	}
	if !s.stream {
		if err := s.settle(); err != abi.OK {
			return err
		}
	}
	return s.Socket.Connect(ctx, to)
}

// Send sends p. A stream ignores the address, as Linux does: nothing must be
// able to connect by it.
func (s *socket) Send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	return s.SendMsg(ctx, p, flags, to, nil)
}

// SendMsg sends p with control messages.
func (s *socket) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	if err := s.permitControl(control); err != abi.OK {
		return 0, err
	}
	if s.stream {
		return sock.SendMsg(ctx, s.Socket, p, flags, abi.Sockaddr{}, control)
	}
	if to.Family != abi.AF_UNSPEC {
		var err abi.Errno
		if to, err = s.permit(to, "send to"); err != abi.OK {
			return 0, err
		}
	}
	if err := s.settle(); err != abi.OK { // even a send that fails gives the socket a port
		return 0, err
	}
	return sock.SendMsg(ctx, s.Socket, p, flags, to, control)
}

// permit returns the address to use for one that the guest has named.
func (s *socket) permit(addr abi.Sockaddr, verb string) (abi.Sockaddr, abi.Errno) {
	if !internet(addr.Family) || s.family == abi.AF_INET && addr.Family != abi.AF_INET {
		return addr, abi.EAFNOSUPPORT
	}
	to := plain(addr)
	ip := to.Addr()
	switch {
	case ip.IsUnspecified(): // this host
		addr.IP = netip.AddrPortFrom(loopbackFor(addr.IP.Addr()), to.Port())
		return addr, abi.OK
	case ip.IsLoopback():
		return addr, abi.OK
	case s.p.door(to):
		return addr, abi.OK
	case !s.stream && s.heardFrom(to):
		return addr, abi.OK
	}
	s.note.Leave(fmt.Sprintf("the sandbox refused to %s %s: only loopback (127.0.0.1, ::1) can be reached from here", verb, to))
	return addr, abi.EACCES
}

func loopbackFor(wildcard netip.Addr) netip.Addr {
	switch {
	case wildcard.Is4():
		return v4Loopback
	case wildcard.Is4In6():
		return netip.AddrFrom16(v4Loopback.As16())
	}
	return v6Loopback
}

// peers are the last to have written to a datagram socket from an address
// that is not loopback's: through ListenOn, or from this very machine.
type peers struct {
	last [64]netip.AddrPort
	next int
}

func (s *socket) heardFrom(from netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard != nil && slices.Contains(s.heard.last[:], from)
}

func (s *socket) hear(from netip.AddrPort) {
	if s.heardFrom(from) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard == nil {
		s.heard = &peers{}
	}
	s.heard.last[s.heard.next] = from
	s.heard.next = (s.heard.next + 1) % len(s.heard.last)
}

// Recv receives into p.
func (s *socket) Recv(ctx context.Context, p []byte, flags abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return s.RecvMsg(ctx, p, flags, nil)
}

// RecvMsg receives into p, with control messages.
func (s *socket) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	for {
		n, from, out, err := sock.RecvMsg(ctx, s.Socket, p, flags, control)
		if s.stream || err != abi.OK || !internet(from.Family) {
			return n, from, out, err
		}
		at := plain(from)
		if at.Addr().IsLoopback() || s.listensTo(at) {
			return n, from, out, err
		}
		if control != nil {
			control.Close()
		}
		if flags&abi.MSG_PEEK != 0 { // the stranger's datagram goes
			s.Socket.Recv(ctx, nil, abi.MSG_DONTWAIT)
		}
	}
}

// listensTo reports whether a datagram from outside is for the guest.
func (s *socket) listensTo(at netip.AddrPort) bool {
	s.mu.Lock()
	filter := s.filter
	s.mu.Unlock()
	if filter {
		return s.p.door(at)
	}
	s.hear(at)
	return true
}
