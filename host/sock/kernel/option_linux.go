package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// A guest's options have Linux's numbers and layouts already.

func sysGetOption(fd int, opt abi.Option, value []byte) (int, unix.Errno) {
	size := uint32(len(value))
	_, _, e := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(opt.Level), uintptr(opt.Num),
		uintptr(unsafe.Pointer(unsafe.SliceData(value))), uintptr(unsafe.Pointer(&size)), 0)
	return count(uintptr(size), e), e
}

func sysSetOption(fd int, opt abi.Option, value []byte) unix.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(opt.Level), uintptr(opt.Num),
		uintptr(unsafe.Pointer(unsafe.SliceData(value))), uintptr(len(value)), 0)
	return e
}
