package check

import (
	"context"
	"sync"
	"sync/atomic"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

// watch decorates a guest's Stack, nearest to the guest, and keeps what a
// check must know of each of its sockets to tell a guest that is stuck from
// one that is slow: whose end of which connection it is, how many bytes have
// come through, whether a wait in it may end by itself.
type watch struct {
	sock.StackLayer
	changed func()      // something happened that a wait may be about
	frozen  atomic.Bool // what is closed from now on is closed by the lab

	mu    sync.Mutex
	socks []*watched // in order of their making: package wasi numbers them from 1 in the same order
}

// watched is one socket of a guest.
type watched struct {
	sock.SocketLayer
	w  *watch
	id uint64

	stream   bool
	local    atomic.Int32 // its port, 0 if not known
	peer     atomic.Int32 // the other end's
	listens  atomic.Bool
	accepted atomic.Int64
	received atomic.Int64 // bytes the guest has got
	sent     atomic.Int64
	eof      atomic.Bool // the guest was told the end of the stream
	broken   atomic.Bool // the guest was told that it is broken
	timed    atomic.Bool // a timeout is set
	shut     atomic.Bool
	closed   atomic.Bool
	unread   atomic.Int64 // bytes thrown away at close
	// inside counts the calls under way: a guest that a trace shows waiting in
	// a call, and that is not inside one, is on its way out of it.
	inside atomic.Int32
}

func (s *watched) enter() func() {
	s.inside.Add(1)
	return func() { s.inside.Add(-1) }
}

func (w *watch) wrap(s sock.Socket, typ abi.Type) *watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := &watched{SocketLayer: sock.SocketLayer{Socket: s}, w: w, id: uint64(len(w.socks) + 1), stream: typ == abi.SOCK_STREAM}
	w.socks = append(w.socks, x)
	return x
}

// all is every socket so far.
func (w *watch) all() []*watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.socks[:len(w.socks):len(w.socks)]
}

// find is the socket that a trace calls by that number, nil if there is none.
func (w *watch) find(id uint64) *watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id == 0 || id > uint64(len(w.socks)) {
		return nil
	}
	return w.socks[id-1]
}

// Socket makes a socket.
func (w *watch) Socket(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	s, err := w.Stack.Socket(family, typ, proto)
	if err != abi.OK {
		return nil, err
	}
	return w.wrap(s, typ), abi.OK
}

// SocketPair makes two connected sockets.
func (w *watch) SocketPair(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, sock.Socket, abi.Errno) {
	a, b, err := w.Stack.SocketPair(family, typ, proto)
	if err != abi.OK {
		return nil, nil, err
	}
	return w.wrap(a, typ), w.wrap(b, typ), abi.OK
}

// Adopt takes in a socket that came by SCM_RIGHTS.
func (w *watch) Adopt(came sock.Socket) (sock.Socket, abi.Errno) {
	s, err := sock.Adopt(w.Stack, came)
	if err != abi.OK {
		return nil, err
	}
	x := w.wrap(s, s.Info().Type)
	x.ports()
	return x, abi.OK
}

// ports reads both ends' ports, where they are known by now.
func (s *watched) ports() {
	if sa, err := s.LocalAddr(); err == abi.OK && sa.IP.IsValid() {
		s.local.Store(int32(sa.IP.Port()))
	}
	if sa, err := s.PeerAddr(); err == abi.OK && sa.IP.IsValid() {
		s.peer.Store(int32(sa.IP.Port()))
	}
}

// Bind gives the socket an address.
func (s *watched) Bind(addr abi.Sockaddr) abi.Errno {
	err := s.Socket.Bind(addr)
	if err == abi.OK {
		s.ports()
		s.w.changed()
	}
	return err
}

// Listen makes it accept connections.
func (s *watched) Listen(backlog int) abi.Errno {
	err := s.Socket.Listen(backlog)
	if err == abi.OK {
		s.ports()
		s.listens.Store(true)
		s.w.changed()
	}
	return err
}

// Accept takes the next connection.
func (s *watched) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	defer s.enter()()
	c, from, err := s.Socket.Accept(ctx)
	if err != abi.OK {
		return nil, from, err
	}
	x := s.w.wrap(c, abi.SOCK_STREAM)
	x.local.Store(s.local.Load())
	if from.IP.IsValid() {
		x.peer.Store(int32(from.IP.Port()))
	}
	s.accepted.Add(1)
	return x, from, abi.OK
}

// Connect connects. Where it is only begun, the peer is who was named.
func (s *watched) Connect(ctx context.Context, addr abi.Sockaddr) abi.Errno {
	defer s.enter()()
	err := s.Socket.Connect(ctx, addr)
	if err == abi.OK || err == abi.EINPROGRESS {
		s.ports()
		if addr.IP.IsValid() {
			s.peer.Store(int32(addr.IP.Port()))
		}
		s.w.changed()
	}
	return err
}

// Send sends p.
func (s *watched) Send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	return s.SendMsg(ctx, p, flags, to, nil)
}

// SendMsg sends p with control messages.
func (s *watched) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	defer s.enter()()
	n, err := sock.SendMsg(ctx, s.Socket, p, flags, to, control)
	if err == abi.OK {
		s.sent.Add(int64(n))
	} else if err == abi.EPIPE || err == abi.ECONNRESET {
		s.broken.Store(true)
	}
	return n, err
}

// Recv receives into p.
func (s *watched) Recv(ctx context.Context, p []byte, flags abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return s.RecvMsg(ctx, p, flags, nil)
}

// RecvMsg receives into p, with control messages.
func (s *watched) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	defer s.enter()()
	n, from, out, err := sock.RecvMsg(ctx, s.Socket, p, flags, control)
	switch {
	case err == abi.ECONNRESET:
		s.broken.Store(true)
	case err == abi.OK && flags&abi.MSG_PEEK == 0:
		s.received.Add(int64(n))
		if n == 0 && len(p) > 0 && s.stream {
			s.eof.Store(true)
		}
	}
	return n, from, out, err
}

// SetOption sets an option.
func (s *watched) SetOption(opt abi.Option, value []byte) abi.Errno {
	err := s.Socket.SetOption(opt, value)
	if err == abi.OK && opt.Level == abi.SOL_SOCKET && (opt.Num == abi.SO_RCVTIMEO || opt.Num == abi.SO_SNDTIMEO) {
		set := false
		for _, b := range value {
			set = set || b != 0
		}
		s.timed.Store(set)
	}
	return err
}

// Shutdown ends directions.
func (s *watched) Shutdown(how abi.How) abi.Errno {
	err := s.Socket.Shutdown(how)
	if err == abi.OK && how != abi.SHUT_RD {
		s.shut.Store(true)
	}
	return err
}

// Close closes the socket.
func (s *watched) Close() abi.Errno {
	if !s.w.frozen.Load() {
		if n, err := s.Pending(); err == abi.OK && s.stream && !s.listens.Load() {
			s.unread.Store(int64(n))
		}
		s.closed.Store(true)
	}
	err := s.Socket.Close()
	s.w.changed()
	return err
}

// ready reports whether a receive would not block, seen from below every
// decorator. It polls, since a peek would take an error such as ECONNRESET
// away from the guest: a socket tells it once.
func (s *watched) ready() bool {
	if s.closed.Load() {
		return true
	}
	p, err := kernel.NewPoller()
	if err != nil {
		return false
	}
	defer p.Close()
	n, errno := p.Wait(context.Background(), []sock.PollItem{{Source: s.Source(), Want: sock.Readable}}, 0)
	return errno != abi.OK || n > 0
}
