package kernel

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Recv receives into p.
func (s *socket) Recv(ctx context.Context, p []byte, flags abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	var r received
	s.recv(ctx, &r, p, flags)
	return r.n, r.from, r.out, r.err
}

func (s *socket) recv(ctx context.Context, r *received, p []byte, flags abi.MsgFlags) {
	if flags&^recvFlags != 0 {
		r.err = abi.EOPNOTSUPP
		return
	}
	if !s.fd.use() {
		r.err = abi.EBADF
		return
	}
	defer s.fd.done()
	if r.err = s.tell(); r.err != abi.OK {
		return
	}
	s.tryRecv(r, p, flags)
	// Urgent data is never waited for.
	if s.waits(flags) && flags&abi.MSG_OOB == 0 {
		if want := s.atLeast(len(p), flags); want > 1 {
			s.recvRest(ctx, r, p, flags, want)
		} else if r.err == abi.EAGAIN {
			s.waitRecv(ctx, r, p, flags, s.rcvtimeo.until())
		}
	}
}

const (
	recvFlags = abi.MSG_OOB | abi.MSG_PEEK | abi.MSG_TRUNC | abi.MSG_DONTWAIT | abi.MSG_WAITALL | abi.MSG_NOSIGNAL
	outFlags  = abi.MSG_OOB | abi.MSG_TRUNC | abi.MSG_CTRUNC | abi.MSG_EOR
)

// received is what one receive brought.
type received struct {
	n    int
	from abi.Sockaddr
	out  abi.MsgFlags
	err  abi.Errno

	oob     []byte // room for control messages, if they are wanted
	control *sock.Controls
}

// recvWait is a receive that waits. Its fields belong to whoever has the
// turn; they are here so that waiting allocates nothing.
type recvWait struct {
	received
	p     []byte
	flags abi.MsgFlags
	try   func(uintptr) bool
}

// waitRecv waits until there is something to receive, and receives it.
func (s *socket) waitRecv(ctx context.Context, r *received, p []byte, flags abi.MsgFlags, until time.Time) {
	park := s.fd.park()
	if park == nil {
		r.err = abi.EBADF
		return
	}
	if r.err = park.in.enter(ctx); r.err != abi.OK {
		return
	}
	defer park.in.leave()
	if s.rx == nil {
		s.rx = &recvWait{try: func(uintptr) bool {
			w := s.rx
			s.tryRecv(&w.received, w.p, w.flags)
			return w.err != abi.EAGAIN
		}}
	}
	w := s.rx
	w.p, w.flags, w.received = p, flags, received{oob: r.oob, control: r.control}
	var err abi.Errno
	switch {
	case park.in.spin.until(w.try):
	case s.lowat.Load() > 1:
		// Fewer bytes are announced to nobody, and they may be all that is missing.
		err = park.in.retry(ctx, until, w.try)
	default:
		err = park.in.wait(ctx, until, w.try)
	}
	*r = w.received
	w.p, w.received = nil, received{}
	if err != abi.OK {
		*r = received{err: err, oob: r.oob, control: r.control}
	}
}

// tryRecv makes one system call.
func (s *socket) tryRecv(r *received, p []byte, flags abi.MsgFlags) {
	kflags := kernelFlags(flags &^ (abi.MSG_WAITALL | abi.MSG_NOSIGNAL))
	for {
		var e unix.Errno
		if r.control != nil {
			e = s.tryRecvMsg(r, p, kflags)
		} else if s.stream() && s.family != abi.AF_UNIX && flags&abi.MSG_OOB == 0 {
			r.n, e = sysRecv(s.fd.num, p, kflags) // a TCP receive tells no address
		} else {
			var sa rawAddr
			var out int
			r.n, out, e = sysRecvFrom(s.fd.num, p, kflags, &sa)
			if e == 0 {
				r.from, r.out = sa.decode(), guestFlags(out)&outFlags
			}
		}
		if e == unix.EINTR {
			continue
		}
		r.err = errnoOf(e)
		return
	}
}

// tryRecvMsg is tryRecv with control messages.
func (s *socket) tryRecvMsg(r *received, p []byte, kflags int) unix.Errno {
	var sa rawAddr
	n, out, oob, e := sysRecvMsg(s.fd.num, p, kflags, &sa, r.oob)
	if r.n = n; e == 0 {
		r.from, r.out = sa.decode(), guestFlags(out)&outFlags
		r.decodeControl(oob)
	}
	return e
}

// atLeast is how many bytes a blocking receive waits for.
func (s *socket) atLeast(size int, flags abi.MsgFlags) int {
	switch {
	case !s.stream():
		return 1
	case flags&abi.MSG_WAITALL != 0:
		return size
	}
	return min(size, int(s.lowat.Load()))
}

// recvRest goes on from a first receive until want bytes are there or no
// more will come, as the kernel does for MSG_WAITALL and SO_RCVLOWAT when it
// is the one who waits.
func (s *socket) recvRest(ctx context.Context, r *received, p []byte, flags abi.MsgFlags, want int) {
	until := s.rcvtimeo.until()
	if flags&abi.MSG_PEEK != 0 {
		for r.err == abi.EAGAIN || r.err == abi.OK && r.n < want {
			if err := s.waitPending(ctx, want, until); err != abi.OK {
				if r.err == abi.EAGAIN {
					r.err = err
				}
				return
			}
			if s.tryRecv(r, p, flags); r.err == abi.OK {
				return
			}
		}
		return
	}
	got := 0
	for {
		if r.err == abi.EAGAIN {
			s.waitRecv(ctx, r, p[got:], flags, until)
		}
		got += r.n
		if r.err != abi.OK || r.n == 0 || got >= want || r.control != nil && len(r.control.List) > 0 {
			break
		}
		s.tryRecv(r, p[got:], flags)
	}
	if r.n = got; got > 0 {
		s.midway(r.err)
		r.err = abi.OK
	}
}

// waitPending waits until want bytes can be peeked at, or there will be no
// more than there are.
func (s *socket) waitPending(ctx context.Context, want int, until time.Time) abi.Errno {
	park := s.fd.park()
	if park == nil {
		return abi.EBADF
	}
	if err := park.in.enter(ctx); err != abi.OK {
		return err
	}
	defer park.in.leave()
	return park.in.wait(ctx, until, func(uintptr) bool {
		n, e := sysPending(s.fd.num)
		return e != 0 || n >= want || sysEnded(s.fd.num)
	})
}
