package lab

import (
	"context"
	"net/netip"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Connect connects, or sets a datagram socket's peer.
func (s *socket) Connect(ctx context.Context, addr abi.Sockaddr) abi.Errno {
	if addr.Family == abi.AF_UNSPEC {
		err := s.Socket.Connect(ctx, addr)
		if err == abi.OK {
			s.mu.Lock()
			s.peer, s.settled = target{}, false
			s.mu.Unlock()
		}
		return err
	}
	changes := s.lab.ports.changes.Load()
	to, err := s.target(addr)
	if err == abi.OK {
		err = s.source(to.scope, true)
	}
	if err != abi.OK {
		return s.fail("connect", addr, err)
	}
	err = s.Socket.Connect(ctx, s.form(to.kernel))
	if err == abi.OK || err == abi.EINPROGRESS {
		s.mu.Lock()
		s.settled = true
		if !s.stream {
			s.peer, s.seen = to, changes
		}
		s.mu.Unlock()
	}
	return s.fail("connect", addr, err)
}

// target finds where in the lab an address leads.
func (s *socket) target(addr abi.Sockaddr) (target, abi.Errno) {
	switch {
	case addr.Family == s.family:
	case addr.Family == abi.AF_INET && s.family == abi.AF_INET6 && !s.stream:
	default:
		return target{}, abi.EAFNOSUPPORT
	}
	ip, port := addr.IP.Addr(), addr.IP.Port()
	sc, ok := inner(ip)
	s.mu.Lock()
	v6only := s.v6only
	s.mu.Unlock()
	switch {
	case !ok:
		return target{}, abi.EACCES
	case v6only && ip.Unmap().Is4():
		return target{}, abi.ENETUNREACH
	case !s.stream && ip.Unmap() == broadcast && !s.option(optBroadcast):
		return target{}, abi.EACCES
	}
	to := target{scope: sc, said: addr}
	to.said.Family, to.said.Zone = s.family, 0
	switch { // the wildcard means this host
	case ip.IsUnspecified() && s.family == abi.AF_INET6 && ip.Is6():
		to.said.IP = netip.AddrPortFrom(v6Loopback, port)
	case ip.Unmap().IsUnspecified() && s.family == abi.AF_INET:
		to.said.IP = netip.AddrPortFrom(v4Loopback, port)
	case ip.Unmap().IsUnspecified():
		to.said.IP = netip.AddrPortFrom(mapped, port)
	case s.family == abi.AF_INET6:
		to.said.IP = netip.AddrPortFrom(netip.AddrFrom16(ip.As16()), port)
	}
	to.kernel = s.lab.lead(s.stream, sc, port)
	return to, abi.OK
}

// lead is where on the machine a port of the lab is: where a member has bound
// it, or else a port that refuses.
func (l *Lab) lead(stream bool, from scope, port uint16) netip.AddrPort {
	if at, ok := l.ports.find(stream, from, port); ok {
		return at
	}
	if stream {
		return l.refuse.stream
	}
	if port == 0 { // which no datagram can be sent to: the kernel has its own errors for it
		return netip.AddrPortFrom(l.addr(from), 0)
	}
	return l.refuse.dgram
}

// source gives a socket that has none an address to send from, since the
// kernel would take 127.0.0.1's. to is 0 where it does not matter.
func (s *socket) source(to scope, connect bool) abi.Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sourced {
		return abi.OK
	}
	if s.family == abi.AF_INET || to == 0 {
		to = v4
	}
	if s.stream {
		from := s.form(netip.AddrPortFrom(s.lab.addr(to), 0))
		b, ok := sock.Find[sock.LateBinder](s.Socket)
		if !ok || b.BindLate(from) != abi.OK {
			if err := s.Socket.Bind(from); err != abi.OK {
				return err
			}
		}
		s.sourced = true
		return abi.OK
	}
	sc := to
	if s.family == abi.AF_INET6 && !connect {
		if sc = dual; s.v6only {
			sc = v6
		}
	}
	if err := s.Socket.Bind(s.form(netip.AddrPortFrom(s.lab.addr(sc), 0))); err != abi.OK {
		return err
	}
	s.register(sc, true)
	return abi.OK
}

// Send sends p. A stream ignores the address, as Linux does.
func (s *socket) Send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	return s.send(ctx, p, flags, to, nil)
}

func (s *socket) send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	if s.stream {
		return sock.SendMsg(ctx, s.Socket, p, flags, abi.Sockaddr{}, control)
	}
	if to.Family == abi.AF_UNSPEC {
		if err := s.source(0, false); err != abi.OK { // even a send that fails gives the socket a port
			return 0, err
		}
		said := s.follow()
		n, err := sock.SendMsg(ctx, s.Socket, p, flags, abi.Sockaddr{}, control)
		return n, s.fail("send", said, err)
	}
	t, err := s.target(to)
	if err == abi.OK {
		err = s.source(t.scope, false)
	}
	if err != abi.OK {
		return 0, s.fail("sendto", to, err)
	}
	n, err := sock.SendMsg(ctx, s.Socket, p, flags, s.form(t.kernel), control)
	return n, s.fail("sendto", to, err)
}

// follow connects a datagram socket anew if its peer's port has changed
// hands, and returns the peer.
func (s *socket) follow() abi.Sockaddr {
	s.mu.Lock()
	defer s.mu.Unlock()
	changes := s.lab.ports.changes.Load()
	if s.peer.said.Family == abi.AF_UNSPEC || changes == s.seen {
		return s.peer.said
	}
	s.seen = changes
	if at := s.lab.lead(false, s.peer.scope, s.peer.said.IP.Port()); at != s.peer.kernel {
		if s.Socket.Connect(context.Background(), s.form(at)) == abi.OK {
			s.peer.kernel = at
		}
	}
	return s.peer.said
}

// Recv receives into p, from members only.
func (s *socket) Recv(ctx context.Context, p []byte, flags abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return s.recv(ctx, p, flags, nil)
}

func (s *socket) recv(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	for {
		n, from, out, err := sock.RecvMsg(ctx, s.Socket, p, flags, control)
		if s.stream || err != abi.OK {
			return n, from, out, s.failRecv(err)
		}
		if s.lab.members(from.IP.Addr()) {
			return n, s.sender(from), out, abi.OK
		}
		if control != nil {
			control.Close()
		}
		if flags&abi.MSG_PEEK != 0 { // the stranger's datagram goes
			s.Socket.Recv(ctx, nil, abi.MSG_DONTWAIT)
		}
	}
}

// sender is the guest's form of the address that a datagram came from.
func (s *socket) sender(from abi.Sockaddr) abi.Sockaddr {
	var own netip.Addr
	if s.family == abi.AF_INET6 {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.hold != nil && s.hold.scope == v4 || s.peer.scope == v4 {
			own = s.lab.v4
		}
	}
	return s.outer(from, own)
}
