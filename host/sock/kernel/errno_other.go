//go:build !linux

package kernel

import (
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// platformErrno translates the names that share a number on Linux.
func platformErrno(e unix.Errno) abi.Errno {
	if e == unix.EOPNOTSUPP {
		return abi.EOPNOTSUPP
	}
	return abi.EIO
}
