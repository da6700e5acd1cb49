//go:build wasip1

package main

import "unsafe"

//go:wasmimport wasi_snapshot_preview1 sock_open
func sock_open(family, typ int32, fd unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_bind
func sock_bind(fd int32, addr unsafe.Pointer, port uint32) uint32

//go:wasmimport wasi_snapshot_preview1 sock_connect
func sock_connect(fd int32, addr unsafe.Pointer, port uint32) uint32

//go:wasmimport wasi_snapshot_preview1 sock_listen
func sock_listen(fd, backlog int32) uint32

//go:wasmimport wasi_snapshot_preview1 sock_recv
func sock_recv(fd int32, iovs unsafe.Pointer, count, flags uint32, n, outflags unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_send
func sock_send(fd int32, iovs unsafe.Pointer, count, flags uint32, n unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_send_to
func sock_send_to(fd int32, iovs unsafe.Pointer, count uint32, addr unsafe.Pointer, port, flags uint32, n unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_shutdown
func sock_shutdown(fd, how int32) uint32

//go:wasmimport wasi_snapshot_preview1 sock_setsockopt
func sock_setsockopt(fd, level, name int32, value unsafe.Pointer, size uint32) uint32

// size may be a pointer to a size, or be the size.
//
//go:wasmimport wasi_snapshot_preview1 sock_getsockopt
func sock_getsockopt(fd, level, name int32, value unsafe.Pointer, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 sock_getaddrinfo
func sock_getaddrinfo(node unsafe.Pointer, nodeSize uint32, service unsafe.Pointer, serviceSize uint32, hints, list unsafe.Pointer, most uint32, count unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_close
func fd_close(fd int32) uint32

// The numbers of the extension.
const (
	inet4, inet6, unix = 1, 2, 3
	datagram, stream   = 1, 2

	reuseaddr, typ, sockError, sndbuf, rcvtimeo, acceptconn = 0, 1, 2, 5, 11, 13

	tcp, nodelay = 6, 15
)

type iovec struct{ at, n uint32 }

// buffer is an address on its way.
type buffer struct{ at, size uint32 }

// address is one that we understand.
type address struct {
	family uint16
	bytes  [16]byte
	port   uint32
	wide   [128]byte
}

func ptr[T any](p *T) uint32 { return uint32(uintptr(unsafe.Pointer(p))) }

func vectors(parts ...[]byte) []iovec {
	var v []iovec
	for _, p := range parts {
		v = append(v, iovec{ptr(unsafe.SliceData(p)), uint32(len(p))})
	}
	return v
}
