package abi

import "strconv"

// Family is an address family, with Linux's numbers.
type Family int32

// The families. The last three exist to be refused by name.
const (
	AF_UNSPEC Family = 0
	AF_UNIX   Family = 1
	AF_INET   Family = 2
	AF_INET6  Family = 10

	AF_NETLINK Family = 16
	AF_PACKET  Family = 17
	AF_CAN     Family = 29
)

// Type is a socket type, with Linux's numbers.
type Type int32

// The types.
const (
	SOCK_STREAM    Type = 1
	SOCK_DGRAM     Type = 2
	SOCK_RAW       Type = 3
	SOCK_RDM       Type = 4
	SOCK_SEQPACKET Type = 5

	// Flags that socket, socketpair and accept take beside the type.
	SOCK_NONBLOCK Type = 0o4000
	SOCK_CLOEXEC  Type = 0o2000000
)

// Protocol is a transport protocol's number (IANA).
type Protocol int32

// The protocols.
const (
	IPPROTO_IP      Protocol = 0
	IPPROTO_ICMP    Protocol = 1
	IPPROTO_TCP     Protocol = 6
	IPPROTO_UDP     Protocol = 17
	IPPROTO_IPV6    Protocol = 41
	IPPROTO_ICMPV6  Protocol = 58
	IPPROTO_UDPLITE Protocol = 136
)

// MsgFlags are the flags of send and recv, with Linux's numbers.
type MsgFlags uint32

// The message flags.
const (
	MSG_OOB      MsgFlags = 0x1
	MSG_PEEK     MsgFlags = 0x2
	MSG_CTRUNC   MsgFlags = 0x8
	MSG_TRUNC    MsgFlags = 0x20
	MSG_DONTWAIT MsgFlags = 0x40
	MSG_EOR      MsgFlags = 0x80
	MSG_WAITALL  MsgFlags = 0x100
	MSG_NOSIGNAL MsgFlags = 0x4000
	MSG_MORE     MsgFlags = 0x8000

	// MSG_CMSG_CLOEXEC has no meaning in a sandbox, where nothing is executed.
	MSG_CMSG_CLOEXEC MsgFlags = 0x40000000
)

// How says which direction shutdown ends, with Linux's numbers.
type How int32

// The directions of shutdown.
const (
	SHUT_RD How = iota
	SHUT_WR
	SHUT_RDWR
)

// SOMAXCONN is the largest backlog that has an effect.
const SOMAXCONN = 4096

// Level is the level of a socket option.
type Level int32

// SOL_SOCKET is the level of the options of every socket; a protocol's own
// options have the protocol's number as their level.
const SOL_SOCKET Level = 1

// Option names one option of a level.
type Option struct {
	Level Level
	Num   int32
}

// The options that guests may use, by level. Any other is ENOPROTOOPT.
const (
	SO_REUSEADDR    = 2
	SO_TYPE         = 3
	SO_ERROR        = 4
	SO_DONTROUTE    = 5
	SO_BROADCAST    = 6
	SO_SNDBUF       = 7
	SO_RCVBUF       = 8
	SO_KEEPALIVE    = 9
	SO_OOBINLINE    = 10
	SO_PRIORITY     = 12
	SO_LINGER       = 13
	SO_REUSEPORT    = 15
	SO_RCVLOWAT     = 18
	SO_SNDLOWAT     = 19
	SO_RCVTIMEO     = 20
	SO_SNDTIMEO     = 21
	SO_TIMESTAMP    = 29
	SO_ACCEPTCONN   = 30
	SO_PROTOCOL     = 38
	SO_DOMAIN       = 39
	SO_INCOMING_CPU = 49

	IP_TOS             = 1
	IP_TTL             = 2
	IP_PKTINFO         = 8
	IP_RECVTTL         = 12
	IP_RECVTOS         = 13
	IP_MULTICAST_TTL   = 33
	IP_MULTICAST_LOOP  = 34
	IPV6_UNICAST_HOPS  = 16
	IPV6_MULTICAST_HOP = 18
	IPV6_V6ONLY        = 26
	IPV6_RECVPKTINFO   = 49
	IPV6_RECVHOPLIMIT  = 51
	IPV6_RECVTCLASS    = 66
	IPV6_TCLASS        = 67

	TCP_NODELAY      = 1
	TCP_MAXSEG       = 2
	TCP_CORK         = 3
	TCP_KEEPIDLE     = 4
	TCP_KEEPINTVL    = 5
	TCP_KEEPCNT      = 6
	TCP_SYNCNT       = 7
	TCP_LINGER2      = 8
	TCP_DEFER_ACCEPT = 9
	TCP_INFO         = 11
	TCP_QUICKACK     = 12
	TCP_USER_TIMEOUT = 18
	TCP_FASTOPEN     = 23

	UDPLITE_SEND_CSCOV = 10
	UDPLITE_RECV_CSCOV = 11
)

// Name is the family's C name, such as AF_INET.
func (f Family) Name() string { return nameOf(familyNames, int64(f)) }

// Name is the type's C name, such as SOCK_STREAM, its flags left out.
func (t Type) Name() string { return nameOf(typeNames, int64(t.Base())) }

// Base is the type without SOCK_NONBLOCK and SOCK_CLOEXEC.
func (t Type) Base() Type { return t &^ (SOCK_NONBLOCK | SOCK_CLOEXEC) }

// Name is the protocol's C name, such as IPPROTO_TCP.
func (p Protocol) Name() string { return nameOf(protocolNames, int64(p)) }

// Name is the direction's C name, such as SHUT_WR.
func (h How) Name() string { return nameOf(howNames, int64(h)) }

// Name is the level's C name, such as SOL_SOCKET.
func (l Level) Name() string { return nameOf(levelNames, int64(l)) }

// Name is the option's C name, such as SO_REUSEADDR.
func (o Option) Name() string {
	if names := optionNames[o.Level]; names != nil {
		return nameOf(names, int64(o.Num))
	}
	return strconv.Itoa(int(o.Num))
}

// Known reports whether guests may use the option.
func (o Option) Known() bool {
	_, ok := lookup(optionNames[o.Level], int64(o.Num))
	return ok
}

// Named is one constant of the vocabulary.
type Named struct {
	Name  string
	Value int64
}

func lookup(names []Named, v int64) (string, bool) {
	for _, n := range names {
		if n.Value == v {
			return n.Name, true
		}
	}
	return "", false
}

func nameOf(names []Named, v int64) string {
	if s, ok := lookup(names, v); ok {
		return s
	}
	return strconv.FormatInt(v, 10)
}
