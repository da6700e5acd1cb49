package local

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path"
	"sync"

	"socklab/host/abi"
	"socklab/host/sock"
)

// socket is an AF_UNIX socket that speaks a guest's names.
type socket struct {
	sock.SocketLayer
	space   *Space
	resolve Resolver
	typ     abi.Type
	note    sock.Note

	mu      sync.Mutex
	own     string // the guest's name for it, once bound
	peer    string // the name it was connected by
	real    string // the path it is bound to
	release func()
	closed  bool
}

// Bind gives the socket a name. No name at all means an abstract one of the
// system's choice, as in unix(7).
func (s *socket) Bind(addr abi.Sockaddr) abi.Errno {
	switch {
	case addr.Family != abi.AF_UNIX:
		return abi.EINVAL
	case addr.Path == "":
		return s.autobind()
	case addr.Path[0] == 0:
		return s.bindAbstract(addr.Path)
	}
	real, release, err := s.find(addr.Path, false)
	if err != abi.OK {
		return err
	}
	if err := s.Socket.Bind(abi.UnixAddr(real)); err != abi.OK {
		release()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		release()
		return abi.EBADF
	}
	s.own, s.real, s.release = addr.Path, real, release
	s.space.bound(real, addr.Path)
	return abi.OK
}

func (s *socket) bindAbstract(name string) abi.Errno {
	err := s.Socket.Bind(abi.UnixAddr(s.space.outer(name)))
	if err == abi.OK {
		s.mu.Lock()
		s.own = name
		s.mu.Unlock()
	}
	return err
}

func (s *socket) autobind() abi.Errno {
	if here, err := s.Socket.LocalAddr(); err != abi.OK || here.Path != "" {
		return err // bound already: Linux leaves it as it is
	}
	for range 64 {
		if err := s.bindAbstract(fmt.Sprintf("\x00%05x", rand.N(1<<20))); err != abi.EADDRINUSE {
			return err
		}
	}
	return abi.ENOSPC
}

// find asks the resolver.
func (s *socket) find(name string, connect bool) (string, func(), abi.Errno) {
	if s.resolve == nil {
		s.note.Leave(fmt.Sprintf("%q is no path of this guest's: it was given no folder", name))
		return "", nil, abi.EACCES
	}
	real, release, err := s.resolve(name, connect)
	if err == abi.OK && release == nil {
		release = func() {}
	}
	// What tutorials bind is in /tmp, which a program's own folder seldom has.
	if dir := path.Dir(name); err == abi.ENOENT && !connect && path.IsAbs(name) && dir != "/" {
		s.note.Leave(fmt.Sprintf("there is no folder %s here: a program sees the folders that it was given, as a rule one as its /", dir))
	}
	return real, release, err
}

// target is the kernel's form of an address to connect or send to. The
// returned function must be called after that.
func (s *socket) target(addr abi.Sockaddr) (abi.Sockaddr, func(), abi.Errno) {
	switch {
	case addr.Family != abi.AF_UNIX || addr.Path == "":
		return addr, nil, abi.EINVAL
	case addr.Path[0] == 0:
		return abi.UnixAddr(s.space.outer(addr.Path)), func() {}, abi.OK
	}
	real, release, err := s.find(addr.Path, true)
	return abi.UnixAddr(real), release, err
}

// Connect connects to a name.
func (s *socket) Connect(ctx context.Context, addr abi.Sockaddr) abi.Errno {
	if addr.Family == abi.AF_UNSPEC {
		return s.Socket.Connect(ctx, addr)
	}
	to, release, err := s.target(addr)
	if err != abi.OK {
		return err
	}
	defer release()
	err = s.Socket.Connect(ctx, to)
	if err == abi.OK || err == abi.EINPROGRESS {
		s.mu.Lock()
		s.peer = addr.Path
		s.mu.Unlock()
	}
	return err
}

// Accept takes the next connection, which has the listener's name.
func (s *socket) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	conn, from, err := s.Socket.Accept(ctx)
	if err != abi.OK {
		return nil, from, err
	}
	s.mu.Lock()
	own := s.own
	s.mu.Unlock()
	child := &socket{SocketLayer: sock.SocketLayer{Socket: conn}, space: s.space, resolve: s.resolve, typ: s.typ, own: own}
	return child, s.space.inner(from), abi.OK
}

// Send sends p. Only a datagram may name its receiver, as in unix(7).
func (s *socket) Send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	return s.SendMsg(ctx, p, flags, to, nil)
}

// SendMsg sends p with control messages.
func (s *socket) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	if to.Family == abi.AF_UNSPEC {
		return sock.SendMsg(ctx, s.Socket, p, flags, to, control)
	}
	switch s.typ {
	case abi.SOCK_STREAM:
		if _, err := s.Socket.PeerAddr(); err == abi.OK {
			return 0, abi.EISCONN
		}
		return 0, abi.EOPNOTSUPP
	case abi.SOCK_SEQPACKET:
		return sock.SendMsg(ctx, s.Socket, p, flags, abi.Sockaddr{}, control)
	}
	real, release, err := s.target(to)
	if err != abi.OK {
		return 0, err
	}
	defer release()
	return sock.SendMsg(ctx, s.Socket, p, flags, real, control)
}

// Recv receives into p.
func (s *socket) Recv(ctx context.Context, p []byte, flags abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return s.RecvMsg(ctx, p, flags, nil)
}

// RecvMsg receives into p, with control messages.
func (s *socket) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	n, from, out, err := sock.RecvMsg(ctx, s.Socket, p, flags, control)
	return n, s.space.inner(from), out, err
}

// LocalAddr tells the socket's own name.
func (s *socket) LocalAddr() (abi.Sockaddr, abi.Errno) {
	addr, err := s.Socket.LocalAddr()
	if err != abi.OK || addr.Path == "" {
		return addr, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return abi.UnixAddr(s.own), abi.OK
}

// PeerAddr tells the peer's name. A peer of another world has the name that
// this socket was connected by, if any.
func (s *socket) PeerAddr() (abi.Sockaddr, abi.Errno) {
	addr, err := s.Socket.PeerAddr()
	if err != abi.OK || addr.Path == "" {
		return addr, err
	}
	if addr = s.space.inner(addr); addr.Path == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		addr.Path = s.peer
	}
	return addr, abi.OK
}

// Close closes the socket; a path's file stays.
func (s *socket) Close() abi.Errno {
	err := s.Socket.Close()
	s.mu.Lock()
	release, real := s.release, s.real
	s.release, s.closed = nil, true
	s.mu.Unlock()
	if release != nil {
		s.space.closed(real)
		release()
	}
	return err
}

// Explain tells why a name was refused.
func (s *socket) Explain() string {
	if why := s.note.Take(); why != "" {
		return why
	}
	return s.SocketLayer.Explain()
}
