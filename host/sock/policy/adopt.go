package policy

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Adopt takes in a socket that came from another guest, or from a native
// program: one that its own guest could have made. It may be
//
//   - without an address;
//   - bound to loopback, or to a wildcard address if it is tied to the
//     loopback interface or hears nobody yet;
//   - connected to loopback or through a door.
//
// A connection that Options.ListenOn let in from outside is not among them:
// nothing tells it from one that went out.
func (p *Policy) Adopt(came sock.Socket) (sock.Socket, abi.Errno) {
	under, err := sock.Adopt(p.Stack, came)
	if err != abi.OK {
		return nil, err
	}
	info := under.Info()
	if info.Family == abi.AF_UNIX {
		s, err := p.o.Space.Adopt(under, p.o.Resolve)
		if err != abi.OK {
			p.note.Leave("an AF_UNIX socket was dropped that came: its name is none of this guest's")
		}
		return s, err
	}
	s := p.wrap(under, info.Family, info.Type).(*socket)
	if err := s.settled(); err != abi.OK {
		under.Close()
		return nil, err
	}
	return s, abi.OK
}

// settled looks at a socket that has a life behind it, and makes the policy's
// state what it would be if that life had been here.
func (s *socket) settled() abi.Errno {
	local, err := s.Socket.LocalAddr()
	if err != abi.OK {
		return err
	}
	own := plain(local)
	if peer, err := s.Socket.PeerAddr(); err == abi.OK {
		if to := plain(peer); !to.Addr().IsLoopback() && !s.p.door(to) {
			return s.dropped("connected to", to)
		}
		s.bound = true
		return abi.OK
	}
	switch {
	case own.Port() == 0 && own.Addr().IsUnspecified():
		return abi.OK
	case own.Addr().IsLoopback(), own.Addr() == s.p.o.ListenOn, own.Addr().IsUnspecified() && s.p.o.ListenOn.IsValid() && s.p.o.ListenOn.IsUnspecified():
	case !own.Addr().IsUnspecified():
		return s.dropped("bound to", own)
	case s.stream && !s.listens():
		s.wild = true // Listen ties it
	case tied(s.Socket):
		s.wild, s.tied = true, true
	case !s.stream && len(s.p.o.Doors) > 0:
		s.wild, s.filter = true, true
	default:
		return s.dropped("bound to", own)
	}
	s.bound = true
	return abi.OK
}

func (s *socket) dropped(how string, addr netip.AddrPort) abi.Errno {
	s.p.note.Leave(fmt.Sprintf("a socket was dropped that came %s %s: only loopback (127.0.0.1, ::1) can be reached from here", how, addr))
	return abi.EACCES
}

// listens tells SO_ACCEPTCONN.
func (s *socket) listens() bool {
	var v [4]byte
	_, err := s.Socket.GetOption(abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_ACCEPTCONN}, v[:])
	return err != abi.OK || binary.LittleEndian.Uint32(v[:]) != 0
}

// tied reports whether a socket is tied to the loopback interface already.
func tied(s sock.Socket) bool {
	c, ok := sock.Find[sock.Confiner](s)
	return ok && c.Confined()
}

// permitControl refuses a source address that is not loopback's, and an
// interface that is not: guests know it by the number 1.
func (s *socket) permitControl(control []sock.Control) abi.Errno {
	for _, c := range control {
		from, index, ok := sock.SourceOf(c)
		switch {
		case !ok:
		case index > 1:
			return abi.ENODEV
		case !from.IsUnspecified() && !from.Unmap().IsLoopback() && from.Unmap() != s.p.o.ListenOn:
			s.note.Leave(fmt.Sprintf("%s is not an address of the sandbox: it has only loopback's (127.0.0.1, ::1)", from))
			return abi.EADDRNOTAVAIL
		}
	}
	return abi.OK
}
