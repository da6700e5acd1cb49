package abi

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// Sockaddr is a socket address of any family, as a value that can be
// compared. Its zero value is "no address" (AF_UNSPEC).
type Sockaddr struct {
	Family Family
	// IP is set for AF_INET (always a 4-byte address) and AF_INET6 (always a
	// 16-byte one; a mapped address stays mapped, a zone is not kept).
	IP   netip.AddrPort
	Flow uint32 // sin6_flowinfo, as the guest wrote it
	Zone uint32 // sin6_scope_id
	// Path is set for AF_UNIX: a path; or "" for an unnamed socket; or a
	// name that begins with a zero byte in the abstract namespace.
	Path string
}

// The sizes of an encoded address, in bytes.
const (
	sockaddrIn  = 16
	sockaddrIn6 = 28
	// UnixPathMax bounds an AF_UNIX path. It is not the kernel's 108: a path
	// is resolved by the host inside the guest's folders.
	UnixPathMax = 4096
	// SockaddrMax is enough for any encoded address.
	SockaddrMax = 2 + UnixPathMax + 1
)

// InetAddr makes the address of an IPv4 or IPv6 end point.
func InetAddr(ap netip.AddrPort) Sockaddr {
	if ap.Addr().Is4() {
		return Sockaddr{Family: AF_INET, IP: ap}
	}
	return Sockaddr{Family: AF_INET6, IP: netip.AddrPortFrom(ap.Addr().WithZone(""), ap.Port())}
}

// UnixAddr makes the address of an AF_UNIX end point.
func UnixAddr(path string) Sockaddr { return Sockaddr{Family: AF_UNIX, Path: path} }

// DecodeSockaddr reads an address as a guest lays it out. An unknown family
// is not an error here: it comes back as an address of that family, for the
// call to refuse by its own rules.
//
// # Errors
//   - EINVAL: too short for its family, or an AF_UNIX path above UnixPathMax.
func DecodeSockaddr(b []byte) (Sockaddr, Errno) {
	if len(b) < 2 {
		return Sockaddr{}, EINVAL
	}
	sa := Sockaddr{Family: Family(binary.LittleEndian.Uint16(b))}
	switch sa.Family {
	case AF_INET:
		if len(b) < sockaddrIn {
			return Sockaddr{}, EINVAL
		}
		sa.IP = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), binary.BigEndian.Uint16(b[2:]))
	case AF_INET6:
		if len(b) < sockaddrIn6-4 { // sin6_scope_id may be missing: RFC 2133 programs
			return Sockaddr{}, EINVAL
		}
		sa.IP = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), binary.BigEndian.Uint16(b[2:]))
		sa.Flow = binary.LittleEndian.Uint32(b[4:])
		if len(b) >= sockaddrIn6 {
			sa.Zone = binary.LittleEndian.Uint32(b[24:])
		}
	case AF_UNIX:
		path := b[2:]
		if len(path) > 0 && path[0] != 0 { // a path ends at its first zero byte; an abstract name does not
			for i, c := range path {
				if c == 0 {
					path = path[:i]
					break
				}
			}
		}
		if len(path) > UnixPathMax {
			return Sockaddr{}, EINVAL
		}
		sa.Path = string(path)
	}
	return sa, OK
}

// Encode writes the address as guests read it, cut to len(b), and returns its
// full length, as getsockname(2) does. It is 0 for no address.
func (sa Sockaddr) Encode(b []byte) int {
	switch sa.Family {
	case AF_INET:
		var s [sockaddrIn]byte
		binary.LittleEndian.PutUint16(s[:], uint16(AF_INET))
		binary.BigEndian.PutUint16(s[2:], sa.IP.Port())
		ip := sa.IP.Addr().As4()
		copy(s[4:], ip[:])
		copy(b, s[:])
		return len(s)
	case AF_INET6:
		var s [sockaddrIn6]byte
		binary.LittleEndian.PutUint16(s[:], uint16(AF_INET6))
		binary.BigEndian.PutUint16(s[2:], sa.IP.Port())
		binary.LittleEndian.PutUint32(s[4:], sa.Flow)
		ip := sa.IP.Addr().As16()
		copy(s[8:], ip[:])
		binary.LittleEndian.PutUint32(s[24:], sa.Zone)
		copy(b, s[:])
		return len(s)
	case AF_UNIX:
		var s [2]byte
		binary.LittleEndian.PutUint16(s[:], uint16(AF_UNIX))
		n := copy(b, s[:])
		if sa.Path == "" {
			return 2
		}
		m := copy(b[n:], sa.Path)
		if sa.Path[0] == 0 {
			return 2 + len(sa.Path)
		}
		if n+m < len(b) {
			b[n+m] = 0
		}
		return 2 + len(sa.Path) + 1
	}
	return 0
}

// String prints the address for people: 127.0.0.1:9000, [::1]:9000, a path,
// @name for the abstract namespace.
func (sa Sockaddr) String() string {
	switch sa.Family {
	case AF_UNSPEC:
		return "-"
	case AF_INET, AF_INET6:
		return sa.IP.String()
	case AF_UNIX:
		switch {
		case sa.Path == "":
			return "unnamed"
		case sa.Path[0] == 0:
			return "@" + sa.Path[1:]
		}
		return sa.Path
	}
	return "family " + strconv.Itoa(int(sa.Family))
}
