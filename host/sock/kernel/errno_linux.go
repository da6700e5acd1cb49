package kernel

import (
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// platformErrno translates the numbers that only Linux has.
func platformErrno(e unix.Errno) abi.Errno {
	if e == unix.ENONET {
		return abi.ENETUNREACH
	}
	return abi.EIO
}
