package socket

import (
	"syscall"
	"unsafe"
)

const fionread = 0x541B

func sysSocket(family, typ, protocol int) (int, error) { return syscall.Socket(family, typ, protocol) }

func sysPoll(fds []PollFD, ms int) (int, syscall.Errno) {
	ts := syscall.NsecToTimespec(int64(ms) * 1e6)
	p := unsafe.Pointer(&ts)
	if ms < 0 {
		p = nil
	}
	n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(p), 0, 0, 0)
	return int(n), errno
}
