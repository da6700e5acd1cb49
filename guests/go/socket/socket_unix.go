//go:build linux || darwin

package socket

import (
	"syscall"
	"time"
	"unsafe"
)

// Natively Go's own signals interrupt calls that block; a program of one
// thread in the sandbox never sees that, so it is kept from this one too.
func uninterrupted(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}

func newSocket(family, typ, protocol int) (int, error) {
	fd, err := sysSocket(family, typ, protocol)
	if err == syscall.ESOCKTNOSUPPORT { // which WASI does not have
		err = syscall.EPROTONOSUPPORT
	}
	return fd, err
}

func accept(fd int) (conn int, sa syscall.Sockaddr, err error) {
	err = uninterrupted(func() error {
		conn, sa, err = syscall.Accept(fd)
		return err
	})
	return conn, sa, err
}

func connect(fd int, sa syscall.Sockaddr) error {
	err := syscall.Connect(fd, sa)
	if err != syscall.EINTR {
		return err
	}
	// It goes on by itself.
	fds := []PollFD{{FD: int32(fd), Events: POLLOUT}}
	if _, errno := poll(fds, -1); errno != 0 {
		return errno
	}
	v, err := syscall.GetsockoptInt(fd, SOL_SOCKET, SO_ERROR)
	if err == nil && v != 0 {
		err = syscall.Errno(v)
	}
	return err
}

func send(fd int, p []byte, flags int, to syscall.Sockaddr) (n int, err error) {
	err = uninterrupted(func() error {
		n, err = syscall.SendmsgN(fd, p, nil, to, flags)
		return err
	})
	return max(n, 0), result(err)
}

func recv(fd int, p []byte, flags int) (n int, from Addr, outflags int, err error) {
	var sa syscall.Sockaddr
	err = uninterrupted(func() error {
		n, _, outflags, sa, err = syscall.Recvmsg(fd, p, nil, flags)
		return err
	})
	return max(n, 0), addrOf(sa), outflags, result(err)
}

// Pending tells how many bytes a receive would find. ioctl(2), FIONREAD
func Pending(fd int) (n int, err error) {
	var v int32
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), fionread, uintptr(unsafe.Pointer(&v))); errno != 0 {
		return 0, Errno(errno)
	}
	return int(v), nil
}

func poll(fds []PollFD, timeout time.Duration) (int, Errno) {
	deadline := time.Now().Add(timeout)
	for {
		ms := -1
		if timeout >= 0 {
			ms = int((max(time.Until(deadline), 0) + time.Millisecond - 1) / time.Millisecond)
		}
		n, errno := sysPoll(fds, ms)
		if errno != syscall.EINTR {
			return n, Errno(errno)
		}
	}
}
