package socket

import (
	"syscall"
	"unsafe"
)

const fionread = 0x4004667F

// Flags beside a socket type, which macOS does not have: Socket sees to them.
const (
	SOCK_NONBLOCK = 0x800
	SOCK_CLOEXEC  = 0x80000
)

func sysSocket(family, typ, protocol int) (int, error) {
	fd, err := syscall.Socket(family, typ&^(SOCK_NONBLOCK|SOCK_CLOEXEC), protocol)
	if err == nil && typ&SOCK_NONBLOCK != 0 {
		err = syscall.SetNonblock(fd, true)
	}
	return fd, err
}

func sysPoll(fds []PollFD, ms int) (int, syscall.Errno) {
	n, _, errno := syscall.Syscall(syscall.SYS_POLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(ms))
	return int(n), errno
}
