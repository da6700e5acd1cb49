package socket

import (
	"syscall"
	"time"
)

// GetSockOpt reads an option whose value is a number, or a yes or no.
// getsockopt(2)
func GetSockOpt(fd, level, option int) (value int, err error) {
	value, err = syscall.GetsockoptInt(fd, level, option)
	return value, result(err)
}

// SetSockOpt sets an option whose value is a number, or a yes (1) or no (0).
// setsockopt(2), socket(7), tcp(7)
func SetSockOpt(fd, level, option, value int) error {
	return result(syscall.SetsockoptInt(fd, level, option, value))
}

// SetSockOptTime sets SO_RCVTIMEO or SO_SNDTIMEO: how long a call on a
// blocking socket waits before it fails with EAGAIN; 0 is for ever. socket(7)
func SetSockOptTime(fd, level, option int, d time.Duration) error {
	tv := syscall.NsecToTimeval(d.Nanoseconds())
	return result(syscall.SetsockoptTimeval(fd, level, option, &tv))
}

// SetSockOptLinger sets SO_LINGER. On with 0 seconds, Close throws away what
// is unsent and resets the connection. socket(7)
func SetSockOptLinger(fd int, on bool, seconds int) error {
	l := syscall.Linger{Linger: int32(seconds)}
	if on {
		l.Onoff = 1
	}
	return result(syscall.SetsockoptLinger(fd, SOL_SOCKET, SO_LINGER, &l))
}
