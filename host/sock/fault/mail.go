package fault

import (
	"context"
	"slices"
	"sync"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// mail is the datagrams of one socket that are not where the kernel thinks.
type mail struct {
	in, out []Datagram

	mu      sync.Mutex
	ready   []packet // arrived, and the guest's to take
	waiting []packet // arrived, and held back
	behind  []packet // to be sent after the next one
	late    int      // to be sent by a timer
	failed  abi.Errno
	lost    Rule // the rule that has dropped one since the last receive
}

// packet is a datagram.
type packet struct {
	data []byte
	ctl  []sock.Control // which of UDP carry no sockets
	addr abi.Sockaddr   // where it comes from, or goes to
	due  time.Time
	next bool // it goes after the next one, at due at the latest
	rule Rule
}

const (
	fromGuest = iota
	toGuest
)

// mailMax bounds what is held for a socket, in datagrams. More are lost, as
// in a kernel's own buffer.
const mailMax = 1024

// mailOut sends a datagram the way its fate wants.
func (s *socket) mailOut(c *call, p []byte) (int, abi.Errno) {
	const udpMax = 65507 // what is longer fails by itself
	var r *Datagram
	if c.flags&abi.MSG_MORE == 0 && len(p) <= udpMax {
		r = s.fate(s.mail.out, fromGuest)
	}
	send := func(p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
		return sock.SendMsg(c.ctx, s.Socket, p, flags, to, c.control)
	}
	if r == nil {
		n, err := send(p, c.flags, c.addr)
		s.overtaken()
		return n, err
	}
	c.rule = *r
	copied := packet{data: append([]byte(nil), p...), ctl: cloned(c.control), addr: c.addr, rule: *r}
	switch r.Effect {
	case Dup:
		n, err := send(p, c.flags, c.addr)
		if err == abi.OK {
			send(p, c.flags|abi.MSG_DONTWAIT, c.addr)
		}
		s.overtaken()
		return n, err
	case Late:
		s.mailLate(copied, r.For)
	case Reorder:
		s.mail.mu.Lock()
		if len(s.mail.behind) < mailMax {
			s.mail.behind = append(s.mail.behind, copied)
		}
		s.mail.mu.Unlock()
		time.AfterFunc(reorderMax, s.overtaken)
	}
	return len(p), abi.OK
}

// mailLate sends a datagram after d.
func (s *socket) mailLate(p packet, d time.Duration) {
	s.mail.mu.Lock()
	defer s.mail.mu.Unlock()
	if s.mail.late == mailMax {
		return
	}
	s.mail.late++
	time.AfterFunc(d, func() {
		s.post(p)
		s.mail.mu.Lock()
		defer s.mail.mu.Unlock()
		s.mail.late--
	})
}

// post sends a datagram whose time has come.
func (s *socket) post(p packet) {
	sock.SendMsg(context.Background(), s.Socket, p.data, abi.MSG_DONTWAIT, p.addr, p.ctl)
}

// overtaken sends the datagrams that waited for another to go first.
func (s *socket) overtaken() {
	s.mail.mu.Lock()
	behind := s.mail.behind
	s.mail.behind = nil
	s.mail.mu.Unlock()
	for _, p := range behind {
		s.post(p)
	}
}

// mailIn receives a datagram, into the call.
func (s *socket) mailIn(c *call, p []byte) (from abi.Sockaddr, out abi.MsgFlags) {
	m := s.mail
	defer func() {
		m.mu.Lock()
		if c.rule == nil {
			c.rule = m.lost
		}
		m.lost = nil
		m.mu.Unlock()
	}()
	for {
		m.mu.Lock()
		due := m.release()
		if len(m.ready) > 0 {
			from, out = m.take(c, p)
			m.mu.Unlock()
			return from, out
		}
		if c.err = m.failed; c.err != abi.OK {
			m.failed = abi.OK
			m.mu.Unlock()
			return from, out
		}
		m.mu.Unlock()

		ctx, cancel := c.ctx, context.CancelFunc(func() {})
		if !due.IsZero() {
			ctx, cancel = context.WithDeadline(ctx, due)
		}
		err := s.fetch(ctx, c.flags&^(abi.MSG_PEEK|abi.MSG_TRUNC|abi.MSG_WAITALL))
		cancel()
		if err == abi.EINTR && c.ctx.Err() == nil {
			continue // one that was held back is due
		}
		if c.err = err; err != abi.OK {
			return from, out
		}
	}
}

// cloned is control messages that carry no sockets, for later.
func cloned(control []sock.Control) []sock.Control {
	control = slices.Clone(control)
	for i := range control {
		control[i].Data = slices.Clone(control[i].Data)
	}
	return control
}

// datagramMax is enough for any datagram of UDP.
const datagramMax = 1 << 16

var buffers = sync.Pool{New: func() any { return new([datagramMax]byte) }}

// fetch takes one datagram from the kernel and lets its fate have it.
func (s *socket) fetch(ctx context.Context, flags abi.MsgFlags) abi.Errno {
	b := buffers.Get().(*[datagramMax]byte)
	defer buffers.Put(b)
	var ctl sock.Controls
	n, from, _, err := sock.RecvMsg(ctx, s.Socket, b[:], flags, &ctl)
	if err != abi.OK {
		return err
	}
	m := s.mail
	r := s.fate(m.in, toGuest)
	p := packet{data: append([]byte(nil), b[:n]...), ctl: ctl.List, addr: from}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.ready)+len(m.waiting) >= mailMax {
		return abi.OK
	}
	if r == nil {
		m.deliver(p)
		return abi.OK
	}
	p.rule = *r
	switch r.Effect {
	case Drop:
		m.lost = *r
	case Dup:
		m.deliver(p)
		m.deliver(p)
	case Late:
		p.due = time.Now().Add(r.For)
		m.waiting = append(m.waiting, p)
	case Reorder:
		p.due, p.next = time.Now().Add(reorderMax), true
		m.waiting = append(m.waiting, p)
	}
	return abi.OK
}

// deliver makes a datagram the guest's, and after it those that it has
// overtaken. The caller holds the lock.
func (m *mail) deliver(p packet) {
	m.ready = append(m.ready, p)
	m.sift(func(w packet) bool { return w.next })
}

// release delivers what is due, and tells when the next one will be, the zero
// time if nothing waits. The caller holds the lock.
func (m *mail) release() (next time.Time) {
	now := time.Now()
	m.sift(func(w packet) bool { return !now.Before(w.due) })
	for _, w := range m.waiting {
		if next.IsZero() || w.due.Before(next) {
			next = w.due
		}
	}
	return next
}

// sift delivers the waiting datagrams that are chosen.
func (m *mail) sift(chosen func(packet) bool) {
	rest := m.waiting[:0]
	for _, w := range m.waiting {
		if chosen(w) {
			m.ready = append(m.ready, w)
		} else {
			rest = append(rest, w)
		}
	}
	m.waiting = rest
}

// take gives the guest the first datagram, as recv(2) does. The caller holds
// the lock.
func (m *mail) take(c *call, p []byte) (from abi.Sockaddr, out abi.MsgFlags) {
	first := m.ready[0]
	if !c.peeks() {
		m.ready = m.ready[1:]
	}
	c.n = copy(p, first.data)
	if c.controls != nil {
		c.controls.List = cloned(first.ctl)
	}
	if c.n < len(first.data) {
		out = abi.MSG_TRUNC
		if c.flags&abi.MSG_TRUNC != 0 {
			c.n = len(first.data)
		}
	}
	c.rule = first.rule
	return first.addr, out
}

// mailGate takes what the kernel has, so that a poll tells of what the guest
// will find. What the kernel says of itself is never the answer: the datagram
// may be one that is lost.
func (s *socket) mailGate() gating {
	for range mailMax {
		if err := s.fetch(context.Background(), abi.MSG_DONTWAIT); err != abi.OK {
			if err != abi.EAGAIN {
				s.mail.mu.Lock()
				s.mail.failed = err
				s.mail.mu.Unlock()
			}
			break
		}
	}
	m := s.mail
	m.mu.Lock()
	defer m.mu.Unlock()
	due, soon := m.release(), time.Now().Add(2*tick) // to look for others
	switch {
	case len(m.ready) > 0 || m.failed != abi.OK:
		return gating{force: sock.Readable}
	case due.IsZero() || soon.Before(due):
		due = soon
	}
	return holding(sock.Readable, due)
}

// mailPending is the size of the first datagram that was fetched already.
func (s *socket) mailPending() (int, bool) {
	if s.mail == nil {
		return 0, false
	}
	s.mail.mu.Lock()
	defer s.mail.mu.Unlock()
	if len(s.mail.ready) == 0 {
		return 0, false
	}
	return len(s.mail.ready[0].data), true
}
