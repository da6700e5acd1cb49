package kernel

import "golang.org/x/sys/unix"

// sysLatePort says whether a bind to port 0 leaves the choice of a port to
// connect(2).
func sysLatePort(fd, on int) unix.Errno {
	return errnoFrom(unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_BIND_ADDRESS_NO_PORT, on))
}
