package syscall

import (
	"structs"
	"unsafe"
)

// Poll is poll(2) for package socklab/socket, which links to it: it blocks
// one goroutine.

type pollFD struct {
	fd      int32
	events  int16
	revents int16
}

const (
	pollIn   = 0x1
	pollOut  = 0x4
	pollErr  = 0x8
	pollHup  = 0x10
	pollNval = 0x20
)

// A subscription and an event, as poll_oneoff has them. What a subscription's
// second half means depends on its kind.
type subscription struct {
	_        structs.HostLayout
	userdata uint64
	kind     uint8
	_        [7]byte
	fd       uint32 // or a clock's number
	timeout  uint64
	_        uint64
	_        uint16
}

type pollEvent struct {
	_        structs.HostLayout
	userdata uint64
	errno    uint16
	kind     uint8
	_        uint64
	flags    uint16
}

const (
	subClock = 0
	subRead  = 1
	subWrite = 2
)

//go:wasmimport wasi_snapshot_preview1 poll_oneoff
//go:noescape
func poll_oneoff(in unsafe.Pointer, out unsafe.Pointer, n uint32, events *uint32) Errno

// socklab_poll waits for one of fds for at most timeout nanoseconds, for ever
// if that is negative, and returns how many have something to tell.
//
//go:linkname socklab_poll
func socklab_poll(fds []pollFD, timeout int64) (int, Errno) {
	subs := make([]subscription, 0, 2*len(fds)+1)
	for i := range fds {
		f := &fds[i]
		f.revents = 0
		if f.fd >= 0 && f.events&pollIn != 0 {
			subs = append(subs, subscription{userdata: uint64(i), kind: subRead, fd: uint32(f.fd)})
		}
		if f.fd >= 0 && f.events&pollOut != 0 {
			subs = append(subs, subscription{userdata: uint64(i), kind: subWrite, fd: uint32(f.fd)})
		}
	}
	if timeout == 0 || alone() {
		return pollNow(fds, subs, timeout)
	}
	n, errno := pollNow(fds, subs, 0)
	if n > 0 || errno != 0 {
		return n, errno
	}
	if len(subs) == 0 && timeout > 0 {
		timeSleep(timeout)
		return 0, 0
	}
	parkOnAny(subs, max(timeout, 0))
	return pollNow(fds, subs, 0)
}

// pollNow asks the host, which blocks the guest if timeout is not 0.
func pollNow(fds []pollFD, subs []subscription, timeout int64) (int, Errno) {
	if timeout >= 0 {
		subs = append(subs, subscription{userdata: ^uint64(0), kind: subClock, fd: clockMonotonic, timeout: uint64(timeout)})
	}
	events := make([]pollEvent, len(subs))
	var n uint32
	if len(subs) > 0 {
		if errno := poll_oneoff(unsafe.Pointer(&subs[0]), unsafe.Pointer(&events[0]), uint32(len(subs)), &n); errno != 0 {
			return 0, errno
		}
	}
	ready := 0
	for _, e := range events[:n] {
		if e.kind == subClock {
			continue
		}
		f := &fds[e.userdata]
		if f.revents == 0 {
			ready++
		}
		switch {
		case Errno(e.errno) == EBADF:
			f.revents |= pollNval
		case e.errno != 0:
			f.revents |= pollErr
		case e.kind == subRead:
			f.revents |= pollIn
		default:
			f.revents |= pollOut
		}
		if e.flags&1 != 0 {
			f.revents |= pollHup
		}
	}
	return ready, 0
}

// parkOnAny blocks this goroutine until one of the descriptors may be ready,
// for at most timeout nanoseconds if that is not 0. The runtime's poller
// knows a goroutine for each, so there is one.
func parkOnAny(subs []subscription, timeout int64) {
	woken := make(chan struct{}, len(subs))
	ctxs := make([]uintptr, 0, len(subs))
	for _, s := range subs {
		ctx := openPoll(int(s.fd))
		dir := 'r'
		if s.kind == subWrite {
			dir = 'w'
		}
		if timeout != 0 {
			pollSetDeadline(ctx, timeout, int(dir))
		}
		ctxs = append(ctxs, ctx)
		go func() {
			pollWait(ctx, int(dir))
			woken <- struct{}{}
		}()
	}
	<-woken
	for _, ctx := range ctxs {
		pollUnblock(ctx)
	}
	for range len(ctxs) - 1 {
		<-woken
	}
	for _, ctx := range ctxs {
		pollClose(ctx)
	}
}
