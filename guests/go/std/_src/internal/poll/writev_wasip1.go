package poll

import (
	"structs"
	"syscall"
	"unsafe"
)

// A ciovec is an Iovec as WASI has it: with a 32-bit pointer.
type ciovec struct {
	_   structs.HostLayout
	buf uint32
	len uint32
}

//go:wasmimport wasi_snapshot_preview1 fd_write
//go:noescape
func fd_write(fd int32, iovs unsafe.Pointer, iovsLen uint32, nwritten *uint32) uint32

func writev(fd int, iovecs []syscall.Iovec) (uintptr, error) {
	vec := make([]ciovec, len(iovecs))
	for i, v := range iovecs {
		vec[i].buf, vec[i].len = uint32(uintptr(unsafe.Pointer(v.Base))), v.Len
	}
	var n uint32
	if errno := fd_write(int32(fd), unsafe.Pointer(&vec[0]), uint32(len(vec)), &n); errno != 0 {
		return 0, errnoErr(syscall.Errno(errno))
	}
	return uintptr(n), nil
}
