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
	if err := s.with(sysBindLoopback); err != abi.EPERM || !s.Confined() {
		return err
	}
	return abi.OK // the system lets nobody do it twice
}

// Confined reports whether it is tied to the loopback interface.
func (s *socket) Confined() (tied bool) {
	s.with(func(fd int) unix.Errno { tied = sysTied(fd); return 0 })
	return tied
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
