//go:build !linux

package kernel

import "golang.org/x/sys/unix"

// sysTCPState tells a TCP socket's state, "" if it cannot.
func sysTCPState(fd int) string {
	info, err := unix.GetsockoptTCPConnectionInfo(fd, unix.IPPROTO_TCP, unix.TCP_CONNECTION_INFO)
	if err != nil || int(info.State) >= len(tcpStates) {
		return ""
	}
	return tcpStates[info.State]
}

// sysUnsent is the number of bytes that the peer has not acknowledged.
func sysUnsent(fd int) (int, unix.Errno) {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NWRITE)
	return n, errnoFrom(err)
}

// tcpStates are the states by BSD's numbers. Source: netinet/tcp_fsm.h.
var tcpStates = [...]string{
	"CLOSE", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT1", "CLOSING",
	"LAST_ACK", "FIN_WAIT2", "TIME_WAIT",
}
