package kernel

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Poller waits with one epoll instance, which is itself parked in Go's
// network poller.
//
// What was asked for stays registered, level-triggered, from one Wait to the
// next: asking for the same again is a comparison, and a source that is no
// longer asked for stays registered until it has something to say. It is
// taken off then.
type Poller struct {
	ep    *descriptor
	regs  map[*descriptor]*registration
	slots []*registration // what an event's number stands for; nil if free
	free  []int32         // the free slots
	made  int32           // counts registrations
	asked []*registration // those of the last set, each once
	last  []sock.PollItem // the last set; Ready is not kept
	items []sock.PollItem // the set of this Wait
	next  []int32         // of each item: the next one of the same source, -1 for none
	ready int             // items with anything
	event []unix.EpollEvent
	try   func(uintptr) bool

	kicked atomic.Bool // a source was closed
}

// registration is what a poller knows of one source.
type registration struct {
	d      *descriptor
	fd     int // d's, or a duplicate: see add
	slot   int32
	serial int32 // tells it from others that had the slot
	armed  bool  // known to epoll
	events uint32
	asked  bool // in the set of this Wait
	want   uint32
	first  int32 // its first item
}

var _ sock.Poller = (*Poller)(nil)

// NewPoller makes a Poller, which holds one descriptor.
func NewPoller() (sock.Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	// Only so that Go's network poller takes it.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	p := &Poller{ep: newDescriptor(fd), regs: map[*descriptor]*registration{}, event: make([]unix.EpollEvent, 16)}
	p.try = func(uintptr) bool {
		if p.kicked.Swap(false) {
			p.ready += p.constant()
		}
		p.collect()
		return p.ready > 0
	}
	return p, nil
}

// Wait fills in each item's Ready and returns how many have any.
func (p *Poller) Wait(ctx context.Context, items []sock.PollItem, timeout time.Duration) (int, abi.Errno) {
	if !p.ep.use() {
		return 0, abi.EBADF
	}
	defer p.ep.done()
	p.items = items
	defer func() { p.items = nil }()
	if !p.same() {
		p.ask()
	}
	p.kicked.Store(false)
	p.ready = p.constant()
	if p.collect(); p.ready > 0 || timeout == 0 {
		return p.ready, abi.OK
	}
	var until time.Time
	if timeout > 0 {
		until = time.Now().Add(timeout)
	}
	park := p.ep.park()
	if park == nil {
		return 0, abi.EBADF
	}
	if err := park.in.enter(ctx); err != abi.OK {
		return 0, err
	}
	defer park.in.leave()
	if park.in.spin.until(p.try) {
		return p.ready, abi.OK
	}
	if err := park.in.wait(ctx, until, p.try); err != abi.OK && err != abi.EAGAIN {
		return 0, err
	}
	return p.ready, abi.OK
}

// Close frees the poller.
func (p *Poller) Close() {
	for _, r := range p.regs {
		p.drop(r)
	}
	p.ep.close()
}

// wake makes a Wait look again for sources that were closed.
func (p *Poller) wake() {
	p.kicked.Store(true)
	if park := p.ep.parking.Load(); park != nil {
		park.in.kick()
	}
}

// same reports whether the set is that of the last Wait.
func (p *Poller) same() bool {
	if len(p.items) != len(p.last) {
		return false
	}
	for i := range p.items {
		if p.items[i].Source != p.last[i].Source || p.items[i].Want != p.last[i].Want {
			return false
		}
	}
	return true
}

// constant clears every item, fills in those that epoll has nothing to say
// about, and counts them: closed sources, and files that are always ready.
func (p *Poller) constant() int {
	n := 0
	for i := range p.items {
		it := &p.items[i]
		it.Ready = 0
		d, ok := it.Source.(*descriptor)
		switch {
		case !ok || d.closed():
			it.Ready = sock.Error | sock.Hangup
		case d.always.Load():
			it.Ready = it.Want & (sock.Readable | sock.Writable)
		}
		if it.Ready != 0 {
			n++
		}
	}
	return n
}

// ask makes the items' sources known to epoll.
func (p *Poller) ask() {
	for _, r := range p.asked {
		r.asked, r.want = false, 0
	}
	p.asked = p.asked[:0]
	p.last = append(p.last[:0], p.items...)
	p.next = slices.Grow(p.next[:0], len(p.items))[:len(p.items)]
	for i := range p.items {
		d, ok := p.items[i].Source.(*descriptor)
		if !ok {
			continue
		}
		r := p.regs[d]
		if r == nil {
			r = p.add(d)
		}
		if !r.asked {
			r.asked, r.first = true, -1
			p.asked = append(p.asked, r)
		}
		r.want |= epollEvents(p.items[i].Want)
		p.next[i] = r.first
		r.first = int32(i)
	}
	for _, r := range p.asked {
		if !r.armed || r.want&^r.events != 0 {
			p.arm(r, r.want|r.events)
		}
	}
	if len(p.regs) > 2*len(p.asked)+64 {
		for _, r := range p.regs {
			if !r.asked {
				p.drop(r)
			}
		}
	}
}

func (p *Poller) add(d *descriptor) *registration {
	p.made++
	r := &registration{d: d, fd: -1, serial: p.made}
	if n := len(p.free); n > 0 {
		r.slot = p.free[n-1]
		p.free = p.free[:n-1]
	} else {
		r.slot = int32(len(p.slots))
		p.slots = append(p.slots, nil)
	}
	p.slots[r.slot] = r
	p.regs[d] = r
	d.watch(p)
	return r
}

// arm sets what epoll reports of a source.
func (p *Poller) arm(r *registration, events uint32) {
	if r.d.always.Load() || !r.d.use() {
		return
	}
	defer r.d.done()
	if r.fd < 0 {
		r.fd = r.d.num
		if r.d.shared {
			// Others hold the same open file, so that closing the number would leave
			// epoll with a registration that nobody can end: it needs one of its own.
			fd, err := unix.FcntlInt(uintptr(r.d.num), unix.F_DUPFD_CLOEXEC, 0)
			if err != nil {
				return
			}
			r.fd = fd
		}
	}
	op := unix.EPOLL_CTL_MOD
	if !r.armed {
		op = unix.EPOLL_CTL_ADD
	}
	ev := unix.EpollEvent{Events: events, Fd: r.slot, Pad: r.serial}
	switch err := unix.EpollCtl(p.ep.num, op, r.fd, &ev); err {
	case nil:
		r.armed, r.events = true, events
	case unix.EPERM:
		r.d.always.Store(true) // a file that cannot be waited for
	}
}

// disarm takes a source off.
func (p *Poller) disarm(r *registration) {
	if r.armed && r.d.shared {
		unix.EpollCtl(p.ep.num, unix.EPOLL_CTL_DEL, r.fd, nil)
	} else if r.armed && r.d.use() { // else the kernel has done it
		unix.EpollCtl(p.ep.num, unix.EPOLL_CTL_DEL, r.fd, nil)
		r.d.done()
	}
	if r.fd >= 0 && r.d.shared {
		unix.Close(r.fd)
	}
	r.armed, r.events, r.fd = false, 0, -1
}

func (p *Poller) drop(r *registration) {
	p.disarm(r)
	r.d.unwatch(p)
	p.slots[r.slot] = nil
	p.free = append(p.free, r.slot)
	delete(p.regs, r.d)
}

// collect asks epoll what is ready and fills it in.
func (p *Poller) collect() {
	n := p.look()
	for n == len(p.event) { // there may be more
		p.event = make([]unix.EpollEvent, 2*len(p.event))
		n = p.look()
	}
	for i := range p.event[:n] {
		ev := &p.event[i]
		r := p.slots[ev.Fd]
		if r == nil || r.serial != ev.Pad {
			continue // of a source that was closed, while a new process still has it
		}
		got := pollEvents(ev.Events)
		if !r.asked || ev.Events&(r.want|unix.EPOLLERR|unix.EPOLLHUP) == 0 {
			if r.asked {
				p.arm(r, r.want)
			} else {
				p.disarm(r)
			}
			continue
		}
		for k := r.first; k >= 0; k = p.next[k] {
			it := &p.items[k]
			if it.Ready == 0 {
				it.Ready = got & (it.Want | sock.Error | sock.Hangup)
				if it.Ready != 0 {
					p.ready++
				}
			}
		}
	}
}

func (p *Poller) look() int {
	n, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.ep.num), uintptr(unsafe.Pointer(&p.event[0])),
		uintptr(len(p.event)), 0, 0, 0)
	return count(n, e)
}

func epollEvents(want sock.Events) (ev uint32) {
	if want&sock.Readable != 0 {
		ev |= unix.EPOLLIN
	}
	if want&sock.Writable != 0 {
		ev |= unix.EPOLLOUT
	}
	if want&sock.ReadHangup != 0 {
		ev |= unix.EPOLLRDHUP
	}
	return ev
}

func pollEvents(ev uint32) (got sock.Events) {
	if ev&unix.EPOLLIN != 0 {
		got |= sock.Readable
	}
	if ev&unix.EPOLLOUT != 0 {
		got |= sock.Writable
	}
	if ev&unix.EPOLLERR != 0 {
		got |= sock.Error
	}
	if ev&unix.EPOLLHUP != 0 {
		got |= sock.Hangup
	}
	if ev&unix.EPOLLRDHUP != 0 {
		got |= sock.ReadHangup
	}
	return got
}
