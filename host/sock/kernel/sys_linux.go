package kernel

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// The system calls on non-blocking descriptors, without the allocations of
// package unix's forms. None of them waits.

func sysSocket(family, typ, proto int) (int, unix.Errno) {
	fd, _, e := unix.RawSyscall(unix.SYS_SOCKET, uintptr(family),
		uintptr(typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC), uintptr(proto))
	return int(fd), e
}

func sysSocketPair(family, typ, proto int) (fds [2]int, e unix.Errno) {
	var pair [2]int32
	_, _, e = unix.RawSyscall6(unix.SYS_SOCKETPAIR, uintptr(family),
		uintptr(typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC), uintptr(proto), uintptr(unsafe.Pointer(&pair)), 0, 0)
	return [2]int{int(pair[0]), int(pair[1])}, e
}

// sysBindLoopback ties a socket to the loopback interface.
func sysBindLoopback(fd int) unix.Errno {
	return errnoFrom(unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "lo"))
}

func sysBind(fd int, sa *rawAddr) unix.Errno {
	_, _, e := unix.Syscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)), uintptr(sa.len))
	return e
}

func sysListen(fd, backlog int) unix.Errno {
	_, _, e := unix.Syscall(unix.SYS_LISTEN, uintptr(fd), uintptr(backlog), 0)
	return e
}

func sysConnect(fd int, sa *rawAddr) unix.Errno {
	_, _, e := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)), uintptr(sa.len))
	return e
}

func sysAccept(fd int, sa *rawAddr) (int, unix.Errno) {
	for {
		sa.len = uint32(len(sa.buf))
		nfd, _, e := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)),
			uintptr(unsafe.Pointer(&sa.len)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
		if e != unix.EINTR {
			return int(nfd), e
		}
	}
}

func sysShutdown(fd, how int) unix.Errno {
	_, _, e := unix.Syscall(unix.SYS_SHUTDOWN, uintptr(fd), uintptr(how), 0)
	return e
}

func sysSockName(fd int, sa *rawAddr) unix.Errno { return sysName(unix.SYS_GETSOCKNAME, fd, sa) }
func sysPeerName(fd int, sa *rawAddr) unix.Errno { return sysName(unix.SYS_GETPEERNAME, fd, sa) }

func sysName(call uintptr, fd int, sa *rawAddr) unix.Errno {
	sa.len = uint32(len(sa.buf))
	_, _, e := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)), uintptr(unsafe.Pointer(&sa.len)))
	return e
}

// sysRecv receives without asking whom from.
func sysRecv(fd int, p []byte, flags int) (int, unix.Errno) {
	n, _, e := unix.Syscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), uintptr(flags), 0, 0)
	return count(n, e), e
}

// sysRecvFrom receives and tells whom from, and the message's flags.
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

// sysPending is SIOCINQ.
func sysPending(fd int) (int, unix.Errno) {
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	return n, errnoFrom(err)
}

// sysEnded reports whether a stream's end or an error has arrived.
func sysEnded(fd int) bool {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
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

// The numbers of guests are Linux's.
func kernelFamily(f abi.Family) int     { return int(f) }
func guestFamily(f int) abi.Family      { return abi.Family(f) }
func kernelFlags(f abi.MsgFlags) int    { return int(f) }
func guestFlags(f int) abi.MsgFlags     { return abi.MsgFlags(f) }
func (r *rawAddr) setFamily(family int) { binary.NativeEndian.PutUint16(r.buf[:], uint16(family)) }
func (r *rawAddr) family() int          { return int(binary.NativeEndian.Uint16(r.buf[:])) }
