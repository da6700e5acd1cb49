//go:build !linux

package kernel

import (
	"syscall"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// kernelControl is the kernel's number for a control message that is to be
// sent: of SCM_RIGHTS alone here.
func kernelControl(level abi.Level, typ int32) (int, int, bool) {
	return unix.SOL_SOCKET, unix.SCM_RIGHTS, level == abi.SOL_SOCKET && typ == abi.SCM_RIGHTS
}

// guestControl has none to tell of.
func guestControl(int, int, []byte) (sock.Control, bool) { return sock.Control{}, false }

// sysIdentify tells what a descriptor is, ENOTSOCK if it is no socket.
func sysIdentify(fd int) (family abi.Family, typ abi.Type, proto abi.Protocol, e unix.Errno) {
	t, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return 0, 0, 0, errnoFrom(err)
	}
	var sa rawAddr
	if e := sysSockName(fd, &sa); e != 0 {
		return 0, 0, 0, e
	}
	return guestFamily(sa.family()), abi.Type(t), 0, 0
}

// sysRecvMsg receives with control messages, which it returns. It holds off a
// fork until descriptors among them are close-on-exec.
func sysRecvMsg(fd int, p []byte, flags int, sa *rawAddr, room []byte) (n, out int, oob []byte, e unix.Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	n, oobn, out, from, err := unix.Recvmsg(fd, p, room, flags)
	if err != nil {
		return 0, 0, nil, errnoFrom(err)
	}
	if u, ok := from.(*unix.SockaddrUnix); ok {
		sa.encode(abi.UnixAddr(u.Name))
	}
	all, _ := unix.ParseSocketControlMessage(room[:oobn])
	for i := range all {
		fds, err := unix.ParseUnixRights(&all[i])
		for _, fd := range fds {
			if err == nil {
				unix.CloseOnExec(fd)
			}
		}
	}
	return n, out, room[:oobn], 0
}

func sysSendMsg(fd int, p []byte, flags int, to *rawAddr, oob []byte) (int, unix.Errno) {
	var sa unix.Sockaddr
	if to.len > 0 {
		sa = &unix.SockaddrUnix{Name: to.decode().Path}
	}
	n, err := unix.SendmsgN(fd, p, oob, sa, flags)
	return n, errnoFrom(err)
}

// sysTied does not know.
func sysTied(int) bool { return false }
