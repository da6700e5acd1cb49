package sock

import (
	"context"
	"time"

	"socklab/host/abi"
)

// Gates are the sockets of one poll that have a say of their own (Gate).
type Gates struct {
	gated []gated
}

type gated struct {
	gate Gate
	item int
	want Events
}

// Add takes a socket in, if it has a say, and its place among the items.
func (g *Gates) Add(s Socket, item int, want Events) {
	if gate, ok := Find[Gate](s); ok {
		g.gated = append(g.gated, gated{gate, item, want})
	}
}

// Wait is the poller's Wait with the gates' say in it.
func (g *Gates) Wait(ctx context.Context, poller Poller, items []PollItem, timeout time.Duration) (int, abi.Errno) {
	if len(g.gated) == 0 {
		return poller.Wait(ctx, items, timeout)
	}
	var deadline time.Time
	if timeout >= 0 {
		deadline = time.Now().Add(timeout)
	}
	for {
		wait, forced := timeout, false
		if timeout > 0 {
			wait = max(time.Until(deadline), 0)
		}
		for _, s := range g.gated {
			force, hold, until := s.gate.Gate(s.want)
			if items[s.item].Want = s.want &^ hold; hold != 0 {
				if d := max(time.Until(until), time.Millisecond); wait < 0 || d < wait {
					wait = d
				}
			}
			if force&s.want != 0 {
				forced, wait = true, 0
			}
		}
		n, errno := poller.Wait(ctx, items, wait)
		if errno != abi.OK {
			return n, errno
		}
		if n > 0 || forced {
			n = g.judge(items)
		}
		if n > 0 || timeout >= 0 && !time.Now().Before(deadline) {
			return n, abi.OK
		}
	}
}

// judge asks the gates again: what has come during the wait is theirs to hold
// back as well. It returns how many items are ready.
func (g *Gates) judge(items []PollItem) (n int) {
	for _, s := range g.gated {
		force, hold, _ := s.gate.Gate(s.want)
		it := &items[s.item]
		it.Ready = it.Ready&^hold | force&s.want
	}
	for i := range items {
		if items[i].Ready != 0 {
			n++
		}
	}
	return n
}
