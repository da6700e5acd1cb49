package socket

import (
	"syscall"
	"time"
	"unsafe"
)

// Without the overlay of socklab, package syscall has no sockets on wasip1.
// `socklab run` builds with it.
const _ = syscall.NeedsSocklabOverlay

func newSocket(family, typ, protocol int) (int, error) { return syscall.Socket(family, typ, protocol) }

func accept(fd int) (int, syscall.Sockaddr, error) { return syscall.Accept(fd) }

func connect(fd int, sa syscall.Sockaddr) error { return syscall.Connect(fd, sa) }

func send(fd int, p []byte, flags int, to syscall.Sockaddr) (int, error) {
	n, err := syscall.SendmsgN(fd, p, nil, to, flags)
	return max(n, 0), result(err)
}

func recv(fd int, p []byte, flags int) (n int, from Addr, outflags int, err error) {
	n, _, outflags, sa, err := syscall.Recvmsg(fd, p, nil, flags)
	return max(n, 0), addrOf(sa), outflags, result(err)
}

// Pending tells how many bytes a receive would find. ioctl(2), FIONREAD
func Pending(fd int) (n int, err error) {
	var v int32
	if errno := host_pending(int32(fd), &v); errno != 0 {
		return 0, Errno(errno)
	}
	return int(v), nil
}

func poll(fds []PollFD, timeout time.Duration) (int, Errno) {
	n, errno := syscall_poll(fds, int64(timeout))
	return n, Errno(errno)
}

//go:linkname syscall_poll syscall.socklab_poll
func syscall_poll(fds []PollFD, timeout int64) (int, syscall.Errno)

var _ unsafe.Pointer // for go:linkname
