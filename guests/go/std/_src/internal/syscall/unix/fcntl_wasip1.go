package unix

import (
	"syscall"
	_ "unsafe" // for go:linkname
)

// Fcntl knows F_GETFL and, for sockets, F_DUPFD_CLOEXEC.
func Fcntl(fd int, cmd int, arg int) (int, error) {
	switch cmd {
	case syscall.F_GETFL:
		return statusFlags(fd)
	case syscall.F_DUPFD_CLOEXEC:
		return syscall.Dup(fd)
	}
	return 0, syscall.ENOSYS
}

//go:linkname statusFlags syscall.statusFlags
func statusFlags(fd int) (int, error)
