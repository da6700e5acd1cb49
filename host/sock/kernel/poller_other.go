//go:build !linux

package kernel

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Poller waits with poll(2), in short turns so that a context's end is
// noticed. It holds a thread while it waits.
type Poller struct {
	closed atomic.Bool
	fds    []unix.PollFd
}

// turn is how long a context's end goes unnoticed.
const turn = 5 * time.Millisecond

// NewPoller makes a Poller.
func NewPoller() (sock.Poller, error) { return &Poller{}, nil }

// Wait fills in each item's Ready and returns how many have any.
func (p *Poller) Wait(ctx context.Context, items []sock.PollItem, timeout time.Duration) (int, abi.Errno) {
	if p.closed.Load() {
		return 0, abi.EBADF
	}
	clock := sock.WaitClockOf(ctx)
	start := time.Now()
	var until time.Time
	if timeout > 0 {
		until = start.Add(timeout)
	}
	for first := true; ; first = false {
		rest := turn
		if !until.IsZero() {
			rest = min(rest, max(time.Until(until), 0))
		}
		if first {
			rest = 0
		}
		n, err := p.look(items, rest)
		switch {
		case err != abi.OK || n > 0 || timeout == 0, !first && !until.IsZero() && !time.Now().Before(until):
			if !first {
				clock.Add(time.Since(start))
			}
			return n, err
		case ctx.Err() != nil:
			clock.Add(time.Since(start))
			return 0, abi.EINTR
		}
	}
}

// look is one poll(2). It keeps the descriptors from being closed under it.
func (p *Poller) look(items []sock.PollItem, timeout time.Duration) (ready int, err abi.Errno) {
	p.fds = p.fds[:0]
	for i := range items {
		items[i].Ready = 0
		d, ok := items[i].Source.(*descriptor)
		if !ok || !d.use() {
			p.fds = append(p.fds, unix.PollFd{Fd: -1})
			items[i].Ready = sock.Error | sock.Hangup
			timeout = 0
			continue
		}
		defer d.done()
		p.fds = append(p.fds, unix.PollFd{Fd: int32(d.num), Events: pollWant(items[i].Want)})
	}
	_, e := unix.Poll(p.fds, int((timeout+time.Millisecond-1)/time.Millisecond))
	if e != nil && e != unix.EINTR {
		return 0, errnoOf(errnoFrom(e))
	}
	for i := range items {
		if e == nil {
			items[i].Ready |= pollGot(p.fds[i].Revents) & (items[i].Want | sock.Error | sock.Hangup)
		}
		if items[i].Ready != 0 {
			ready++
		}
	}
	return ready, abi.OK
}

// Close frees the poller.
func (p *Poller) Close() { p.closed.Store(true) }

// wake does nothing: a Wait looks again within a turn.
func (p *Poller) wake() {}

func pollWant(want sock.Events) (ev int16) {
	if want&(sock.Readable|sock.ReadHangup) != 0 {
		ev |= unix.POLLIN
	}
	if want&sock.Writable != 0 {
		ev |= unix.POLLOUT
	}
	return ev
}

func pollGot(ev int16) (got sock.Events) {
	for _, m := range []struct {
		bit int16
		got sock.Events
	}{
		{unix.POLLIN, sock.Readable}, {unix.POLLOUT, sock.Writable}, {unix.POLLERR, sock.Error},
		{unix.POLLNVAL, sock.Error}, {unix.POLLHUP, sock.Hangup | sock.ReadHangup},
	} {
		if ev&m.bit != 0 {
			got |= m.got
		}
	}
	return got
}
