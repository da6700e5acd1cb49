package kernel

import (
	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

var optTCPInfo = abi.Option{Level: abi.Level(abi.IPPROTO_TCP), Num: abi.TCP_INFO}

// Info tells what the socket is and which state it is in.
func (s *socket) Info() sock.Info {
	info := sock.Info{Family: s.family, Type: s.typ, Proto: s.proto, In: -1, Out: -1}
	if !s.fd.use() {
		return info
	}
	defer s.fd.done()
	if s.family != abi.AF_UNIX && s.stream() {
		var state [1]byte // the first field of struct tcp_info
		if _, e := sysGetOption(s.fd.num, optTCPInfo, state[:]); e == 0 && int(state[0]) < len(tcpStates) {
			info.State = tcpStates[state[0]]
		}
	}
	if n, e := sysPending(s.fd.num); e == 0 {
		info.In = n
	}
	if n, err := unix.IoctlGetInt(s.fd.num, unix.TIOCOUTQ); err == nil {
		info.Out = n
	}
	return info
}

// tcpStates are the states by Linux's numbers. Source: include/net/tcp_states.h.
var tcpStates = [...]string{
	1: "ESTABLISHED", 2: "SYN_SENT", 3: "SYN_RECV", 4: "FIN_WAIT1", 5: "FIN_WAIT2", 6: "TIME_WAIT",
	7: "CLOSE", 8: "CLOSE_WAIT", 9: "LAST_ACK", 10: "LISTEN", 11: "CLOSING", 12: "NEW_SYN_RECV",
}
