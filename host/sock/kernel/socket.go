package kernel

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// socket is a sock.Socket on a descriptor.
type socket struct {
	fd     *descriptor
	family abi.Family
	typ    abi.Type
	proto  abi.Protocol

	nonblock atomic.Bool // O_NONBLOCK, as the guest set it
	lingers  atomic.Bool // SO_LINGER is on with a time above zero
	// What a kernel socket would keep itself if it did the waiting.
	rcvtimeo, sndtimeo timeout
	lowat              atomic.Int32 // SO_RCVLOWAT, 0 for the default of 1
	untold             atomic.Int32 // an error that the kernel has told, and the guest has yet to be

	rx *recvWait // made by the first call that waits, as most sockets see none
	tx *sendWait
}

var _ sock.Socket = (*socket)(nil)

// newSocket takes ownership of fd, which is non-blocking.
func newSocket(fd int, family abi.Family, typ abi.Type, proto abi.Protocol) *socket {
	return &socket{fd: newDescriptor(fd), family: family, typ: typ, proto: proto}
}

// timeout is SO_RCVTIMEO or SO_SNDTIMEO: a struct timeval as it was set, and
// what it means.
type timeout struct {
	d         atomic.Int64 // a time.Duration; 0: never, negative: at once
	mu        sync.Mutex
	sec, usec int64
}

// until is the moment at which a call that begins now times out, the zero
// time if it does not.
func (t *timeout) until() time.Time {
	d := t.d.Load()
	if d == 0 {
		return time.Time{}
	}
	return time.Now().Add(time.Duration(d))
}

// midway keeps the error that ended a call which has something to return: as
// natively, the next call is told, or who asks for SO_ERROR.
func (s *socket) midway(err abi.Errno) {
	switch err {
	case abi.OK, abi.EAGAIN, abi.EINTR, abi.EBADF, abi.EPIPE: // none, or the next call finds it itself
	default:
		s.untold.Store(int32(err))
	}
}

// tell returns what midway has kept, once.
func (s *socket) tell() abi.Errno {
	if s.untold.Load() == 0 {
		return abi.OK
	}
	return abi.Errno(s.untold.Swap(0))
}

// stream reports whether the socket carries bytes, not messages.
func (s *socket) stream() bool { return s.typ == abi.SOCK_STREAM }

// waits reports whether a call with these flags may block.
func (s *socket) waits(flags abi.MsgFlags) bool {
	return flags&abi.MSG_DONTWAIT == 0 && !s.nonblock.Load()
}

// Bind gives the socket an address.
func (s *socket) Bind(addr abi.Sockaddr) abi.Errno {
	if addr.Family == abi.AF_UNSPEC {
		return abi.EAFNOSUPPORT // Linux would take it for the wildcard address
	}
	var sa rawAddr
	if err := sa.encode(addr); err != abi.OK {
		return err
	}
	return s.with(func(fd int) unix.Errno { return sysBind(fd, &sa) })
}

// Listen makes the socket accept connections.
func (s *socket) Listen(backlog int) abi.Errno {
	return s.with(func(fd int) unix.Errno { return sysListen(fd, backlog) })
}

// Shutdown ends directions.
func (s *socket) Shutdown(how abi.How) abi.Errno {
	if how < abi.SHUT_RD || how > abi.SHUT_RDWR {
		return abi.EINVAL
	}
	return s.with(func(fd int) unix.Errno { return sysShutdown(fd, int(how)) })
}

// LocalAddr tells the socket's own address.
func (s *socket) LocalAddr() (abi.Sockaddr, abi.Errno) { return s.addr(sysSockName) }

// PeerAddr tells the address at the other end.
func (s *socket) PeerAddr() (abi.Sockaddr, abi.Errno) { return s.addr(sysPeerName) }

func (s *socket) addr(call func(int, *rawAddr) unix.Errno) (abi.Sockaddr, abi.Errno) {
	var sa rawAddr
	if err := s.with(func(fd int) unix.Errno { return call(fd, &sa) }); err != abi.OK {
		return abi.Sockaddr{}, err
	}
	return sa.decode(), abi.OK
}

// SetNonblock sets O_NONBLOCK.
func (s *socket) SetNonblock(on bool) { s.nonblock.Store(on) }

// Nonblock tells O_NONBLOCK.
func (s *socket) Nonblock() bool { return s.nonblock.Load() }

// Pending is the number of bytes that a receive would find.
func (s *socket) Pending() (n int, err abi.Errno) {
	err = s.with(func(fd int) (e unix.Errno) { n, e = sysPending(fd); return e })
	return n, err
}

// Source is what a Poller waits on.
func (s *socket) Source() sock.Source { return s.fd }

// Close closes the socket.
func (s *socket) Close() abi.Errno {
	if s.lingers.Load() {
		// close(2) would wait for the peer's acknowledgement, up to the time set.
		// The kernel sends what is left either way.
		s.with(func(fd int) unix.Errno { return sysNoLinger(fd) })
	}
	return s.fd.close()
}

// with makes a call that does not wait.
func (s *socket) with(call func(fd int) unix.Errno) abi.Errno {
	if !s.fd.use() {
		return abi.EBADF
	}
	defer s.fd.done()
	for {
		if e := call(s.fd.num); e != unix.EINTR {
			return errnoOf(e)
		}
	}
}
