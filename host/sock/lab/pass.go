package lab

import (
	"context"
	"fmt"
	"net/netip"

	"socklab/host/abi"
	"socklab/host/sock"
)

// SendMsg sends p with control messages.
func (t *tracked) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	var moving []*hold
	for _, c := range control {
		for _, x := range c.Sockets {
			if s, ok := sock.Find[*socket](x); ok && s.lab == t.lab {
				s.mu.Lock()
				h := s.hold
				s.mu.Unlock()
				if h != nil { // before the send, since it may arrive before that returns
					t.lab.ports.send(h, 1)
					moving = append(moving, h)
				}
			}
		}
	}
	n, err := sock.SendMsg(ctx, t.Socket, p, flags, to, control)
	if err != abi.OK {
		for _, h := range moving {
			t.lab.ports.send(h, -1)
		}
	}
	return n, err
}

// RecvMsg receives into p, with control messages.
func (t *tracked) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return sock.RecvMsg(ctx, t.Socket, p, flags, control)
}

// Adopt takes in a socket that came from another member, or one that has no
// address yet. One with an address elsewhere would lead out of the lab.
func (m *member) Adopt(came sock.Socket) (sock.Socket, abi.Errno) {
	under, err := sock.Adopt(m.Stack, came)
	if err != abi.OK {
		return nil, err
	}
	info := under.Info()
	if info.Family == abi.AF_UNIX {
		s, err := m.lab.space.Adopt(under, m.resolve)
		if err != abi.OK {
			m.note.Leave("an AF_UNIX socket was dropped that came: its name is none of the lab's")
			return nil, err
		}
		return m.lab.tracked(s)
	}
	if info.Proto == abi.IPPROTO_UDPLITE {
		m.note.Leave("a socket was dropped that came: a lab has no UDP-Lite")
		under.Close()
		return nil, abi.EPROTONOSUPPORT
	}
	s := &socket{SocketLayer: sock.SocketLayer{Socket: under}, m: m, lab: m.lab, family: info.Family, stream: info.Type == abi.SOCK_STREAM}
	if err := s.adopt(); err != abi.OK {
		under.Close()
		return nil, err
	}
	return s, m.lab.add(s)
}

// adopt makes a socket what it was to the member who has sent it.
func (s *socket) adopt() abi.Errno {
	local, err := s.Socket.LocalAddr()
	if err != abi.OK {
		return err
	}
	peer, none := s.Socket.PeerAddr()
	switch ip := local.IP.Addr(); {
	case none != abi.OK && local.IP.Port() == 0 && ip.IsUnspecified():
		if s.family == abi.AF_INET6 {
			s.initV6Only()
		}
		return abi.OK
	case !s.lab.members(ip):
		return s.elsewhere("bound to", local)
	case none == abi.OK && !s.lab.members(peer.IP.Addr()):
		return s.elsewhere("connected to", peer)
	}
	at := netip.AddrPortFrom(local.IP.Addr().Unmap(), local.IP.Port())
	s.sourced, s.settled = true, none == abi.OK
	if h := s.lab.ports.arrive(s.stream, none == abi.OK, at); h != nil {
		s.hold, s.asked, s.v6only, s.shadow = h, h.asked, h.v6only, h.shadow
	}
	if none == abi.OK && !s.stream {
		s.peer = target{said: s.outer(peer, local.IP.Addr()), scope: v4, kernel: netip.AddrPortFrom(peer.IP.Addr().Unmap(), peer.IP.Port())}
		if s.peer.kernel.Addr() == s.lab.v6 {
			s.peer.scope = v6
		}
	}
	return abi.OK
}

func (s *socket) elsewhere(how string, addr abi.Sockaddr) abi.Errno {
	s.m.note.Leave(fmt.Sprintf("a socket was dropped that came %s %s: it is not of this lab", how, addr.IP))
	return abi.EACCES
}
