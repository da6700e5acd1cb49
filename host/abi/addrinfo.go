package abi

import "encoding/binary"

// EAI is an error of getaddrinfo or getnameinfo, with Linux's (glibc's)
// numbers; 0 is success. EAI_SYSTEM is never used.
type EAI int32

// The name errors. Source: RFC 3493 section 6.1; <netdb.h>.
const (
	EAI_BADFLAGS   EAI = -1
	EAI_NONAME     EAI = -2
	EAI_AGAIN      EAI = -3
	EAI_FAIL       EAI = -4
	EAI_NODATA     EAI = -5
	EAI_FAMILY     EAI = -6
	EAI_SOCKTYPE   EAI = -7
	EAI_SERVICE    EAI = -8
	EAI_ADDRFAMILY EAI = -9
	EAI_MEMORY     EAI = -10
	EAI_OVERFLOW   EAI = -12
)

var eaiNames = []Named{
	{"EAI_BADFLAGS", -1}, {"EAI_NONAME", -2}, {"EAI_AGAIN", -3}, {"EAI_FAIL", -4},
	{"EAI_NODATA", -5}, {"EAI_FAMILY", -6}, {"EAI_SOCKTYPE", -7}, {"EAI_SERVICE", -8},
	{"EAI_ADDRFAMILY", -9}, {"EAI_MEMORY", -10}, {"EAI_OVERFLOW", -12},
}

var eaiTexts = map[EAI]string{
	EAI_BADFLAGS: "Bad value for ai_flags", EAI_NONAME: "Name or service not known",
	EAI_AGAIN: "Temporary failure in name resolution", EAI_FAIL: "Non-recoverable failure in name resolution",
	EAI_NODATA: "No address associated with hostname", EAI_FAMILY: "ai_family not supported",
	EAI_SOCKTYPE: "ai_socktype not supported", EAI_SERVICE: "Servname not supported for ai_socktype",
	EAI_ADDRFAMILY: "Address family for hostname not supported", EAI_MEMORY: "Memory allocation failure",
	EAI_OVERFLOW: "Result too large for supplied buffer",
}

// Name is the C name, such as EAI_NONAME; OK for success.
func (e EAI) Name() string {
	if e == 0 {
		return "OK"
	}
	return nameOf(eaiNames, int64(e))
}

// Error is the text of gai_strerror(3).
func (e EAI) Error() string {
	if s := eaiTexts[e]; s != "" {
		return s
	}
	return e.Name()
}

// Flags of getaddrinfo.
const (
	AI_PASSIVE     = 0x1
	AI_CANONNAME   = 0x2
	AI_NUMERICHOST = 0x4
	AI_V4MAPPED    = 0x8
	AI_ALL         = 0x10
	AI_ADDRCONFIG  = 0x20
	AI_NUMERICSERV = 0x400
)

// AIFlagNames are the flags of getaddrinfo.
var AIFlagNames = []Named{
	{"AI_PASSIVE", AI_PASSIVE}, {"AI_CANONNAME", AI_CANONNAME}, {"AI_NUMERICHOST", AI_NUMERICHOST},
	{"AI_V4MAPPED", AI_V4MAPPED}, {"AI_ALL", AI_ALL}, {"AI_ADDRCONFIG", AI_ADDRCONFIG},
	{"AI_NUMERICSERV", AI_NUMERICSERV},
}

// Flags of getnameinfo.
const (
	NI_NUMERICHOST = 1
	NI_NUMERICSERV = 2
	NI_NOFQDN      = 4
	NI_NAMEREQD    = 8
	NI_DGRAM       = 16
)

// NIFlagNames are the flags of getnameinfo.
var NIFlagNames = []Named{
	{"NI_NUMERICHOST", NI_NUMERICHOST}, {"NI_NUMERICSERV", NI_NUMERICSERV}, {"NI_NOFQDN", NI_NOFQDN},
	{"NI_NAMEREQD", NI_NAMEREQD}, {"NI_DGRAM", NI_DGRAM},
}

// AddrInfo is one answer of getaddrinfo.
type AddrInfo struct {
	Family    Family
	Type      Type
	Protocol  Protocol
	Addr      Sockaddr
	Canonical string // set on the first answer when AI_CANONNAME asked for it
}

// AppendAddrInfo appends the layout in which getaddrinfo hands an answer to a
// guest: five little-endian 32-bit numbers (family, type, protocol, length
// of the address, length of the canonical name), then the address, then the
// name, padded with zeros to a multiple of four bytes.
func AppendAddrInfo(b []byte, ai AddrInfo) []byte {
	var addr [SockaddrMax]byte
	n := ai.Addr.Encode(addr[:])
	for _, v := range [...]uint32{uint32(ai.Family), uint32(ai.Type), uint32(ai.Protocol), uint32(n), uint32(len(ai.Canonical))} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = append(b, addr[:n]...)
	b = append(b, ai.Canonical...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// DecodeAddrInfo reads one answer that AppendAddrInfo has laid out, and what
// comes after it. It is false at the end, or where an answer was cut off.
func DecodeAddrInfo(b []byte) (ai AddrInfo, rest []byte, ok bool) {
	const head = 20
	if len(b) < head {
		return ai, nil, false
	}
	word := func(i int) int { return int(int32(binary.LittleEndian.Uint32(b[4*i:]))) }
	addr, name := word(3), word(4)
	if addr < 0 || name < 0 || addr > len(b)-head || name > len(b)-head-addr {
		return ai, nil, false
	}
	end := head + addr + name
	ai = AddrInfo{Family: Family(word(0)), Type: Type(word(1)), Protocol: Protocol(word(2)), Canonical: string(b[head+addr : end])}
	if addr > 0 {
		var err Errno
		if ai.Addr, err = DecodeSockaddr(b[head : head+addr]); err != OK {
			return ai, nil, false
		}
	}
	return ai, b[min((end+3)&^3, len(b)):], true
}
