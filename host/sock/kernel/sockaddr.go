package kernel

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// rawAddr is a sockaddr as the kernel reads and writes it: a value, so that
// it needs no allocation. A length of 0 is no address.
type rawAddr struct {
	len uint32
	buf [128]byte // struct sockaddr_storage
}

// pathMax is the longest name of an AF_UNIX socket, without its terminator.
const pathMax = len(unix.RawSockaddrUnix{}.Path) - 1

// encode lays an address out for the kernel.
//
// # Errors
//   - ENAMETOOLONG: an AF_UNIX path above pathMax.
func (r *rawAddr) encode(sa abi.Sockaddr) abi.Errno {
	*r = rawAddr{}
	switch sa.Family {
	case abi.AF_INET:
		ip := sa.IP.Addr().As4()
		binary.BigEndian.PutUint16(r.buf[2:], sa.IP.Port())
		copy(r.buf[4:], ip[:])
		r.len = unix.SizeofSockaddrInet4
	case abi.AF_INET6:
		ip := sa.IP.Addr().As16()
		binary.BigEndian.PutUint16(r.buf[2:], sa.IP.Port())
		binary.NativeEndian.PutUint32(r.buf[4:], sa.Flow)
		copy(r.buf[8:], ip[:])
		binary.NativeEndian.PutUint32(r.buf[24:], sa.Zone)
		r.len = unix.SizeofSockaddrInet6
	case abi.AF_UNIX:
		if len(sa.Path) > pathMax {
			return abi.ENAMETOOLONG
		}
		n := copy(r.buf[2:], sa.Path)
		if n > 0 && sa.Path[0] != 0 {
			n++ // a path's terminator counts; an abstract name has none
		}
		r.len = uint32(2 + n)
	default:
		r.len = unix.SizeofSockaddrInet4 // of the family's number, for the call to judge
	}
	r.setFamily(kernelFamily(sa.Family))
	return abi.OK
}

// decode reads an address that the kernel wrote.
func (r *rawAddr) decode() abi.Sockaddr {
	if r.len < 2 {
		return abi.Sockaddr{}
	}
	b := r.buf[:min(int(r.len), len(r.buf))]
	port := binary.BigEndian.Uint16(r.buf[2:])
	switch family := guestFamily(r.family()); family {
	case abi.AF_INET:
		return abi.Sockaddr{Family: family, IP: netip.AddrPortFrom(netip.AddrFrom4([4]byte(r.buf[4:8])), port)}
	case abi.AF_INET6:
		return abi.Sockaddr{
			Family: family,
			IP:     netip.AddrPortFrom(netip.AddrFrom16([16]byte(r.buf[8:24])), port),
			Flow:   binary.NativeEndian.Uint32(r.buf[4:]),
			Zone:   binary.NativeEndian.Uint32(r.buf[24:]),
		}
	case abi.AF_UNIX:
		path := b[2:]
		if len(path) > 0 && path[0] != 0 {
			for i, c := range path {
				if c == 0 {
					path = path[:i]
					break
				}
			}
		}
		return abi.Sockaddr{Family: family, Path: string(path)}
	default:
		return abi.Sockaddr{Family: family}
	}
}
