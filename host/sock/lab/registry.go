package lab

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"socklab/host/sock"
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

	// What a socket takes over that came from another member: see adopt.
	asked  netip.Addr  // what it is bound to, as the guest says it
	v6only bool        // IPV6_V6ONLY as the guest sees it
	shadow sock.Socket // of a dual-stack socket: see bindDual
	refs   int         // how many sockets of members are this one
	moving int         // how many are on their way from one member to another

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
	moving  []*hold       // those that no member has at the moment
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

// movingMax bounds how many sockets are known that are on their way. Those
// that nobody receives are forgotten in the end.
const movingMax = 256

// release takes a socket of a member's off a hold. It is removed with the
// last one, unless that is on its way to a member.
func (r *registry) release(h *hold) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h.refs--; h.refs > 0 {
		return
	}
	if h.moving == 0 {
		r.remove(h)
		return
	}
	if r.moving = append(r.moving, h); len(r.moving) > movingMax {
		r.remove(r.moving[0])
	}
}

// send notes that sockets are on their way, back that they are not after all.
func (r *registry) send(h *hold, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h.moving += by
	if h.moving == 0 && h.refs == 0 {
		r.remove(h)
	}
}

// arrive is the hold of a socket that a member has received, nil if it has
// none. A connection has the port of the listener that accepted it, and no
// hold.
func (r *registry) arrive(stream, connected bool, at netip.AddrPort) *hold {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.live[portKey{stream, at.Port()}] {
		if h.kernel == at && !(stream && connected && h.listened) {
			h.refs++
			h.moving = max(h.moving-1, 0)
			r.moving = slices.DeleteFunc(r.moving, func(x *hold) bool { return x == h })
			return h
		}
	}
	return nil
}

// close frees what holds have that no member will close.
func (r *registry) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.moving) > 0 {
		r.remove(r.moving[0])
	}
}

// remove forgets a hold. The caller holds the lock.
func (r *registry) remove(h *hold) {
	if h.shadow != nil {
		h.shadow.Close()
	}
	r.moving = slices.DeleteFunc(r.moving, func(x *hold) bool { return x == h })
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
