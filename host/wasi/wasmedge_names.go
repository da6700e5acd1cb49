package wasi

import (
	"bytes"
	"context"
	"encoding/binary"

	"socklab/host/abi"
)

// sock_getaddrinfo answers into a list that the guest has laid out: addrinfo
// (flags u16, family u8, type u8, protocol u32, address length u32, address,
// canonical name, its length u32, next), where an address is a sockaddr
// (family u32, data length u32, data). The data is a port, as on the wire, and
// the IP address: so IPv6 is without its flow information, as wasi-go has it
// and the one library that reads it. Answers that have no room are left out.
const (
	edgeAddrInfo = 28
	edgeSockaddr = 12
)

// edgeAIFlags are the flags of getaddrinfo.
var edgeAIFlags = codes{{1, abi.AI_PASSIVE}, {2, abi.AI_CANONNAME}, {4, abi.AI_NUMERICHOST}, {8, abi.AI_NUMERICSERV},
	{16, abi.AI_V4MAPPED}, {32, abi.AI_ALL}, {64, abi.AI_ADDRCONFIG}}

// edgeProtocols are those that getaddrinfo names.
var edgeProtocols = codes{{0, int32(abi.IPPROTO_IP)}, {1, int32(abi.IPPROTO_TCP)}, {2, int32(abi.IPPROTO_UDP)}}

// edgeNameErrors are the errno by which the extension tells an EAI.
var edgeNameErrors = codes{{77, int32(abi.EAI_ADDRFAMILY)}, {78, int32(abi.EAI_AGAIN)}, {79, int32(abi.EAI_BADFLAGS)},
	{80, int32(abi.EAI_FAIL)}, {81, int32(abi.EAI_FAMILY)}, {82, int32(abi.EAI_MEMORY)}, {83, int32(abi.EAI_NODATA)},
	{84, int32(abi.EAI_NONAME)}, {85, int32(abi.EAI_SERVICE)}, {86, int32(abi.EAI_SOCKTYPE)}, {87, int32(abi.EAI_OVERFLOW)}}

// edgeGetAddrInfo is sock_getaddrinfo(node, length, service, length, hints,
// list **addrinfo, most, count *i32).
func edgeGetAddrInfo(ctx context.Context, c *wasiCall) abi.Errno {
	node, errno := c.bytes(c.u32(0), c.u32(1))
	if errno != abi.OK {
		return errno
	}
	service, errno := c.bytes(c.u32(2), c.u32(3))
	if errno != abi.OK {
		return errno
	}
	hints, errno := c.bytes(c.u32(4), edgeAddrInfo)
	if errno != abi.OK {
		return errno
	}
	list, errno := c.bytes(c.u32(5), 4)
	if errno != abi.OK {
		return errno
	}
	count, errno := c.bytes(c.u32(7), 4)
	if errno != abi.OK {
		return errno
	}
	f := c.begin(abi.GetAddrInfo)
	f.buf[0], f.buf[1] = upToZero(node), upToZero(service)
	if errno := edgeHints(f, hints); errno != abi.OK {
		return errno
	}
	answers := make([]byte, 4096)
	f.buf[6] = answers
	if eai := c.p.call(ctx, f); eai != 0 {
		return abi.Errno(edgeNameErrors.theirs(eai))
	}
	at, n := binary.LittleEndian.Uint32(list), uint32(0)
	for answers = answers[:min(int(f.n[6]), len(answers))]; n < c.u32(6) && at != 0; {
		ai, rest, ok := abi.DecodeAddrInfo(answers)
		if !ok {
			break
		}
		answers = rest
		next, put, errno := c.putAddrInfo(at, ai)
		if errno != abi.OK {
			return errno
		}
		if put {
			at, n = next, n+1
		}
	}
	binary.LittleEndian.PutUint32(count, n)
	return abi.OK
}

// upToZero is a name without the zero byte that some guests end it with.
func upToZero(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b
}

// edgeHints reads what the guest asks for.
func edgeHints(f *frame, b []byte) abi.Errno {
	theirs := binary.LittleEndian.Uint16(b)
	var flags int32
	for _, p := range edgeAIFlags {
		if theirs&uint16(p[0]) != 0 {
			flags |= p[1]
			theirs &^= uint16(p[0])
		}
	}
	if theirs != 0 {
		return abi.Errno(edgeNameErrors.theirs(int32(abi.EAI_BADFLAGS)))
	}
	ok := true
	if b[2] != 0 {
		if f.num[2], ok = edgeFamilies.ours(int32(b[2])); !ok {
			return abi.Errno(edgeNameErrors.theirs(int32(abi.EAI_FAMILY)))
		}
	}
	if b[3] != 0 {
		f.num[3], ok = edgeTypes.ours(int32(b[3]))
	}
	// The protocol is a byte, and three that may be anything.
	proto, ok2 := edgeProtocols.ours(int32(b[4]))
	if !ok || !ok2 {
		return abi.Errno(edgeNameErrors.theirs(int32(abi.EAI_SOCKTYPE)))
	}
	f.num[4], f.num[5] = proto, flags
	return abi.OK
}

// putAddrInfo writes one answer to the guest's list. It is not put if the
// guest's room for an address is too small.
func (c *wasiCall) putAddrInfo(at uint32, ai abi.AddrInfo) (next uint32, put bool, errno abi.Errno) {
	b, errno := c.bytes(at, edgeAddrInfo)
	if errno != abi.OK {
		return 0, false, errno
	}
	addr, errno := c.bytes(binary.LittleEndian.Uint32(b[12:]), edgeSockaddr)
	if errno != abi.OK {
		return 0, false, errno
	}
	data, errno := c.bytes(binary.LittleEndian.Uint32(addr[8:]), binary.LittleEndian.Uint32(addr[4:]))
	if errno != abi.OK {
		return 0, false, errno
	}
	name, errno := c.bytes(binary.LittleEndian.Uint32(b[16:]), binary.LittleEndian.Uint32(b[20:]))
	if errno != abi.OK {
		return 0, false, errno
	}
	ip := ai.Addr.IP.Addr().AsSlice()
	if len(data) < 2+len(ip) {
		return 0, false, abi.OK
	}
	next = binary.LittleEndian.Uint32(b[24:])
	family := edgeFamilies.theirs(int32(ai.Family))
	n := 0
	if len(name) > 0 { // a C string
		n = copy(name[:len(name)-1], ai.Canonical)
		name[n] = 0
	}
	binary.BigEndian.PutUint16(data, ai.Addr.IP.Port())
	copy(data[2:], ip)
	binary.LittleEndian.PutUint32(addr, uint32(family))
	binary.LittleEndian.PutUint16(b, 0)
	b[2], b[3] = byte(family), byte(edgeTypes.theirs(int32(ai.Type)))
	binary.LittleEndian.PutUint32(b[4:], uint32(edgeProtocols.theirs(int32(ai.Protocol))))
	binary.LittleEndian.PutUint32(b[8:], uint32(ai.Addr.Encode(nil)))
	binary.LittleEndian.PutUint32(b[20:], uint32(n))
	return next, true, abi.OK
}
