package kernel

import (
	"context"
	"os"
	"sync"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// parking is where calls on a non-blocking descriptor wait, in Go's network
// poller. It owns the descriptor's number.
type parking struct {
	file    *os.File
	closing chan struct{}
	in, out side // those who wait to receive or accept, and to send or connect
}

// newParking registers a non-blocking descriptor with Go's network poller.
func newParking(d *descriptor, file *os.File) *parking {
	p := &parking{file: file, closing: make(chan struct{})}
	raw, err := file.SyscallConn()
	if err != nil {
		panic(err) // only for a nil file
	}
	p.in = side{d: d, closing: p.closing, turn: make(chan struct{}, 1), park: raw.Read, deadline: file.SetReadDeadline}
	p.out = side{d: d, closing: p.closing, turn: make(chan struct{}, 1), park: raw.Write, deadline: file.SetWriteDeadline}
	return p
}

// end ends every wait, for good.
func (p *parking) end() {
	close(p.closing)
	p.in.end()
	p.out.end()
}

// side is one direction of a parking.
//
// The poller knows one deadline a direction, and nothing of contexts. So one
// call at a time parks (turn), and a context's end is turned into a deadline
// in the past. That registration is kept from one call to the next, as they
// mostly bring the same context: then a wait costs no timer, no goroutine
// and no allocation.
type side struct {
	d        *descriptor
	closing  <-chan struct{}
	turn     chan struct{}
	park     func(func(uintptr) bool) error
	deadline func(time.Time) error
	spin     spinner // for whoever has the turn

	mu    sync.Mutex      // guards what follows
	done  <-chan struct{} // of the context that is listened to
	stop  func() bool     // ends the listening
	dirty bool            // a deadline is set
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// enter waits for the turn; leave gives it up.
func (s *side) enter(ctx context.Context) abi.Errno {
	select {
	case s.turn <- struct{}{}:
		return abi.OK
	default:
	}
	select {
	case s.turn <- struct{}{}:
		return abi.OK
	case <-ctx.Done():
		return abi.EINTR
	case <-s.closing:
		return abi.EBADF
	}
}

func (s *side) leave() { <-s.turn }

// wait calls try until it returns true; in between it parks until the
// descriptor may be ready. It needs the turn.
//
// # Errors
//   - EINTR: the context ended.
//   - EAGAIN: until passed; the zero time never does.
//   - EBADF: the descriptor was closed.
func (s *side) wait(ctx context.Context, until time.Time, try func(uintptr) bool) abi.Errno {
	clock := sock.WaitClockOf(ctx)
	if clock == nil {
		return s.parkUntil(ctx, until, try)
	}
	start := time.Now()
	err := s.parkUntil(ctx, until, try)
	clock.Add(time.Since(start))
	return err
}

func (s *side) parkUntil(ctx context.Context, until time.Time, try func(uintptr) bool) abi.Errno {
	for {
		if err := s.arm(ctx, until); err != abi.OK {
			return err
		}
		err := s.park(try)
		switch {
		case err == nil:
			return abi.OK
		case s.d.closed():
			return abi.EBADF
		case ctx.Err() != nil:
			return abi.EINTR
		case !until.IsZero() && !time.Now().Before(until):
			return abi.EAGAIN
		}
		// A deadline that was meant for the call before.
	}
}

// retry is wait for what the poller does not announce: it asks again and
// again.
func (s *side) retry(ctx context.Context, until time.Time, try func(uintptr) bool) abi.Errno {
	const shortest, longest = time.Millisecond / 4, 4 * time.Millisecond
	for pause := shortest; ; pause = min(2*pause, longest) {
		next := time.Now().Add(pause)
		last := !until.IsZero() && next.After(until)
		if last {
			next = until
		}
		err := s.wait(ctx, next, try)
		if err != abi.EAGAIN || last {
			return err
		}
		if try(0) {
			return abi.OK
		}
	}
}

// arm makes the poller end the next park at the right moment.
func (s *side) arm(ctx context.Context, until time.Time) abi.Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.d.closed() {
		return abi.EBADF
	}
	if done := ctx.Done(); done != s.done {
		if s.stop != nil {
			s.stop()
			s.stop = nil
		}
		s.done = done
		if done != nil {
			s.stop = context.AfterFunc(ctx, func() { s.expire(done) })
		}
	}
	if ctx.Err() != nil {
		return abi.EINTR
	}
	if !until.IsZero() {
		s.deadline(until)
		s.dirty = true
	} else if s.dirty {
		s.deadline(time.Time{})
		s.dirty = false
	}
	return abi.OK
}

// expire runs when a context has ended. It may be one that nobody listens to
// any more.
func (s *side) expire(done <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == done {
		s.deadline(past)
		s.dirty = true
	}
}

// kick makes the call that is parked try again.
func (s *side) kick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline(past)
	s.dirty = true
}

// end ends every wait, for good.
func (s *side) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	s.deadline(past)
	s.dirty = true
}
