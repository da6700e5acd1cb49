package kernel

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

const sendFlags = abi.MSG_OOB | abi.MSG_DONTWAIT | abi.MSG_EOR | abi.MSG_NOSIGNAL | abi.MSG_MORE

// sendWait is a send that waits: see recvWait.
type sendWait struct {
	p     []byte
	flags abi.MsgFlags
	to    rawAddr
	oob   []byte // control messages
	n     int
	err   abi.Errno
	try   func(uintptr) bool
}

// Send sends p.
func (s *socket) Send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	return s.sendTo(ctx, p, flags, to, nil)
}

func (s *socket) sendTo(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, oob []byte) (int, abi.Errno) {
	if flags&^sendFlags != 0 {
		return 0, abi.EOPNOTSUPP
	}
	if !s.fd.use() {
		return 0, abi.EBADF
	}
	defer s.fd.done()
	var sa rawAddr // of length 0 for the peer
	if to.Family != abi.AF_UNSPEC {
		if err := sa.encode(to); err != abi.OK {
			return 0, err
		}
	}
	return s.send(ctx, p, flags, &sa, oob)
}

func (s *socket) send(ctx context.Context, p []byte, flags abi.MsgFlags, to *rawAddr, oob []byte) (int, abi.Errno) {
	if err := s.tell(); err != abi.OK {
		return 0, err
	}
	n, err := s.trySend(p, flags, to, oob)
	if !s.waits(flags) || (err == abi.OK && (n == len(p) || !s.stream())) || (err != abi.OK && err != abi.EAGAIN) {
		return n, err
	}
	until := s.sndtimeo.until()
	sent := n
	for {
		if sent > 0 {
			oob = nil // which has gone with the first bytes
		}
		n, err = s.waitSend(ctx, p[sent:], flags, to, oob, until)
		sent += n
		if err == abi.OK && s.stream() && sent < len(p) {
			continue
		}
		if sent > 0 {
			s.midway(err)
			err = abi.OK
		}
		return sent, err
	}
}

func (s *socket) waitSend(ctx context.Context, p []byte, flags abi.MsgFlags, to *rawAddr, oob []byte, until time.Time) (int, abi.Errno) {
	park := s.fd.park()
	if park == nil {
		return 0, abi.EBADF
	}
	if err := park.out.enter(ctx); err != abi.OK {
		return 0, err
	}
	defer park.out.leave()
	if s.tx == nil {
		s.tx = &sendWait{try: func(uintptr) bool {
			w := s.tx
			w.n, w.err = s.trySend(w.p, w.flags, &w.to, w.oob)
			return w.err != abi.EAGAIN
		}}
	}
	w := s.tx
	w.p, w.flags, w.to, w.oob = p, flags, *to, oob
	var err abi.Errno
	if s.family == abi.AF_UNIX && to.len > 0 {
		// Room in the queue of a receiver that this socket is not connected to is
		// announced to nobody.
		err = park.out.retry(ctx, until, w.try)
	} else {
		err = park.out.wait(ctx, until, w.try)
	}
	n, sent := w.n, w.err
	w.p, w.oob, w.n = nil, nil, 0
	if err != abi.OK {
		return 0, err
	}
	return n, sent
}

// trySend makes one system call.
func (s *socket) trySend(p []byte, flags abi.MsgFlags, to *rawAddr, oob []byte) (int, abi.Errno) {
	kflags := kernelFlags(flags) | unix.MSG_NOSIGNAL
	for {
		if len(oob) > 0 {
			n, e := sysSendMsg(s.fd.num, p, kflags, to, oob)
			if e != unix.EINTR {
				return n, errnoOf(e)
			}
			continue
		}
		n, e := sysSendTo(s.fd.num, p, kflags, to)
		if e != unix.EINTR {
			return n, errnoOf(e)
		}
	}
}
