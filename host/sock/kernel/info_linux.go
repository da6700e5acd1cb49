package kernel

import "golang.org/x/sys/unix"

// sysTCPState tells a TCP socket's state, "" if it cannot.
func sysTCPState(fd int) string {
	var state [1]byte // the first field of struct tcp_info
	_, e := getsockopt(fd, unix.IPPROTO_TCP, unix.TCP_INFO, state[:])
	if e != 0 || int(state[0]) >= len(tcpStates) {
		return ""
	}
	return tcpStates[state[0]]
}

// sysUnsent is the number of bytes that the peer has not acknowledged.
func sysUnsent(fd int) (int, unix.Errno) {
	n, err := unix.IoctlGetInt(fd, unix.TIOCOUTQ)
	return n, errnoFrom(err)
}

// tcpStates are the states by Linux's numbers. Source: include/net/tcp_states.h.
var tcpStates = [...]string{
	1: "ESTABLISHED", 2: "SYN_SENT", 3: "SYN_RECV", 4: "FIN_WAIT1", 5: "FIN_WAIT2", 6: "TIME_WAIT",
	7: "CLOSE", 8: "CLOSE_WAIT", 9: "LAST_ACK", 10: "LISTEN", 11: "CLOSING", 12: "NEW_SYN_RECV",
}
