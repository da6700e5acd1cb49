package lab

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

// scope says callers of which family a port is for.
type scope uint8

const (
	v4   scope = 1 << iota // who says 127.0.0.1
	v6                     // who says ::1
	dual = v4 | v6
)

// hold is one socket's hold on a port. What changes is guarded by the
// registry's lock.
type hold struct {
	guest  string
	stream bool
	scope  scope
	port   uint16
	kernel netip.AddrPort // where it is on the machine

	auto     bool // bound by the system, for a sender
	listened bool
	ended    bool // by shutdown
	backlog  int
	accepted int
}

type portKey struct {
	stream bool
	port   uint16
}

// registry knows which ports the members hold, and held.
type registry struct {
	mu      sync.RWMutex
	live    map[portKey][]*hold
	past    []*hold       // the latest to be closed, oldest first
	changes atomic.Uint64 // counts what changes where an address leads
}

const pastMax = 64

func (r *registry) add(h *hold) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := portKey{h.stream, h.port}
	r.live[k] = append(r.live[k], h)
	r.changes.Add(1)
}

func (r *registry) remove(h *hold) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := portKey{h.stream, h.port}
	for i, x := range r.live[k] {
		if x != h {
			continue
		}
		rest := append(r.live[k][:i:i], r.live[k][i+1:]...)
		if r.live[k] = rest; len(rest) == 0 {
			delete(r.live, k)
		}
		if !h.auto {
			if len(r.past) == pastMax {
				r.past = append(r.past[:0], r.past[1:]...)
			}
			r.past = append(r.past, h)
		}
		r.changes.Add(1)
		return
	}
}

// update changes a hold.
func (r *registry) update(h *hold, change func(*hold)) {
	if h == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	change(h)
}

// find tells where on the machine a port is for callers of one family. A
// socket of that family alone comes before one of both.
func (r *registry) find(stream bool, from scope, port uint16) (netip.AddrPort, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var at netip.AddrPort
	for _, h := range r.live[portKey{stream, port}] {
		if h.scope == from {
			return h.kernel, true
		}
		if h.scope&from != 0 {
			at = h.kernel
		}
	}
	return at, at.IsValid()
}
