package wasi

import (
	"encoding/binary"
	"net/netip"

	"socklab/host/abi"
)

// An address of the extension is a pointer to {pointer, length}, and a port
// beside it. The length says what the bytes are: 4 of an IPv4 address, 16 of
// an IPv6 address (where something is answered: of either), or 128 that begin
// with a family, in 16 bits, and go on with the IP address or with a path that
// ends in a zero byte.

const (
	edgeWide    = 128
	edgePath    = edgeWide - 2
	edgeAddrMax = 2 + edgeWide // of ours, long enough for any of theirs
)

// codes are pairs of theirs and ours.
type codes [][2]int32

func (n codes) ours(theirs int32) (int32, bool) {
	for _, p := range n {
		if p[0] == theirs {
			return p[1], true
		}
	}
	return 0, false
}

func (n codes) theirs(ours int32) int32 {
	for _, p := range n {
		if p[1] == ours {
			return p[0]
		}
	}
	return 0
}

var (
	edgeFamilies = codes{{1, int32(abi.AF_INET)}, {2, int32(abi.AF_INET6)}, {3, int32(abi.AF_UNIX)}}
	edgeTypes    = codes{{1, int32(abi.SOCK_DGRAM)}, {2, int32(abi.SOCK_STREAM)}}
	// edgeOptions are of their level 0, SOL_SOCKET.
	edgeOptions = codes{{0, abi.SO_REUSEADDR}, {1, abi.SO_TYPE}, {2, abi.SO_ERROR}, {3, abi.SO_DONTROUTE},
		{4, abi.SO_BROADCAST}, {5, abi.SO_SNDBUF}, {6, abi.SO_RCVBUF}, {7, abi.SO_KEEPALIVE}, {8, abi.SO_OOBINLINE},
		{9, abi.SO_LINGER}, {10, abi.SO_RCVLOWAT}, {11, abi.SO_RCVTIMEO}, {12, abi.SO_SNDTIMEO}, {13, abi.SO_ACCEPTCONN}}
)

// edgeOption is an option of theirs. Level 6 is wasi-go's, which calls
// TCP_NODELAY 15.
func edgeOption(level, name int32) (abi.Option, bool) {
	switch level {
	case 0:
		num, ok := edgeOptions.ours(name)
		return abi.Option{Level: abi.SOL_SOCKET, Num: num}, ok
	case int32(abi.IPPROTO_TCP):
		if name == 15 {
			name = abi.TCP_NODELAY
		}
		return abi.Option{Level: abi.Level(level), Num: name}, true
	}
	return abi.Option{}, false
}

// addressRoom is the bytes that the address at a pointer consists of.
func (c *wasiCall) addressRoom(at uint32) ([]byte, abi.Errno) {
	head, errno := c.bytes(at, 8)
	if errno != abi.OK {
		return nil, errno
	}
	b, errno := c.bytes(binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:]))
	if errno != abi.OK {
		return nil, errno
	}
	switch len(b) {
	case 4, 16, edgeWide:
		return b, abi.OK
	}
	return nil, abi.EINVAL
}

// address reads one, into the layout of our table.
func (c *wasiCall) address(at, port uint32) ([]byte, abi.Errno) {
	b, errno := c.addressRoom(at)
	if errno != abi.OK {
		return nil, errno
	}
	sa, ok := edgeAddrOf(b, port)
	if !ok {
		return nil, abi.EINVAL
	}
	ours := make([]byte, edgeAddrMax)
	return ours[:sa.Encode(ours)], abi.OK
}

func edgeAddrOf(b []byte, port uint32) (abi.Sockaddr, bool) {
	if len(b) == edgeWide {
		family, path := binary.LittleEndian.Uint16(b), b[2:]
		switch ours, _ := edgeFamilies.ours(int32(family)); abi.Family(ours) {
		case abi.AF_INET:
			b = path[:4]
		case abi.AF_INET6:
			b = path[:16]
		case abi.AF_UNIX:
			for i, ch := range path {
				if ch == 0 {
					return abi.UnixAddr(string(path[:i])), true
				}
			}
			return abi.Sockaddr{}, false
		default:
			return abi.Sockaddr{}, false
		}
	}
	ip, _ := netip.AddrFromSlice(b) // of 4 or 16 bytes
	return abi.InetAddr(netip.AddrPortFrom(ip, uint16(port))), port <= 0xffff
}

// putEdgeAddr answers an address, whose port goes elsewhere. It is false if
// there is no room for one of its kind; what is too long of a path is left out.
func putEdgeAddr(b []byte, sa abi.Sockaddr) bool {
	clear(b)
	if len(b) == edgeWide {
		binary.LittleEndian.PutUint16(b, uint16(edgeFamilies.theirs(int32(sa.Family))))
		b = b[2:]
	}
	switch sa.Family {
	case abi.AF_INET, abi.AF_INET6:
		ip := sa.IP.Addr().AsSlice()
		return copy(b, ip) == len(ip)
	case abi.AF_UNIX:
		if len(b) == edgePath {
			copy(b[:edgePath-1], sa.Path)
			return true
		}
	}
	return false
}

// addr reads the address that a call has answered.
func (f *frame) addr(i int) abi.Sockaddr {
	sa, _ := abi.DecodeSockaddr(f.buf[i][:min(int(f.n[i]), len(f.buf[i]))]) // none: a zero address
	return sa
}
