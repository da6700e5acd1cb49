package files

import (
	"errors"
	"os"
	"syscall"

	"github.com/tetratelabs/wazero/experimental/sys"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// cause is the number behind an error of package os or of a system call; 0
// for none.
func cause(err error) syscall.Errno {
	var errno syscall.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &errno):
		return errno
	case errors.Is(err, os.ErrClosed):
		return syscall.EBADF
	default:
		return syscall.EPERM // os.Root: "path escapes from parent"
	}
}

// errno is err as wazero tells it to the guest.
func (f *FS) errno(err error) sys.Errno {
	c := cause(err)
	e := sys.UnwrapOSError(c)
	if e == sys.EIO && c != syscall.EIO && f.onErrno != nil {
		f.onErrno(errnoOf(c))
	}
	return e
}

// errnoOf is err by its name in WASI.
func errnoOf(err error) abi.Errno {
	c := cause(err)
	if c == 0 {
		return abi.OK
	}
	if e, ok := abi.ParseErrno(unix.ErrnoName(c)); ok {
		return e
	}
	return abi.EIO
}
