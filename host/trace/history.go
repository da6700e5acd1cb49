package trace

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Entry is one call in a History, ended or not.
type Entry struct {
	Call
	// Kind is Enter while the guest waits in the call, then Exit or Abort.
	Kind Kind
	// Began and Ended place the call's two events in the one order of all
	// events of all guests, from 1. Ended is 0 while the guest waits.
	Began, Ended uint64
}

// Event is the entry's last event.
func (e *Entry) Event() Event { return Event{e.Kind, e.Call} }

// Ref names a call of a History: a diagnosis points at its row with it.
type Ref struct {
	Guest string `json:"guest"`
	Seq   uint64 `json:"seq"`
}

// Ref is the entry's name.
func (e *Entry) Ref() Ref { return Ref{e.Guest, e.Seq} }

// History keeps the calls of many guests, in the order in which they began.
// It is a Recorder. All its methods may be called at once from many
// goroutines.
//
// It is bounded: of more calls than its limit it keeps the first three
// quarters and the newest, and counts what it dropped between them. What is
// open and who waits stays exact.
type History struct {
	mu      sync.Mutex
	limit   int
	head    []*Entry // the first calls
	tail    []*Entry // the newest ones, a ring once it is full
	next    int      // where the ring's next entry goes
	dropped int
	events  uint64
	guests  map[string]*guest
	changed chan struct{} // closed at the next event; nil if nobody waits
}

// guest is what a History knows of one guest whatever it has dropped.
type guest struct {
	waits    *Entry // the call it is in
	calls    int
	open     map[int]Entry // socket descriptors: the calls that made them, with the new socket's Sock
	made     uint64        // sockets made: package wasi numbers a guest's from 1
	maxOpen  int
	useless  int   // calls that moved nothing: see Useless
	prints   int   // writes to standard output and error
	children int   // started and not waited for
	moved    int64 // bytes sent and received
	last     time.Time
}

// DefaultLimit is the number of calls that a History with limit 0 keeps.
const DefaultLimit = 10000

// NewHistory makes a History that keeps limit calls; 0 is DefaultLimit.
func NewHistory(limit int) *History {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &History{limit: max(limit, 8), guests: map[string]*guest{}}
}

// Record takes an event.
func (h *History) Record(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events++
	g := h.guests[e.Call.Guest]
	if g == nil {
		g = &guest{open: map[int]Entry{}}
		h.guests[e.Call.Guest] = g
	}
	g.last = time.Now()
	if e.Kind == Enter {
		g.calls++
		g.waits = h.add(Entry{Call: e.Call, Kind: Enter, Began: h.events})
	} else {
		entry := g.waits
		if entry == nil || entry.Seq != e.Call.Seq { // its Enter was not recorded
			g.calls++
			entry = h.add(Entry{Began: h.events})
		}
		g.waits = nil
		entry.Call, entry.Kind, entry.Ended = e.Call, e.Kind, h.events
		g.account(entry)
	}
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

func (h *History) add(e Entry) *Entry {
	p := &e
	headMax := h.limit - h.limit/4
	switch {
	case len(h.head) < headMax:
		h.head = append(h.head, p)
	case len(h.tail) < h.limit-headMax:
		h.tail = append(h.tail, p)
	default:
		h.tail[h.next] = p
		h.next = (h.next + 1) % len(h.tail)
		h.dropped++
	}
	return p
}

// account keeps what a guest has open and how busy it was.
func (g *guest) account(e *Entry) {
	c := &e.Call
	if e.Kind == Exit && c.Useless() {
		g.useless++
	}
	if e.Kind == Exit && c.Name == "write" && c.Sock == 0 && c.OK() {
		g.prints++
	}
	if e.Kind != Exit || !c.OK() {
		return
	}
	g.moved += c.To - c.From
	switch c.Name {
	case "socket", "accept", "accept4":
		g.opened(int(c.Ret), e)
	case "dup", "dup2":
		if made, ok := g.open[c.FD]; ok {
			g.open[int(c.Ret)] = made
		}
	case "socketpair":
		if fd0, fd1, ok := c.Pair(); ok {
			g.opened(fd0, e)
			g.opened(fd1, e)
		}
	case "close":
		delete(g.open, c.FD)
	case "spawn":
		g.children++
	case "waitpid":
		if c.Ret > 0 {
			g.children--
		}
	}
	g.maxOpen = max(g.maxOpen, len(g.open))
}

func (g *guest) opened(fd int, by *Entry) {
	g.made++
	made := *by
	made.FD, made.Sock = fd, g.made
	g.open[fd] = made
}

// Changed is closed at the next event.
func (h *History) Changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changed == nil {
		h.changed = make(chan struct{})
	}
	return h.changed
}

// WaitFor waits for a call, begun or ended, that pred says yes to, one
// already there included. pred must be quick and must not keep its argument.
// The error is the context's.
func (h *History) WaitFor(ctx context.Context, pred func(*Entry) bool) (Entry, error) {
	for {
		changed := h.Changed() // before looking, so that nothing slips between
		if e, ok := h.find(pred); ok {
			return e, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Entry{}, context.Cause(ctx)
		}
	}
}

func (h *History) find(pred func(*Entry) bool) (Entry, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for e := range h.each {
		if pred(e) {
			return *e, true
		}
	}
	return Entry{}, false
}

// each runs through the entries in order, under the lock.
func (h *History) each(yield func(*Entry) bool) {
	for _, part := range [][]*Entry{h.head, h.tail[h.next:], h.tail[:h.next]} {
		for _, e := range part {
			if !yield(e) {
				return
			}
		}
	}
}

// Calls is what the History holds now.
func (h *History) Calls() Calls {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(Calls, 0, len(h.head)+len(h.tail))
	for e := range h.each {
		all = append(all, *e)
	}
	return all
}

// Dropped is how many calls there were that are not kept.
func (h *History) Dropped() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dropped
}

// Activity tells how busy a guest has been, whatever was dropped.
type Activity struct {
	Events   uint64    // of all guests
	Calls    int       // begun by this guest
	Useless  int       // of them, see Call.Useless
	Moved    int64     // bytes sent and received
	Prints   int       // of Calls, those that wrote to standard output or error
	MaxOpen  int       // most sockets open at once
	Children int       // children that it has started and not waited for
	Waits    *Entry    // the call it is in, nil if it is in none
	Last     time.Time // of its last event
}

// Activity tells how busy a guest has been so far.
func (h *History) Activity(name string) Activity {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := Activity{Events: h.events}
	if g := h.guests[name]; g != nil {
		a.Calls, a.Useless, a.Prints, a.Moved, a.MaxOpen, a.Children, a.Last = g.calls, g.useless, g.prints, g.moved, g.maxOpen, g.children, g.last
		if g.waits != nil {
			e := *g.waits
			a.Waits = &e
		}
	}
	return a
}

// Blocked is the call that each guest waits in now.
func (h *History) Blocked() Calls {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all Calls
	for _, g := range h.guests {
		if g.waits != nil {
			all = append(all, *g.waits)
		}
	}
	slices.SortFunc(all, func(a, b Entry) int { return int(a.Began) - int(b.Began) })
	return all
}

// Open tells the sockets that a guest holds now: the calls that made them,
// each with the new descriptor in FD and the new socket in Sock, by
// descriptor.
func (h *History) Open(name string) Calls {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all Calls
	if g := h.guests[name]; g != nil {
		for fd, e := range g.open {
			e.FD = fd
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Entry) int { return a.FD - b.FD })
	return all
}
