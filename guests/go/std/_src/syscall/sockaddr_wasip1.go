package syscall

import (
	"structs"
	"unsafe"
)

// A Sockaddr is one of SockaddrInet4, SockaddrInet6 and SockaddrUnix.
type Sockaddr interface {
	// encode returns the address in Linux's layout.
	encode() []byte
}

type SockaddrInet4 struct {
	Port int
	Addr [4]byte
	raw  [16]byte
}

type SockaddrInet6 struct {
	Port   int
	ZoneId uint32
	Addr   [16]byte
	raw    [28]byte
}

// SockaddrUnix is a path, or a name of the abstract namespace if it begins
// with @.
type SockaddrUnix struct {
	Name string
	raw  []byte
}

func (sa *SockaddrInet4) encode() []byte {
	b := &sa.raw
	b[0], b[1] = AF_INET, 0
	b[2], b[3] = byte(sa.Port>>8), byte(sa.Port)
	copy(b[4:], sa.Addr[:])
	return b[:]
}

func (sa *SockaddrInet6) encode() []byte {
	b := &sa.raw
	b[0], b[1] = AF_INET6, 0
	b[2], b[3] = byte(sa.Port>>8), byte(sa.Port)
	copy(b[8:], sa.Addr[:])
	*(*uint32)(unsafe.Pointer(&b[24])) = sa.ZoneId
	return b[:]
}

func (sa *SockaddrUnix) encode() []byte {
	name := sa.Name
	b := append(sa.raw[:0], AF_UNIX, 0)
	switch {
	case name == "":
	case name[0] == '@' || name[0] == 0:
		b = append(append(b, 0), name[1:]...)
	default:
		// The host knows the folders of this program, and not where it is in
		// them: os.Chdir is this package's own affair.
		if !isAbs(name) && len(preopens) > 0 && cwd != preopens[0].name {
			name = joinPath(cwd, name)
		}
		b = append(append(b, name...), 0)
	}
	sa.raw = b
	return b
}

// validPort tells what the layout has no room for.
func validPort(sa Sockaddr) bool {
	port := 0
	switch sa := sa.(type) {
	case *SockaddrInet4:
		port = sa.Port
	case *SockaddrInet6:
		port = sa.Port
	}
	return 0 <= port && port <= 0xFFFF
}

// sockaddrMax is room for any address that the kernel itself has.
const sockaddrMax = 128

// A rawAddr is where the host puts an address.
type rawAddr struct {
	_   structs.HostLayout
	b   [sockaddrMax]byte
	len uint32 // of the whole address, which may not have fitted
}

func (a *rawAddr) room() (unsafe.Pointer, uint32, *uint32) {
	return unsafe.Pointer(&a.b), sockaddrMax, &a.len
}

func (a *rawAddr) bytes() []byte { return a.b[:min(a.len, sockaddrMax)] }

// decodeSockaddr is the inverse of encode; nil if there is no address.
func decodeSockaddr(b []byte) Sockaddr {
	if len(b) < 2 {
		return nil
	}
	switch b[0] {
	case AF_INET:
		sa := new(SockaddrInet4)
		if !sa.decode(b) {
			return nil
		}
		return sa
	case AF_INET6:
		sa := new(SockaddrInet6)
		if !sa.decode(b) {
			return nil
		}
		return sa
	case AF_UNIX:
		name := b[2:]
		for i, c := range name {
			if c == 0 && i > 0 {
				name = name[:i]
				break
			}
		}
		if len(name) == 0 || name[0] == 0 { // unnamed, or abstract
			return &SockaddrUnix{Name: "@" + string(name[min(len(name), 1):])}
		}
		return &SockaddrUnix{Name: string(name)}
	}
	return nil
}

func (sa *SockaddrInet4) decode(b []byte) bool {
	if len(b) < len(sa.raw) || b[0] != AF_INET {
		return false
	}
	sa.Port = int(b[2])<<8 | int(b[3])
	copy(sa.Addr[:], b[4:])
	return true
}

func (sa *SockaddrInet6) decode(b []byte) bool {
	if len(b) < len(sa.raw) || b[0] != AF_INET6 {
		return false
	}
	sa.Port = int(b[2])<<8 | int(b[3])
	copy(sa.Addr[:], b[8:])
	sa.ZoneId = uint32(b[24]) | uint32(b[25])<<8 | uint32(b[26])<<16 | uint32(b[27])<<24
	return true
}

func Getsockname(fd int) (Sockaddr, error) {
	var a rawAddr
	addr, addrCap, addrLen := a.room()
	errno := host_getsockname(int32(fd), addr, addrCap, addrLen)
	if errno == 0 && a.len > sockaddrMax { // a path longer than the kernel would have it
		b := make([]byte, a.len)
		errno = host_getsockname(int32(fd), unsafe.Pointer(&b[0]), uint32(len(b)), addrLen)
		return decodeSockaddr(b), errnoErr(errno)
	}
	return decodeSockaddr(a.bytes()), errnoErr(errno)
}

func Getpeername(fd int) (Sockaddr, error) {
	var a rawAddr
	addr, addrCap, addrLen := a.room()
	errno := host_getpeername(int32(fd), addr, addrCap, addrLen)
	if errno == 0 && a.len > sockaddrMax {
		b := make([]byte, a.len)
		errno = host_getpeername(int32(fd), unsafe.Pointer(&b[0]), uint32(len(b)), addrLen)
		return decodeSockaddr(b), errnoErr(errno)
	}
	return decodeSockaddr(a.bytes()), errnoErr(errno)
}
