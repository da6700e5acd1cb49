//go:build !linux

package kernel

import (
	"net"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

const (
	ioctlPending = 0x4004667f // FIONREAD
	pollEnd      = unix.POLLHUP
)

// sysSocket makes a socket. It holds off a fork until the socket is
// close-on-exec, which is a call of its own here.
func sysSocket(family, typ, proto int) (int, unix.Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, _, e := unix.RawSyscall(unix.SYS_SOCKET, uintptr(family), uintptr(typ), uintptr(proto))
	return prepared(int(fd), e)
}

func sysSocketPair(family, typ, proto int) (fds [2]int, e unix.Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(family, typ, proto)
	if err != nil {
		return fds, errnoFrom(err)
	}
	for _, fd := range fds {
		if _, e = prepared(fd, e); e != 0 {
			break
		}
	}
	return fds, e
}

func sysAccept(fd int, sa *rawAddr) (int, unix.Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for {
		sa.len = uint32(len(sa.buf))
		nfd, _, e := unix.Syscall(unix.SYS_ACCEPT, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)), uintptr(unsafe.Pointer(&sa.len)))
		if e != unix.EINTR {
			return prepared(int(nfd), e)
		}
	}
}

// prepared makes a new descriptor what sysSocket promises.
func prepared(fd int, e unix.Errno) (int, unix.Errno) {
	if e != 0 {
		return fd, e
	}
	unix.CloseOnExec(fd)
	err := unix.SetNonblock(fd, true)
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NOSIGPIPE, 1)
	}
	if err != nil {
		unix.Close(fd)
	}
	return fd, errnoFrom(err)
}

// sysYield lets another goroutine run; there is no call to do so for threads.
func sysYield() { runtime.Gosched() }

// sysBindLoopback ties a socket to the loopback interface.
func sysBindLoopback(fd int) unix.Errno {
	lo, err := net.InterfaceByName("lo0")
	if err != nil {
		return unix.ENODEV
	}
	if err = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BOUND_IF, lo.Index); err != nil {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_BOUND_IF, lo.Index)
	}
	return errnoFrom(err)
}

func kernelFamily(f abi.Family) int {
	if f == abi.AF_INET6 {
		return unix.AF_INET6
	}
	return int(f)
}

func guestFamily(f int) abi.Family {
	if f == unix.AF_INET6 {
		return abi.AF_INET6
	}
	return abi.Family(f)
}

func (r *rawAddr) setFamily(family int) { r.buf[0], r.buf[1] = byte(r.len), byte(family) }
func (r *rawAddr) family() int          { return int(r.buf[1]) }

var messageFlags = []struct {
	guest  abi.MsgFlags
	kernel int
}{
	{abi.MSG_OOB, unix.MSG_OOB}, {abi.MSG_PEEK, unix.MSG_PEEK}, {abi.MSG_CTRUNC, unix.MSG_CTRUNC},
	{abi.MSG_TRUNC, unix.MSG_TRUNC}, {abi.MSG_DONTWAIT, unix.MSG_DONTWAIT}, {abi.MSG_EOR, unix.MSG_EOR},
	{abi.MSG_WAITALL, unix.MSG_WAITALL}, {abi.MSG_NOSIGNAL, unix.MSG_NOSIGNAL},
}

func kernelFlags(f abi.MsgFlags) (flags int) {
	for _, m := range messageFlags {
		if f&m.guest != 0 {
			flags |= m.kernel
		}
	}
	return flags
}

func guestFlags(f int) (flags abi.MsgFlags) {
	for _, m := range messageFlags {
		if f&m.kernel != 0 {
			flags |= m.guest
		}
	}
	return flags
}
