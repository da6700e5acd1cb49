package kernel

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// Recv receives into p.
func (s *socket) Recv(ctx context.Context, p []byte, flags abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	if flags&^recvFlags != 0 {
		return 0, abi.Sockaddr{}, 0, abi.EOPNOTSUPP
	}
	if !s.fd.use() {
		return 0, abi.Sockaddr{}, 0, abi.EBADF
	}
	defer s.fd.done()
	var r received
	if s.stream() && s.waits(flags) {
		if want := s.atLeast(len(p), flags); want > 1 {
			s.recvAll(ctx, &r, p, flags, want)
			return r.n, r.from, r.out, r.err
		}
	}
	s.recvOnce(ctx, &r, p, flags, s.waits(flags))
	return r.n, r.from, r.out, r.err
}

const (
	recvFlags = abi.MSG_OOB | abi.MSG_PEEK | abi.MSG_TRUNC | abi.MSG_DONTWAIT | abi.MSG_WAITALL | abi.MSG_NOSIGNAL
	outFlags  = abi.MSG_OOB | abi.MSG_TRUNC | abi.MSG_EOR
)

// received is what one receive brought.
type received struct {
	n    int
	from abi.Sockaddr
	out  abi.MsgFlags
	err  abi.Errno
}

// recvWait is a receive that waits. Its fields belong to whoever has the
// turn; they are here so that waiting allocates nothing.
type recvWait struct {
	received
	p     []byte
	flags abi.MsgFlags
	try   func(uintptr) bool
}

// recvOnce receives what is there, and waits for it if asked to.
func (s *socket) recvOnce(ctx context.Context, r *received, p []byte, flags abi.MsgFlags, wait bool) {
	s.tryRecv(r, p, flags)
	if r.err != abi.EAGAIN || !wait || flags&abi.MSG_OOB != 0 { // urgent data is never waited for
		return
	}
	until := s.rcvtimeo.until()
	for s.rxSpin.more() {
		if s.tryRecv(r, p, flags); r.err != abi.EAGAIN {
			s.rxSpin.paid()
			return
		}
	}
	s.waitRecv(ctx, r, p, flags, until)
}

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
	w := &s.rx
	if w.try == nil {
		w.try = func(uintptr) bool {
			s.tryRecv(&w.received, w.p, w.flags)
			return w.err != abi.EAGAIN
		}
	}
	w.p, w.flags = p, flags
	err := park.in.wait(ctx, until, w.try)
	*r = w.received
	w.p, w.received = nil, received{}
	if err != abi.OK {
		*r = received{err: err}
	}
}

// tryRecv makes one system call.
func (s *socket) tryRecv(r *received, p []byte, flags abi.MsgFlags) {
	kflags := kernelFlags(flags &^ (abi.MSG_WAITALL | abi.MSG_NOSIGNAL))
	for {
		var e unix.Errno
		if s.stream() && s.family != abi.AF_UNIX && flags&abi.MSG_OOB == 0 {
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

// atLeast is how many bytes a blocking receive waits for.
func (s *socket) atLeast(size int, flags abi.MsgFlags) int {
	switch {
	case flags&abi.MSG_OOB != 0:
		return 1
	case flags&abi.MSG_WAITALL != 0:
		return size
	}
	return min(size, int(s.lowat.Load()))
}

// recvAll waits until want bytes are there, or no more will come, as the
// kernel does for MSG_WAITALL and SO_RCVLOWAT on a blocking socket.
func (s *socket) recvAll(ctx context.Context, r *received, p []byte, flags abi.MsgFlags, want int) {
	until := s.rcvtimeo.until()
	got := 0
	for {
		var part received
		rest := p[got:]
		s.tryRecv(&part, rest, flags)
		if part.err == abi.EAGAIN || (part.err == abi.OK && flags&abi.MSG_PEEK != 0 && part.n < want && !s.finished()) {
			part.err = s.waitMore(ctx, part.n, until)
			if part.err == abi.OK {
				continue
			}
		}
		if flags&abi.MSG_PEEK != 0 {
			*r = part
			if part.n > 0 {
				r.err = abi.OK
			}
			return
		}
		got += part.n
		if part.err != abi.OK || part.n == 0 || got >= want {
			*r = part
			r.n = got
			if got > 0 {
				r.err = abi.OK
			}
			return
		}
	}
}

// waitMore waits until more than have bytes can be peeked at.
func (s *socket) waitMore(ctx context.Context, have int, until time.Time) abi.Errno {
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
		return e != 0 || n > have || s.finished()
	})
}

// finished reports whether the stream's end, or an error, has arrived.
func (s *socket) finished() bool { return sysEnded(s.fd.num) }
