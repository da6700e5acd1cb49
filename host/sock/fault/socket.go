package fault

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// socket is a socket under the rules.
type socket struct {
	sock.SocketLayer
	f       *Fault
	family  abi.Family
	stream  bool
	inet    bool
	effects []effect
	mail    *mail // of a datagram socket with rules for its datagrams
	rng     *rand.Rand
	note    sock.Note
	done    chan struct{} // closed with the socket

	mu             sync.Mutex   // guards what follows, and the state of effects
	received, sent int64        // offsets in the two streams
	hand           *handshake   // a connect that has not ended
	dead           bool         // the connection was reset by a rule
	local          abi.Sockaddr // its address until then
	pending        abi.Errno    // an error to be told, as by SO_ERROR
	blame          Rule         // the rule behind pending
	closed         bool
}

func (f *Fault) wrap(under sock.Socket, family abi.Family, typ abi.Type) sock.Socket {
	s := &socket{
		SocketLayer: sock.SocketLayer{Socket: under}, f: f,
		family: family, stream: typ == abi.SOCK_STREAM, inet: family != abi.AF_UNIX,
		rng: rand.New(rand.NewPCG(f.seed, f.sockets.Add(1))), done: make(chan struct{}),
	}
	if s.inet && typ == abi.SOCK_DGRAM {
		s.mail = &mail{}
	}
	for _, r := range f.rules {
		if e := r.attach(s); e != nil {
			s.effects = append(s.effects, e)
		}
	}
	return s
}

// begin asks the rules about a call. It returns true if one has answered it.
func (s *socket) begin(c *call) bool {
	s.note.Take()
	c.s = s
	c.nth = s.f.counts[c.op].Load() + 1
	if s.interim(c) {
		return s.end(c)
	}
	for _, e := range s.effects {
		if e.before(c) {
			return s.end(c)
		}
	}
	return false
}

// end counts a call and tells whose doing its result was.
func (s *socket) end(c *call) bool {
	if c.err != abi.EAGAIN {
		s.f.counts[c.op].Add(1)
	}
	if c.rule != nil {
		s.note.Leave(mark(c.rule))
	}
	return true
}

// plain makes a call that only errors are injected into.
func (s *socket) plain(o op, do func() abi.Errno) abi.Errno {
	c := &call{ctx: context.Background(), op: o}
	if !s.begin(c) {
		c.err = do()
		s.end(c)
	}
	return c.err
}

// Bind gives the socket an address.
func (s *socket) Bind(addr abi.Sockaddr) abi.Errno {
	return s.plain(opBind, func() abi.Errno { return s.Socket.Bind(addr) })
}

// Listen makes the socket accept connections.
func (s *socket) Listen(backlog int) abi.Errno {
	return s.plain(opListen, func() abi.Errno { return s.Socket.Listen(backlog) })
}

// Shutdown ends directions.
func (s *socket) Shutdown(how abi.How) abi.Errno {
	return s.plain(opShutdown, func() abi.Errno { return s.Socket.Shutdown(how) })
}

// Accept takes the next connection.
func (s *socket) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	c := &call{ctx: ctx, op: opAccept}
	if s.begin(c) {
		return nil, abi.Sockaddr{}, c.err
	}
	conn, from, err := s.Socket.Accept(ctx)
	c.err = err
	s.end(c)
	if err != abi.OK {
		return nil, from, err
	}
	typ := abi.SOCK_STREAM
	if !s.stream {
		typ = abi.SOCK_SEQPACKET
	}
	return s.f.wrap(conn, s.family, typ), from, abi.OK
}

// Connect connects, or sets a datagram socket's peer.
func (s *socket) Connect(ctx context.Context, addr abi.Sockaddr) abi.Errno {
	c := &call{ctx: ctx, op: opConnect, addr: addr}
	if s.begin(c) {
		return c.err
	}
	c.err = s.Socket.Connect(ctx, addr)
	for _, e := range s.effects {
		e.after(c)
	}
	s.end(c)
	return c.err
}

// Send sends p, or as much of it as the rules let through.
func (s *socket) Send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	return s.SendMsg(ctx, p, flags, to, nil)
}

// SendMsg sends p with control messages.
func (s *socket) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	c := &call{ctx: ctx, op: opSend, size: len(p), flags: flags, addr: to, control: control}
	if s.begin(c) {
		return c.n, c.err
	}
	if s.mail != nil && s.mail.out != nil {
		c.n, c.err = s.mailOut(c, p)
		s.end(c)
		return c.n, c.err
	}
	limit, rule := s.limit(c)
	c.n, c.err = sock.SendMsg(ctx, s.Socket, p[:limit], flags, to, control)
	if c.n == limit && limit < len(p) {
		c.rule = rule
	}
	s.moved(c, &s.sent)
	return c.n, c.err
}

// Recv receives into p, or into as much of it as the rules let through.
func (s *socket) Recv(ctx context.Context, p []byte, flags abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return s.RecvMsg(ctx, p, flags, nil)
}

// RecvMsg receives into p, with control messages.
func (s *socket) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	c := &call{ctx: ctx, op: opRecv, size: len(p), flags: flags, controls: control}
	if s.begin(c) {
		return c.n, abi.Sockaddr{}, 0, c.err
	}
	if s.mail != nil && s.mail.in != nil {
		from, out := s.mailIn(c, p)
		s.end(c)
		return c.n, from, out, c.err
	}
	limit, rule := s.limit(c)
	n, from, out, err := sock.RecvMsg(ctx, s.Socket, p[:limit], flags, control)
	c.n, c.err = n, err
	if n > 0 && n == limit && limit < len(p) {
		if more, _ := s.Socket.Pending(); more > 0 && !c.peeks() || more > n {
			c.rule = rule
		}
	}
	s.moved(c, &s.received)
	return c.n, from, out, c.err
}

// limit is how many bytes a stream call may move, and which rule says so.
func (s *socket) limit(c *call) (n int, rule Rule) {
	if n = c.size; n == 0 || !c.streamIO() {
		return n, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.effects {
		if m := e.limit(c, n); m < n {
			n, rule = m, e.of()
		}
	}
	return n, rule
}

// moved tells the rules what a stream call has moved.
func (s *socket) moved(c *call, offset *int64) {
	if s.stream && c.n > 0 && !c.peeks() {
		s.mu.Lock()
		*offset += int64(c.n)
		s.mu.Unlock()
		for _, e := range s.effects {
			e.after(c)
		}
	}
	s.end(c)
}

// Gate tells which events rules hold back or announce.
func (s *socket) Gate(want sock.Events) (force, hold sock.Events, until time.Time) {
	g := s.interimGate()
	for _, e := range s.effects {
		g = g.and(e.gate(want))
	}
	if s.mail != nil && s.mail.in != nil && want&sock.Readable != 0 {
		g = g.and(s.mailGate())
	}
	return g.force, g.hold &^ g.force, g.until
}

// Injected tells the rule behind the last call.
func (s *socket) Injected() string {
	if rule := s.note.Take(); rule != "" {
		return rule
	}
	return s.SocketLayer.Injected()
}

// Close closes the socket.
func (s *socket) Close() abi.Errno {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	s.mu.Unlock()
	return s.Socket.Close()
}
