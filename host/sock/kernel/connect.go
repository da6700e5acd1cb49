package kernel

import (
	"context"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Connect connects, or sets a datagram socket's peer.
//
// A second connect(2) during the handshake says EALREADY, and the first one
// after it tells how it ended, and leaves the socket just as a blocking
// connect would. So a call that waits calls it again.
func (s *socket) Connect(ctx context.Context, addr abi.Sockaddr) abi.Errno {
	var sa rawAddr
	if err := sa.encode(addr); err != abi.OK {
		return err
	}
	if !s.fd.use() {
		return abi.EBADF
	}
	defer s.fd.done()
	first := errnoOf(sysConnect(s.fd.num, &sa))
	if s.nonblock.Load() || !s.connecting(first) {
		return first
	}
	// On loopback the handshake is over when connect(2) returns, although it has
	// just said EINPROGRESS: then there is no need to wait.
	if again := errnoOf(sysConnect(s.fd.num, &sa)); !s.connecting(again) {
		return established(again)
	}
	until := s.sndtimeo.until()
	park := s.fd.park()
	if park == nil {
		return abi.EBADF
	}
	if err := park.out.enter(ctx); err != abi.OK {
		return err
	}
	defer park.out.leave()
	var result abi.Errno
	try := func(uintptr) bool {
		result = established(errnoOf(sysConnect(s.fd.num, &sa)))
		return !s.connecting(result)
	}
	var err abi.Errno
	if first == abi.EAGAIN {
		err = park.out.retry(ctx, until, try) // an AF_UNIX backlog that is full
	} else {
		err = park.out.wait(ctx, until, try)
	}
	switch err {
	case abi.OK:
		return result
	case abi.EAGAIN:
		return first // EINPROGRESS, EALREADY, or EAGAIN of AF_UNIX
	}
	return err
}

// connecting reports whether connect's result means that it may yet succeed.
func (s *socket) connecting(err abi.Errno) bool {
	return err == abi.EINPROGRESS || err == abi.EALREADY || err == abi.EINTR ||
		err == abi.EAGAIN && s.family == abi.AF_UNIX
}

// established is the result of a connect after the first.
func established(err abi.Errno) abi.Errno {
	if err == abi.EISCONN {
		return abi.OK // by another call
	}
	return err
}

// Accept takes the next connection.
func (s *socket) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	if !s.fd.use() {
		return nil, abi.Sockaddr{}, abi.EBADF
	}
	defer s.fd.done()
	var sa rawAddr
	fd, e := sysAccept(s.fd.num, &sa)
	if e == unix.EAGAIN && !s.nonblock.Load() {
		until := s.rcvtimeo.until()
		park := s.fd.park()
		if park == nil {
			return nil, abi.Sockaddr{}, abi.EBADF
		}
		if err := park.in.enter(ctx); err != abi.OK {
			return nil, abi.Sockaddr{}, err
		}
		defer park.in.leave()
		try := func(uintptr) bool {
			fd, e = sysAccept(s.fd.num, &sa)
			return e != unix.EAGAIN
		}
		if !park.in.spin.until(try) {
			if err := park.in.wait(ctx, until, try); err != abi.OK {
				return nil, abi.Sockaddr{}, err
			}
		}
	}
	if e != 0 {
		return nil, abi.Sockaddr{}, errnoOf(e)
	}
	conn := newSocket(fd, s.family, s.typ, s.proto)
	conn.inherit(s)
	return conn, sa.decode(), abi.OK
}

// inherit copies the options that an accepted connection has from its
// listener, where the kernel does not see them.
func (s *socket) inherit(from *socket) {
	if s.family == abi.AF_UNIX {
		return
	}
	s.rcvtimeo.copy(&from.rcvtimeo)
	s.sndtimeo.copy(&from.sndtimeo)
	s.lowat.Store(from.lowat.Load())
	s.lingers.Store(from.lingers.Load())
}
