package kernel

import (
	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

var (
	_ sock.Confiner   = (*socket)(nil)
	_ sock.LateBinder = (*socket)(nil)
)

// Confine ties the socket to the loopback interface.
func (s *socket) Confine() abi.Errno {
	if s.family == abi.AF_UNIX {
		return abi.EOPNOTSUPP
	}
	return s.with(sysBindLoopback)
}

// BindLate binds, and leaves the port to Connect.
func (s *socket) BindLate(addr abi.Sockaddr) abi.Errno {
	if s.family == abi.AF_UNIX || !s.stream() {
		return abi.EOPNOTSUPP
	}
	var sa rawAddr
	if err := sa.encode(addr); err != abi.OK {
		return err
	}
	return s.with(func(fd int) unix.Errno {
		if e := sysLatePort(fd, 1); e != 0 {
			return e
		}
		defer sysLatePort(fd, 0)
		return sysBind(fd, &sa)
	})
}
