package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The peer's calls, which block its thread and tell Go's scheduler nothing:
// else the scheduler's watchdog would wake up all the time to see to a
// program that has only one thing to do, and would be measured.

func rawCall(call, a, b, c uintptr) (int, error) {
	for {
		n, _, e := unix.RawSyscall(call, a, b, c)
		switch e {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return -1, e
		}
	}
}

func rawRead(fd int, b []byte) (int, error) {
	return rawCall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
}

func rawWrite(fd int, b []byte) (int, error) {
	return rawCall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
}

func rawAccept(fd int) (int, error) { return rawCall(unix.SYS_ACCEPT, uintptr(fd), 0, 0) }

// rawConnect makes a connection to a port of 127.0.0.1.
func rawConnect(port int) (int, error) {
	fd, err := rawCall(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, err
	}
	sa := unix.RawSockaddrInet4{Family: unix.AF_INET, Port: uint16(port)<<8 | uint16(port)>>8, Addr: [4]byte{127, 0, 0, 1}}
	_, err = rawCall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa)), unix.SizeofSockaddrInet4)
	return fd, err
}

// rawReset closes a connection with a reset, which leaves no TIME_WAIT behind
// at the other end: many rounds would use up the ports.
func rawReset(fd int) {
	l := unix.Linger{Onoff: 1}
	unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER, uintptr(unsafe.Pointer(&l)), unsafe.Sizeof(l), 0)
	rawCall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
}
