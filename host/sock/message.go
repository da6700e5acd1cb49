package sock

import (
	"context"
	"encoding/binary"
	"net/netip"

	"socklab/host/abi"
)

// Control is one control message: what travels beside the bytes of a message,
// or is told of how they came. cmsg(3)
type Control struct {
	Level abi.Level
	Type  int32
	Data  []byte // in the guest's layout; nil for SCM_RIGHTS
	// Sockets is what SCM_RIGHTS carries. To send is to lend: they stay the
	// sender's. Received ones are the receiver's, who gives each to Adopt, or
	// closes it.
	Sockets []Socket
}

// MaxRights is how many descriptors one message can carry: Linux's SCM_MAX_FD.
const MaxRights = 253

// Controls is where a receive puts the control messages that came.
type Controls struct {
	Rights int // how many sockets may come; more are dropped, with MSG_CTRUNC
	List   []Control
}

// Close closes the sockets that came.
func (c *Controls) Close() {
	for i := range c.List {
		for _, s := range c.List[i].Sockets {
			s.Close()
		}
	}
	c.List = nil
}

// Messenger is what a Socket offers that carries control messages. A decorator
// of a Socket has to offer it itself: what passes by it unseen might be what
// it is there to stop.
type Messenger interface {
	// SendMsg is Send with control messages. A stream's go with the first
	// bytes. sendmsg(2)
	//
	// # Errors
	//   - EOPNOTSUPP: a control message that is none of those in package abi.
	//   - EINVAL: its data is not as it must be.
	//   - EBADF: one of the sockets is closed.
	SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []Control) (int, abi.Errno)
	// RecvMsg is Recv with control messages. out has MSG_CTRUNC if some were
	// dropped: too many sockets, or what no guest may have, such as a file.
	// recvmsg(2)
	RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *Controls) (n int, from abi.Sockaddr, out abi.MsgFlags, err abi.Errno)
}

// Adopter is what a Stack offers whose sockets may come by SCM_RIGHTS. A
// decorator of a Stack has to offer it itself, as a Messenger.
type Adopter interface {
	// Adopt makes a socket that RecvMsg brought one of the Stack's own, with
	// everything that holds for those. It closes a socket that it refuses.
	//
	// # Errors
	//   - EACCES: it is bound or connected where the Stack's own could not be.
	Adopt(s Socket) (Socket, abi.Errno)
}

// SendMsg sends control messages by a Socket; without any it is Send.
func SendMsg(ctx context.Context, s Socket, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []Control) (int, abi.Errno) {
	if len(control) == 0 {
		return s.Send(ctx, p, flags, to)
	}
	if m, ok := s.(Messenger); ok {
		return m.SendMsg(ctx, p, flags, to, control)
	}
	return 0, abi.EOPNOTSUPP
}

// RecvMsg receives control messages from a Socket that has them; with nil for
// control it is Recv.
func RecvMsg(ctx context.Context, s Socket, p []byte, flags abi.MsgFlags, control *Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	if control != nil {
		if m, ok := s.(Messenger); ok {
			return m.RecvMsg(ctx, p, flags, control)
		}
	}
	return s.Recv(ctx, p, flags)
}

// Adopt asks a Stack to adopt a socket; one that knows no better refuses.
func Adopt(st Stack, s Socket) (Socket, abi.Errno) {
	if a, ok := st.(Adopter); ok {
		return a.Adopt(s)
	}
	s.Close()
	return nil, abi.EOPNOTSUPP
}

// SourceOf is the address that a control message asks to send from, and the
// index of the interface, 0 for any; false if it is about another thing. ip(7), ipv6(7)
func SourceOf(c Control) (from netip.Addr, index uint32, ok bool) {
	switch {
	case c.Level == abi.Level(abi.IPPROTO_IP) && c.Type == abi.IP_PKTINFO && len(c.Data) == 12:
		return netip.AddrFrom4([4]byte(c.Data[4:])), binary.LittleEndian.Uint32(c.Data), true
	case c.Level == abi.Level(abi.IPPROTO_IPV6) && c.Type == abi.IPV6_PKTINFO && len(c.Data) == 20:
		return netip.AddrFrom16([16]byte(c.Data)), binary.LittleEndian.Uint32(c.Data[16:]), true
	}
	return netip.Addr{}, 0, false
}
