package socket

import (
	"encoding/binary"
	"net/netip"
	"os"
	"unsafe"
)

func getAddrInfo(node, service string, hints AddrInfo) ([]AddrInfo, error) {
	b := make([]byte, 1024)
	for {
		var n uint32
		eai := host_getaddrinfo(text(node), uint32(len(node)), text(service), uint32(len(service)),
			int32(hints.Family), int32(hints.Type), int32(hints.Protocol), int32(hints.Flags), unsafe.Pointer(&b[0]), uint32(len(b)), &n)
		if eai != 0 {
			return nil, EAI(eai)
		}
		if int(n) <= len(b) {
			return addrInfos(b[:n]), nil
		}
		b = make([]byte, n)
	}
}

// addrInfos reads the host's answers: five numbers each, the last two of them
// lengths, an address and a name, padded to a multiple of four bytes.
func addrInfos(b []byte) (all []AddrInfo) {
	const header = 5 * 4
	word := func(i int) int { return int(int32(binary.LittleEndian.Uint32(b[4*i:]))) }
	for len(b) >= header {
		ai := AddrInfo{Family: word(0), Type: word(1), Protocol: word(2)}
		addrLen, nameLen := word(3), word(4)
		ai.Addr = decodeAddr(b[header : header+addrLen])
		ai.CanonName = string(b[header+addrLen : header+addrLen+nameLen])
		all = append(all, ai)
		b = b[(header+addrLen+nameLen+3)&^3:]
	}
	return all
}

// decodeAddr reads an IP address in Linux's layout.
func decodeAddr(b []byte) Addr {
	if len(b) < 4 {
		return Addr{}
	}
	a := Addr{Port: int(binary.BigEndian.Uint16(b[2:]))}
	switch {
	case b[0] == AF_INET && len(b) >= 8:
		a.IP = netip.AddrFrom4([4]byte(b[4:]))
	case b[0] == AF_INET6 && len(b) >= 24:
		a.IP = netip.AddrFrom16([16]byte(b[8:]))
	}
	return a
}

func encodeAddr(a Addr) []byte {
	if a.IP.Is4() {
		b := make([]byte, 16)
		b[0] = AF_INET
		binary.BigEndian.PutUint16(b[2:], uint16(a.Port))
		copy(b[4:], a.IP.AsSlice())
		return b
	}
	b := make([]byte, 28)
	b[0] = AF_INET6
	binary.BigEndian.PutUint16(b[2:], uint16(a.Port))
	copy(b[8:], a.IP.AsSlice())
	return b
}

func getNameInfo(addr Addr, flags int) (node, service string, err error) {
	if !addr.IP.IsValid() {
		return "", "", EAI_FAMILY
	}
	sa := encodeAddr(addr)
	h, s := make([]byte, 1025), make([]byte, 32) // NI_MAXHOST, NI_MAXSERV
	var hn, sn uint32
	if eai := host_getnameinfo(unsafe.Pointer(&sa[0]), uint32(len(sa)), int32(flags),
		unsafe.Pointer(&h[0]), uint32(len(h)), &hn, unsafe.Pointer(&s[0]), uint32(len(s)), &sn); eai != 0 {
		return "", "", EAI(eai)
	}
	return string(h[:hn]), string(s[:sn]), nil
}

func getHostName() (string, error) { return os.Hostname() }

func getServByName(name, protocol string) (port int, err error) {
	var v int32
	if errno := host_getservbyname(text(name), uint32(len(name)), text(protocol), uint32(len(protocol)), &v); errno != 0 {
		return 0, Errno(errno)
	}
	return int(v), nil
}

func getServByPort(port int, protocol string) (name string, err error) {
	b := make([]byte, 64)
	var n uint32
	if errno := host_getservbyport(int32(port), text(protocol), uint32(len(protocol)), unsafe.Pointer(&b[0]), uint32(len(b)), &n); errno != 0 {
		return "", Errno(errno)
	}
	return string(b[:min(int(n), len(b))]), nil
}

func text(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }
