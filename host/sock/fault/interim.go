package fault

import (
	"context"
	"encoding/binary"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// handshake is a connect of a non-blocking socket that a rule draws out.
type handshake struct {
	until time.Time
	err   abi.Errno // how it ends
	rule  Rule
}

// interim answers calls on a socket that, by a rule, is not what it is
// underneath: still connecting, or reset.
func (s *socket) interim(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	switch c.op {
	case opConnect, opSend, opRecv, opShutdown:
	default:
		return false
	}
	if h := s.hand; h != nil {
		switch {
		case c.op == opConnect && c.addr.Family == abi.AF_UNSPEC:
			s.hand = nil
			return false
		case c.op == opConnect:
			return c.fail(h.rule, abi.EALREADY)
		case c.op == opShutdown:
			return c.fail(h.rule, abi.ENOTCONN)
		case !c.waits():
			return c.fail(h.rule, abi.EAGAIN)
		}
		s.mu.Unlock()
		err := s.sleep(c, time.Until(h.until))
		s.mu.Lock()
		if err != abi.OK {
			return c.fail(h.rule, err)
		}
		s.settle()
	}
	if err := s.pending; err != abi.OK && c.op != opShutdown {
		s.pending = abi.OK
		return c.fail(s.blame, err)
	}
	if !s.dead {
		return false
	}
	switch c.op {
	case opConnect:
		return c.fail(s.blame, abi.EISCONN)
	case opSend:
		return c.fail(s.blame, abi.EPIPE)
	case opShutdown:
		return c.fail(s.blame, abi.ENOTCONN)
	}
	return c.fail(s.blame, abi.OK) // the end of the stream
}

// settle ends a handshake whose time has come. The caller holds the lock.
func (s *socket) settle() {
	if h := s.hand; h != nil && !time.Now().Before(h.until) {
		s.hand = nil
		if h.err != abi.OK {
			s.pending, s.blame = h.err, h.rule
		}
	}
}

// reset ends the connection for both ends: the peer gets a RST, the guest is
// told err by its next call if it is not OK. It is called without the lock.
func (s *socket) reset(r Rule, err abi.Errno) {
	s.mu.Lock()
	if s.dead {
		s.mu.Unlock()
		return
	}
	s.dead, s.pending, s.blame = true, err, r
	s.local, _ = s.Socket.LocalAddr()
	s.mu.Unlock()
	// Connecting to nowhere takes a connection down at once: connect(2).
	if !s.inet || s.Socket.Connect(context.Background(), abi.Sockaddr{}) != abi.OK {
		s.Socket.Shutdown(abi.SHUT_RDWR)
	}
}

// interimGate is the part of such a socket in a poll.
func (s *socket) interimGate() gating {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	switch {
	case s.hand != nil:
		return holding(everything, s.hand.until)
	case s.dead || s.pending != abi.OK:
		return gating{force: sock.Readable | sock.Writable}
	}
	return gating{}
}

// connecting reports whether a connect is drawn out.
func (s *socket) connecting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return s.hand != nil
}

// Source is what a Poller waits on: while a connect is drawn out, something
// that has nothing to report, since an unconnected socket reports its end.
func (s *socket) Source() sock.Source {
	if s.connecting() {
		if src, ok := s.f.idleSource(); ok {
			return src
		}
	}
	return s.Socket.Source()
}

// PeerAddr tells the address at the other end.
func (s *socket) PeerAddr() (abi.Sockaddr, abi.Errno) {
	s.mu.Lock()
	s.settle()
	gone := s.dead || s.hand != nil
	s.mu.Unlock()
	if gone {
		return abi.Sockaddr{}, abi.ENOTCONN
	}
	return s.Socket.PeerAddr()
}

// LocalAddr tells the socket's own address, which a reset does not change.
func (s *socket) LocalAddr() (abi.Sockaddr, abi.Errno) {
	s.mu.Lock()
	local, dead := s.local, s.dead
	s.mu.Unlock()
	if dead {
		return local, abi.OK
	}
	return s.Socket.LocalAddr()
}

// Info tells what the socket is.
func (s *socket) Info() sock.Info {
	info := s.Socket.Info()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if info.State != "" {
		switch {
		case s.hand != nil:
			info.State = "SYN_SENT"
		case s.dead:
			info.State, info.In = "CLOSE", 0
		}
	}
	return info
}

var optError = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_ERROR}

// GetOption stores an option's value.
func (s *socket) GetOption(opt abi.Option, value []byte) (int, abi.Errno) {
	if opt == optError {
		s.mu.Lock()
		s.settle()
		err, rule, busy := s.pending, s.blame, s.hand != nil || s.dead
		s.pending = abi.OK
		s.mu.Unlock()
		if err != abi.OK {
			s.note.Leave(mark(rule))
		}
		if err != abi.OK || busy {
			return copy(value, binary.LittleEndian.AppendUint32(nil, uint32(err))), abi.OK
		}
	}
	n, err := s.Socket.GetOption(opt, value)
	if opt == optError && err == abi.OK && n == 4 && binary.LittleEndian.Uint32(value) != 0 {
		c := &call{op: opConnect, s: s, err: abi.Errno(binary.LittleEndian.Uint32(value))}
		for _, e := range s.effects {
			e.after(c)
		}
	}
	return n, err
}

// Pending is the number of bytes that a receive would find.
func (s *socket) Pending() (int, abi.Errno) {
	if n, ok := s.mailPending(); ok {
		return n, abi.OK
	}
	s.mu.Lock()
	dead := s.dead
	s.mu.Unlock()
	if dead {
		return 0, abi.OK
	}
	return s.Socket.Pending()
}
