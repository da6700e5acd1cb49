//go:build wasip1 && !version1

package main

import (
	"encoding/binary"
	"unsafe"
)

const version = 2

//go:wasmimport wasi_snapshot_preview1 sock_accept
func sock_accept(fd int32, flags uint32, accepted unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_recv_from
func sock_recv_from(fd int32, iovs unsafe.Pointer, count uint32, from unsafe.Pointer, flags uint32, port, n, outflags unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_getlocaladdr
func sock_getlocaladdr(fd int32, addr, port unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_getpeeraddr
func sock_getpeeraddr(fd int32, addr, port unsafe.Pointer) uint32

func accept(fd int32) (c int32, errno uint32) {
	errno = sock_accept(fd, 0, unsafe.Pointer(&c))
	return c, errno
}

func receive(fd int32, iovs []iovec, flags uint32) (n uint32, from address, outflags uint16, errno uint32) {
	var port uint16
	b := buffer{at: ptr(&from.wide), size: 128}
	errno = sock_recv_from(fd, unsafe.Pointer(&iovs[0]), uint32(len(iovs)), unsafe.Pointer(&b), flags,
		unsafe.Pointer(&port), unsafe.Pointer(&n), unsafe.Pointer(&outflags))
	from.take()
	from.port = uint32(port)
	return n, from, outflags, errno
}

func name(fd int32, by func(int32, unsafe.Pointer, unsafe.Pointer) uint32) (a address, errno uint32) {
	b := buffer{at: ptr(&a.wide), size: 128}
	errno = by(fd, unsafe.Pointer(&b), unsafe.Pointer(&a.port))
	a.take()
	return a, errno
}

func local(fd int32) (address, uint32) { return name(fd, sock_getlocaladdr) }
func peer(fd int32) (address, uint32)  { return name(fd, sock_getpeeraddr) }

// give is an address as this version hands it over.
func (a *address) give() buffer {
	binary.LittleEndian.PutUint16(a.wide[:], a.family)
	if a.family != unix {
		copy(a.wide[2:], a.bytes[:])
	}
	return buffer{at: ptr(&a.wide), size: 128}
}

// take reads one that was answered.
func (a *address) take() {
	a.family = binary.LittleEndian.Uint16(a.wide[:])
	copy(a.bytes[:], a.wide[2:])
}
