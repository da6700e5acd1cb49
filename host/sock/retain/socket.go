package retain

import (
	"context"
	"encoding/binary"
	"math"

	"socklab/host/abi"
	"socklab/host/sock"
)

// socket is a socket of one instance. Bind may put another one in the place
// of the Socket below, so it must not be called at the same time as others.
type socket struct {
	sock.SocketLayer
	r   *Retain
	era uint64
	key key

	bound  bool // by the program, to an address that can be found again
	listen bool
	ended  bool
	peer   bool
	set    map[abi.Option]bool
}

var (
	optV6Only = abi.Option{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_V6ONLY}
	optSndBuf = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_SNDBUF}
	optRcvBuf = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_RCVBUF}
)

// Bind gives the socket an address, or makes it the one that was kept there.
func (s *socket) Bind(addr abi.Sockaddr) abi.Errno {
	if s.bound {
		return s.Socket.Bind(addr)
	}
	k := s.key
	k.addr = addr
	if s.key.family == abi.AF_INET6 {
		var v [4]byte
		s.Socket.GetOption(optV6Only, v[:])
		k.v6only = v != [4]byte{}
	}
	again := addr.IP.Port() != 0
	if addr.Family == abi.AF_UNIX {
		again = addr.Path != ""
	}
	same := func(x key) bool { return x == k }
	var err abi.Errno
	if again && addr.Family != abi.AF_UNIX && s.adopt(same) {
		return abi.OK
	}
	if err = s.Socket.Bind(addr); err == abi.EADDRINUSE && again {
		// A path in use is our own file, unless the program has removed it first.
		if addr.Family == abi.AF_UNIX && s.adopt(same) {
			return abi.OK
		}
		if s.drop(k.rivals) {
			err = s.Socket.Bind(addr)
		}
	}
	if err == abi.OK {
		s.drop(same)
		s.key, s.bound = k, again
	}
	return err
}

// adopt makes the socket one of those that were kept.
func (s *socket) adopt(chosen func(key) bool) bool {
	found := s.r.take(1, chosen)
	if len(found) == 0 {
		return false
	}
	old := found[0]
	for opt := range old.set {
		s.carry(opt, old.Socket)
	}
	for opt := range s.set {
		s.carry(opt, old.Socket)
	}
	old.SetNonblock(s.Nonblock())
	s.Socket.Close()
	s.Socket, s.key, s.bound = old.Socket, old.key, true
	return true
}

// carry gives the kept socket an option as the new one has it.
func (s *socket) carry(opt abi.Option, to sock.Socket) {
	var v [64]byte
	n, err := s.Socket.GetOption(opt, v[:])
	if err != abi.OK {
		return
	}
	if opt == optSndBuf || opt == optRcvBuf { // reads back doubled: socket(7)
		binary.LittleEndian.PutUint32(v[:], binary.LittleEndian.Uint32(v[:])/2)
	}
	to.SetOption(opt, v[:n])
}

// drop closes kept sockets that are in the way.
func (s *socket) drop(chosen func(key) bool) bool {
	found := s.r.take(math.MaxInt, chosen)
	for _, k := range found {
		k.Close()
	}
	return len(found) > 0
}

// SetOption sets an option, and remembers that it was set.
func (s *socket) SetOption(opt abi.Option, value []byte) abi.Errno {
	err := s.Socket.SetOption(opt, value)
	if err == abi.OK && opt != optV6Only {
		if s.set == nil {
			s.set = map[abi.Option]bool{}
		}
		s.set[opt] = true
	}
	return err
}

// Listen makes the socket accept connections; one that was kept does so
// already, and gets the new backlog.
func (s *socket) Listen(backlog int) abi.Errno {
	err := s.Socket.Listen(backlog)
	if err == abi.OK {
		s.listen = true
	}
	return err
}

// Accept takes the next connection.
func (s *socket) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	conn, from, err := s.Socket.Accept(ctx)
	if err != abi.OK {
		return nil, from, err
	}
	c := s.r.wrap(conn, key{family: s.key.family, typ: s.key.typ})
	c.era = s.era
	return c, from, abi.OK
}

// Connect connects, or sets a datagram socket's peer.
func (s *socket) Connect(ctx context.Context, addr abi.Sockaddr) abi.Errno {
	s.peer = addr.Family != abi.AF_UNSPEC
	return s.Socket.Connect(ctx, addr)
}

// SendMsg sends p with control messages.
func (s *socket) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	return sock.SendMsg(ctx, s.Socket, p, flags, to, control)
}

// RecvMsg receives into p, with control messages.
func (s *socket) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return sock.RecvMsg(ctx, s.Socket, p, flags, control)
}

// Shutdown ends directions.
func (s *socket) Shutdown(how abi.How) abi.Errno {
	s.ended = true
	return s.Socket.Shutdown(how)
}

// Close closes the socket, or keeps it for the next instance.
func (s *socket) Close() abi.Errno {
	if s.era == s.r.era.Load() {
		return s.Socket.Close()
	}
	switch {
	case s.bound && !s.ended && (s.listen || s.key.typ == abi.SOCK_DGRAM && !s.peer):
		s.r.keep(&kept{Socket: s.Socket, key: s.key, set: s.set})
		return abi.OK
	case s.key.typ == abi.SOCK_STREAM && !s.listen:
		return s.r.finish(s.Socket)
	}
	return s.Socket.Close()
}
