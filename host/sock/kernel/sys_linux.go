package kernel

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

const (
	ioctlPending = unix.TIOCINQ
	pollEnd      = unix.POLLRDHUP
)

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

func sysAccept(fd int, sa *rawAddr) (int, unix.Errno) {
	for {
		sa.len = uint32(len(sa.buf))
		nfd, _, e := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&sa.buf)),
			uintptr(unsafe.Pointer(&sa.len)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
		if e != unix.EINTR {
			return int(nfd), e
		}
	}
}

// sysBindLoopback ties a socket to the loopback interface.
func sysBindLoopback(fd int) unix.Errno {
	return errnoFrom(unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "lo"))
}

// sysYield lets another thread run, if one wants to.
func sysYield() { unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }

// The numbers of guests are Linux's, and so are the layouts of options.

func kernelFamily(f abi.Family) int     { return int(f) }
func guestFamily(f int) abi.Family      { return abi.Family(f) }
func kernelFlags(f abi.MsgFlags) int    { return int(f) }
func guestFlags(f int) abi.MsgFlags     { return abi.MsgFlags(f) }
func (r *rawAddr) setFamily(family int) { binary.NativeEndian.PutUint16(r.buf[:], uint16(family)) }
func (r *rawAddr) family() int          { return int(binary.NativeEndian.Uint16(r.buf[:])) }

func sysGetOption(fd int, opt abi.Option, value []byte) (int, unix.Errno) {
	return getsockopt(fd, int(opt.Level), int(opt.Num), value)
}

func sysSetOption(fd int, opt abi.Option, value []byte) unix.Errno {
	return setsockopt(fd, int(opt.Level), int(opt.Num), value)
}
