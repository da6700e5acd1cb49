package kernel

import (
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// descriptor is a kernel descriptor that some calls use while another may
// close it: its number stays valid, and is not given away again, until the
// last user is done. It is also the sock.Source of what it belongs to.
type descriptor struct {
	num    int
	shared bool        // others may hold the same open file
	always atomic.Bool // found to be ready at any time, as a regular file is
	// users is twice the number of calls under way, plus one once closed.
	users atomic.Int64
	gone  sync.WaitGroup // until the number is free

	// parking is made when a call first waits. A socket that is only ever
	// polled does without.
	parking atomic.Pointer[parking]

	mu       sync.Mutex // guards the making of parking, and what follows
	watchers []*Poller  // those who wait on this descriptor, to be told of its end
}

// Pollable marks a descriptor as a sock.Source.
func (d *descriptor) Pollable() {}

func newDescriptor(num int) *descriptor {
	d := &descriptor{num: num}
	d.gone.Add(1)
	return d
}

// use keeps the number valid until done is called. It fails once the
// descriptor is closed.
func (d *descriptor) use() bool {
	for {
		n := d.users.Load()
		if n&1 != 0 {
			return false
		}
		if d.users.CompareAndSwap(n, n+2) {
			return true
		}
	}
}

func (d *descriptor) done() {
	if d.users.Add(-2) == 1 {
		d.destroy()
	}
}

func (d *descriptor) closed() bool { return d.users.Load()&1 != 0 }

// close ends every call that waits and returns when the number is free. It
// waits only for calls that are on their way out.
func (d *descriptor) close() abi.Errno {
	for {
		n := d.users.Load()
		if n&1 != 0 {
			return abi.EBADF
		}
		if !d.users.CompareAndSwap(n, n|1) {
			continue
		}
		d.mu.Lock() // nobody makes a parking from here on
		p := d.parking.Load()
		for _, w := range d.watchers {
			w.wake()
		}
		d.mu.Unlock()
		if p != nil {
			p.end()
		}
		if n == 0 {
			d.destroy()
		}
		d.gone.Wait()
		return abi.OK
	}
}

// watch makes the end of the descriptor wake p, until unwatch.
func (d *descriptor) watch(p *Poller) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers = append(d.watchers, p)
}

func (d *descriptor) unwatch(p *Poller) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers = slices.DeleteFunc(d.watchers, func(w *Poller) bool { return w == p })
}

// destroy closes the number. A process that this one is starting has it as well
// until it begins, and would keep the address of a socket taken for so long: so
// it is closed when none is being started, as far as can be known.
func (d *descriptor) destroy() {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	switch p := d.parking.Load(); {
	case p != nil:
		p.file.Close() // which closes the number
	case d.shared:
		unix.Close(d.num)
	default:
		sysClose(d.num)
	}
	d.gone.Done()
}

// park returns the descriptor's place in Go's network poller, nil once
// closed. The caller is a user.
func (d *descriptor) park() *parking {
	if p := d.parking.Load(); p != nil {
		return p
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.parking.Load(); p != nil {
		return p
	}
	if d.closed() {
		return nil
	}
	p := newParking(d, os.NewFile(uintptr(d.num), "socket"))
	d.parking.Store(p)
	return p
}
