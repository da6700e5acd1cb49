package syscall

import "unsafe"

type Linger struct {
	Onoff  int32
	Linger int32
}

type IPMreq struct {
	Multiaddr [4]byte
	Interface [4]byte
}

type IPMreqn struct {
	Multiaddr [4]byte
	Address   [4]byte
	Ifindex   int32
}

type IPv6Mreq struct {
	Multiaddr [16]byte
	Interface uint32
}

func getsockopt(fd, level, name int, v unsafe.Pointer, size *uint32) error {
	return errnoErr(host_getsockopt(int32(fd), int32(level), int32(name), v, *size, size))
}

func setsockopt(fd, level, name int, v unsafe.Pointer, size uintptr) error {
	errno := host_setsockopt(int32(fd), int32(level), int32(name), v, uint32(size))
	if errno == 0 && level == SOL_SOCKET {
		noteTimeout(fd, name, unsafe.Slice((*byte)(v), size))
	}
	return errnoErr(errno)
}

func GetsockoptInt(fd, level, name int) (int, error) {
	var v int32
	size := uint32(4)
	err := getsockopt(fd, level, name, unsafe.Pointer(&v), &size)
	return int(v), err
}

func GetsockoptInet4Addr(fd, level, name int) (v [4]byte, err error) {
	size := uint32(4)
	err = getsockopt(fd, level, name, unsafe.Pointer(&v), &size)
	return v, err
}

func SetsockoptInt(fd, level, name int, value int) error {
	v := int32(value)
	return setsockopt(fd, level, name, unsafe.Pointer(&v), 4)
}

func SetsockoptByte(fd, level, name int, value byte) error {
	return setsockopt(fd, level, name, unsafe.Pointer(&value), 1)
}

func SetsockoptInet4Addr(fd, level, name int, value [4]byte) error {
	return setsockopt(fd, level, name, unsafe.Pointer(&value), 4)
}

func SetsockoptLinger(fd, level, name int, l *Linger) error {
	return setsockopt(fd, level, name, unsafe.Pointer(l), unsafe.Sizeof(*l))
}

func SetsockoptTimeval(fd, level, name int, tv *Timeval) error {
	return setsockopt(fd, level, name, unsafe.Pointer(tv), unsafe.Sizeof(*tv))
}

func SetsockoptString(fd, level, name int, s string) error {
	return setsockopt(fd, level, name, unsafe.Pointer(unsafe.StringData(s)), uintptr(len(s)))
}

func SetsockoptIPMreq(fd, level, name int, mreq *IPMreq) error {
	return setsockopt(fd, level, name, unsafe.Pointer(mreq), unsafe.Sizeof(*mreq))
}

func SetsockoptIPMreqn(fd, level, name int, mreq *IPMreqn) error {
	return setsockopt(fd, level, name, unsafe.Pointer(mreq), unsafe.Sizeof(*mreq))
}

func SetsockoptIPv6Mreq(fd, level, name int, mreq *IPv6Mreq) error {
	return setsockopt(fd, level, name, unsafe.Pointer(mreq), unsafe.Sizeof(*mreq))
}

// An Iovec is one buffer of a vectored write.
type Iovec struct {
	Base *byte
	Len  uint32
}

func (v *Iovec) SetLen(n int) { v.Len = uint32(n) }
