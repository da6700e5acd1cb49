package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The system calls on non-blocking descriptors, without the allocations of
// package unix's forms. None of them waits for anybody. So the short ones are
// raw: to tell Go's scheduler of each, so that it may give the processor to
// somebody else, costs a round trip a third of its time. Those that look up
// a path, or move much, are not short.

// short is how many bytes a raw call moves at most.
const short = 64 << 10

func sysBind(fd int, sa *rawAddr) unix.Errno {
	_, _, e := unix.Syscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)), uintptr(sa.len))
	return e
}

func sysListen(fd, backlog int) unix.Errno {
	_, _, e := unix.RawSyscall(unix.SYS_LISTEN, uintptr(fd), uintptr(backlog), 0)
	return e
}

func sysConnect(fd int, sa *rawAddr) unix.Errno {
	if sa.family() == unix.AF_UNIX {
		_, _, e := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)), uintptr(sa.len))
		return e
	}
	_, _, e := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)), uintptr(sa.len))
	return e
}

func sysShutdown(fd, how int) unix.Errno {
	_, _, e := unix.RawSyscall(unix.SYS_SHUTDOWN, uintptr(fd), uintptr(how), 0)
	return e
}

// sysClose closes a socket, which does not wait if it does not linger.
func sysClose(fd int) { unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

func sysSockName(fd int, sa *rawAddr) unix.Errno { return sysName(unix.SYS_GETSOCKNAME, fd, sa) }
func sysPeerName(fd int, sa *rawAddr) unix.Errno { return sysName(unix.SYS_GETPEERNAME, fd, sa) }

func sysName(call uintptr, fd int, sa *rawAddr) unix.Errno {
	sa.len = uint32(len(sa.buf))
	_, _, e := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)), uintptr(unsafe.Pointer(&sa.len)))
	return e
}

// sysRecv receives without asking whom from.
func sysRecv(fd int, p []byte, flags int) (int, unix.Errno) {
	if len(p) > short {
		n, _, e := unix.Syscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
			uintptr(len(p)), uintptr(flags), 0, 0)
		return count(n, e), e
	}
	n, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), uintptr(flags), 0, 0)
	return count(n, e), e
}

// sysRecvFrom receives and tells whom from, and the message's flags. There is
// no room for control messages: descriptors that somebody sends along are
// dropped by the kernel.
func sysRecvFrom(fd int, p []byte, flags int, sa *rawAddr) (n, out int, e unix.Errno) {
	iov := unix.Iovec{Base: unsafe.SliceData(p)}
	iov.SetLen(len(p))
	msg := unix.Msghdr{Name: &sa.buf[0], Namelen: uint32(len(sa.buf)), Iov: &iov}
	msg.SetIovlen(1)
	r, _, e := unix.Syscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), uintptr(flags))
	sa.len = msg.Namelen
	return count(r, e), int(msg.Flags), e
}

func sysSendTo(fd int, p []byte, flags int, to *rawAddr) (int, unix.Errno) {
	if to.len == 0 && len(p) <= short {
		n, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
			uintptr(len(p)), uintptr(flags), 0, 0)
		return count(n, e), e
	}
	addr := unsafe.Pointer(nil)
	if to.len > 0 {
		addr = unsafe.Pointer(&to.buf)
	}
	n, _, e := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), uintptr(flags), uintptr(addr), uintptr(to.len))
	return count(n, e), e
}

func count(n uintptr, e unix.Errno) int {
	if e != 0 {
		return 0
	}
	return int(n)
}

func getsockopt(fd, level, num int, value []byte) (int, unix.Errno) {
	size := uint32(len(value))
	_, _, e := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(num),
		uintptr(unsafe.Pointer(unsafe.SliceData(value))), uintptr(unsafe.Pointer(&size)), 0)
	return count(uintptr(size), e), e
}

func setsockopt(fd, level, num int, value []byte) unix.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(num),
		uintptr(unsafe.Pointer(unsafe.SliceData(value))), uintptr(len(value)), 0)
	return e
}

// sysPending is the number of bytes that a receive would find.
func sysPending(fd int) (int, unix.Errno) {
	n, err := unix.IoctlGetInt(fd, ioctlPending)
	return n, errnoFrom(err)
}

// sysEnded reports whether a stream's end or an error has arrived.
func sysEnded(fd int) bool {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: pollEnd}}
	n, err := unix.Poll(p[:], 0)
	return err == nil && n > 0
}

// sysNoLinger makes close(2) return at once.
func sysNoLinger(fd int) unix.Errno {
	return errnoFrom(unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{}))
}

func errnoFrom(err error) unix.Errno {
	if err == nil {
		return 0
	}
	if e, ok := err.(unix.Errno); ok {
		return e
	}
	return unix.EIO
}
