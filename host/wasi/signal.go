package wasi

import (
	"context"
	"sync"

	"socklab/host/abi"
	"socklab/host/sock"
)

// signals are those that the guest hears of by a descriptor.
type signals struct {
	mu     sync.Mutex
	wanted int32       // bit n-1 for signal n
	to     sock.Socket // the other end of the guest's descriptor, once it has one
	fd     int32
}

func signalFD(_ context.Context, p *Process, f *frame) abi.Errno {
	s := &p.signals
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to == nil {
		if !p.fds.room(1) {
			return abi.EMFILE
		}
		a, b, err := p.cfg.Stack.SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
		if err != abi.OK {
			return err
		}
		b.SetNonblock(true)
		s.to = b // which close closes, also where the other ends the guest
		if s.fd, err = p.addSocket(a, abi.AF_UNIX, abi.SOCK_STREAM, true); err != abi.OK {
			return err
		}
	}
	s.wanted, f.num[1] = f.num[0], s.fd
	return abi.OK
}

// Signal tells the guest of a signal. It is false if the guest does not want to
// hear of it: then its default effect is for the caller to see to.
func (p *Process) Signal(number int) bool {
	s := &p.signals
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to == nil || number < 1 || number > 31 || s.wanted>>(number-1)&1 == 0 {
		return false
	}
	switch _, err := s.to.Send(context.Background(), []byte{byte(number)}, 0, abi.Sockaddr{}); err {
	case abi.OK, abi.EAGAIN: // it has many to hear of already
		return true
	}
	return false // it has closed the descriptor
}

func (s *signals) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to != nil {
		s.to.Close()
		s.to = nil
	}
}
