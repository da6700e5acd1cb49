//go:build wasip1 && version1

package main

import "unsafe"

const version = 1

//go:wasmimport wasi_snapshot_preview1 sock_accept
func sock_accept(fd int32, accepted unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_recv_from
func sock_recv_from(fd int32, iovs unsafe.Pointer, count uint32, from unsafe.Pointer, flags uint32, n, outflags unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_getlocaladdr
func sock_getlocaladdr(fd int32, addr, typ, port unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_getpeeraddr
func sock_getpeeraddr(fd int32, addr, typ, port unsafe.Pointer) uint32

func accept(fd int32) (c int32, errno uint32) {
	errno = sock_accept(fd, unsafe.Pointer(&c))
	return c, errno
}

func receive(fd int32, iovs []iovec, flags uint32) (n uint32, from address, outflags uint16, errno uint32) {
	b := buffer{at: ptr(&from.bytes), size: 16}
	errno = sock_recv_from(fd, unsafe.Pointer(&iovs[0]), uint32(len(iovs)), unsafe.Pointer(&b), flags, unsafe.Pointer(&n), unsafe.Pointer(&outflags))
	return n, from, outflags, errno
}

func name(fd int32, by func(int32, unsafe.Pointer, unsafe.Pointer, unsafe.Pointer) uint32) (a address, errno uint32) {
	var typ uint32
	b := buffer{at: ptr(&a.bytes), size: 16}
	errno = by(fd, unsafe.Pointer(&b), unsafe.Pointer(&typ), unsafe.Pointer(&a.port))
	a.family = map[uint32]uint16{4: inet4, 6: inet6}[typ]
	return a, errno
}

func local(fd int32) (address, uint32) { return name(fd, sock_getlocaladdr) }
func peer(fd int32) (address, uint32)  { return name(fd, sock_getpeeraddr) }

// give is an address as this version hands it over.
func (a *address) give() buffer {
	if a.family == inet6 {
		return buffer{at: ptr(&a.bytes), size: 16}
	}
	return buffer{at: ptr(&a.bytes), size: 4}
}
