package abi

// Set is a group of constants that belong together: the values of one
// parameter. The generated headers list them in this order.
type Set struct {
	Title  string
	Consts []Named
}

// Sets returns every group of constants, for the generators and for the
// printing of a trace. The caller must not change them.
func Sets() []Set {
	return []Set{
		{"address families", familyNames},
		{"socket types", typeNames},
		{"flags beside a socket type", typeFlagNames},
		{"protocols", protocolNames},
		{"flags of send and recv", MsgFlagNames},
		{"directions of shutdown", howNames},
		{"levels of options", levelNames},
		{"options of SOL_SOCKET", optionNames[SOL_SOCKET]},
		{"options of IPPROTO_IP", optionNames[Level(IPPROTO_IP)]},
		{"options of IPPROTO_IPV6", optionNames[Level(IPPROTO_IPV6)]},
		{"options of IPPROTO_TCP", optionNames[Level(IPPROTO_TCP)]},
		{"options of IPPROTO_UDPLITE", optionNames[Level(IPPROTO_UDPLITE)]},
		{"control messages beside those of options", controlNames},
		{"flags of getaddrinfo", AIFlagNames},
		{"flags of getnameinfo", NIFlagNames},
		{"errors of getaddrinfo and getnameinfo", eaiNames},
		{"flags of spawn", SpawnFlagNames},
		{"flags of waitpid", WaitFlagNames},
	}
}

var familyNames = []Named{
	{"AF_UNSPEC", 0}, {"AF_UNIX", 1}, {"AF_INET", 2}, {"AF_INET6", 10},
	{"AF_NETLINK", 16}, {"AF_PACKET", 17}, {"AF_CAN", 29},
}

var typeNames = []Named{
	{"SOCK_STREAM", 1}, {"SOCK_DGRAM", 2}, {"SOCK_RAW", 3}, {"SOCK_RDM", 4}, {"SOCK_SEQPACKET", 5},
}

var typeFlagNames = []Named{
	{"SOCK_NONBLOCK", int64(SOCK_NONBLOCK)}, {"SOCK_CLOEXEC", int64(SOCK_CLOEXEC)},
}

var protocolNames = []Named{
	{"IPPROTO_IP", 0}, {"IPPROTO_ICMP", 1}, {"IPPROTO_TCP", 6}, {"IPPROTO_UDP", 17},
	{"IPPROTO_IPV6", 41}, {"IPPROTO_ICMPV6", 58},
	{"IPPROTO_UDPLITE", 136},
}

// MsgFlagNames are the flags of send and recv.
var MsgFlagNames = []Named{
	{"MSG_OOB", 0x1}, {"MSG_PEEK", 0x2}, {"MSG_CTRUNC", 0x8}, {"MSG_TRUNC", 0x20},
	{"MSG_DONTWAIT", 0x40}, {"MSG_EOR", 0x80}, {"MSG_WAITALL", 0x100},
	{"MSG_NOSIGNAL", 0x4000}, {"MSG_MORE", 0x8000},
	{"MSG_CMSG_CLOEXEC", int64(MSG_CMSG_CLOEXEC)},
}

var controlNames = []Named{
	{"SCM_RIGHTS", SCM_RIGHTS}, {"SCM_TIMESTAMP", SCM_TIMESTAMP},
	{"IPV6_HOPLIMIT", IPV6_HOPLIMIT}, {"IPV6_PKTINFO", IPV6_PKTINFO},
}

var howNames = []Named{{"SHUT_RD", 0}, {"SHUT_WR", 1}, {"SHUT_RDWR", 2}}

var levelNames = []Named{
	{"SOL_SOCKET", 1}, {"IPPROTO_IP", 0}, {"IPPROTO_TCP", 6}, {"IPPROTO_UDP", 17}, {"IPPROTO_IPV6", 41},
	{"IPPROTO_UDPLITE", 136},
}

var optionNames = map[Level][]Named{
	SOL_SOCKET: {
		{"SO_REUSEADDR", SO_REUSEADDR}, {"SO_TYPE", SO_TYPE}, {"SO_ERROR", SO_ERROR},
		{"SO_DONTROUTE", SO_DONTROUTE}, {"SO_BROADCAST", SO_BROADCAST},
		{"SO_SNDBUF", SO_SNDBUF}, {"SO_RCVBUF", SO_RCVBUF}, {"SO_KEEPALIVE", SO_KEEPALIVE},
		{"SO_OOBINLINE", SO_OOBINLINE}, {"SO_PRIORITY", SO_PRIORITY}, {"SO_LINGER", SO_LINGER},
		{"SO_REUSEPORT", SO_REUSEPORT}, {"SO_RCVLOWAT", SO_RCVLOWAT}, {"SO_SNDLOWAT", SO_SNDLOWAT},
		{"SO_RCVTIMEO", SO_RCVTIMEO}, {"SO_SNDTIMEO", SO_SNDTIMEO},
		{"SO_TIMESTAMP", SO_TIMESTAMP}, {"SO_ACCEPTCONN", SO_ACCEPTCONN}, {"SO_PROTOCOL", SO_PROTOCOL}, {"SO_DOMAIN", SO_DOMAIN},
		{"SO_INCOMING_CPU", SO_INCOMING_CPU},
	},
	Level(IPPROTO_IP): {
		{"IP_TOS", IP_TOS}, {"IP_TTL", IP_TTL},
		{"IP_PKTINFO", IP_PKTINFO}, {"IP_RECVTTL", IP_RECVTTL}, {"IP_RECVTOS", IP_RECVTOS},
		{"IP_MULTICAST_TTL", IP_MULTICAST_TTL}, {"IP_MULTICAST_LOOP", IP_MULTICAST_LOOP},
	},
	Level(IPPROTO_IPV6): {
		{"IPV6_UNICAST_HOPS", IPV6_UNICAST_HOPS}, {"IPV6_MULTICAST_HOPS", IPV6_MULTICAST_HOP},
		{"IPV6_V6ONLY", IPV6_V6ONLY}, {"IPV6_TCLASS", IPV6_TCLASS},
		{"IPV6_RECVPKTINFO", IPV6_RECVPKTINFO}, {"IPV6_RECVHOPLIMIT", IPV6_RECVHOPLIMIT},
		{"IPV6_RECVTCLASS", IPV6_RECVTCLASS},
	},
	Level(IPPROTO_TCP): {
		{"TCP_NODELAY", TCP_NODELAY}, {"TCP_MAXSEG", TCP_MAXSEG}, {"TCP_CORK", TCP_CORK},
		{"TCP_KEEPIDLE", TCP_KEEPIDLE}, {"TCP_KEEPINTVL", TCP_KEEPINTVL}, {"TCP_KEEPCNT", TCP_KEEPCNT},
		{"TCP_SYNCNT", TCP_SYNCNT}, {"TCP_LINGER2", TCP_LINGER2},
		{"TCP_DEFER_ACCEPT", TCP_DEFER_ACCEPT}, {"TCP_INFO", TCP_INFO}, {"TCP_QUICKACK", TCP_QUICKACK},
		{"TCP_USER_TIMEOUT", TCP_USER_TIMEOUT}, {"TCP_FASTOPEN", TCP_FASTOPEN},
	},
	Level(IPPROTO_UDPLITE): {
		{"UDPLITE_SEND_CSCOV", UDPLITE_SEND_CSCOV}, {"UDPLITE_RECV_CSCOV", UDPLITE_RECV_CSCOV},
	},
}
