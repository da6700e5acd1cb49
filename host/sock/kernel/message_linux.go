package kernel

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// kernelControl is the kernel's number for a control message that is to be
// sent; false if it is none that guests may send.
func kernelControl(level abi.Level, typ int32) (int, int, bool) {
	if level == abi.SOL_SOCKET {
		return unix.SOL_SOCKET, unix.SCM_RIGHTS, typ == abi.SCM_RIGHTS
	}
	return int(level), int(typ), abi.Control{Level: level, Type: typ}.Receivable()
}

// guestControl is a control message as guests have it; false for one that
// they are not told.
func guestControl(level, typ int, data []byte) (sock.Control, bool) {
	const scmPidfd = 4
	if level == unix.SOL_SOCKET && typ == scmPidfd && len(data) == 4 {
		// Whoever has sent this socket has it still, and may set SO_PASSPIDFD.
		unix.Close(int(int32(binary.NativeEndian.Uint32(data))))
	}
	c := abi.Control{Level: abi.Level(level), Type: int32(typ)}
	return sock.Control{Level: c.Level, Type: c.Type, Data: append([]byte(nil), data...)}, c.Receivable()
}

// sysIdentify tells what a descriptor is, ENOTSOCK if it is no socket.
func sysIdentify(fd int) (family abi.Family, typ abi.Type, proto abi.Protocol, e unix.Errno) {
	var v [3]int32
	for i, name := range [...]int{unix.SO_DOMAIN, unix.SO_TYPE, unix.SO_PROTOCOL} {
		var b [4]byte
		if _, e := getsockopt(fd, unix.SOL_SOCKET, name, b[:]); e != 0 {
			return 0, 0, 0, e
		}
		v[i] = int32(binary.NativeEndian.Uint32(b[:]))
	}
	return abi.Family(v[0]), abi.Type(v[1]), abi.Protocol(v[2]), 0
}

// sysRecvMsg receives with control messages, which it returns. Descriptors
// among them are closed on exec from the start.
func sysRecvMsg(fd int, p []byte, flags int, sa *rawAddr, room []byte) (n, out int, oob []byte, e unix.Errno) {
	iov := unix.Iovec{Base: unsafe.SliceData(p)}
	iov.SetLen(len(p))
	msg := unix.Msghdr{Name: &sa.buf[0], Namelen: uint32(len(sa.buf)), Iov: &iov}
	msg.SetIovlen(1)
	if len(room) > 0 {
		msg.Control = &room[0]
		msg.SetControllen(len(room))
	}
	r, _, e := unix.Syscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), uintptr(flags|unix.MSG_CMSG_CLOEXEC))
	if e != 0 {
		return 0, 0, nil, e
	}
	sa.len = msg.Namelen
	return int(r), int(msg.Flags), room[:min(int(msg.Controllen), len(room))], 0
}

func sysSendMsg(fd int, p []byte, flags int, to *rawAddr, oob []byte) (int, unix.Errno) {
	iov := unix.Iovec{Base: unsafe.SliceData(p)}
	iov.SetLen(len(p))
	msg := unix.Msghdr{Iov: &iov, Control: &oob[0]}
	msg.SetIovlen(1)
	msg.SetControllen(len(oob))
	if to.len > 0 {
		msg.Name, msg.Namelen = &to.buf[0], to.len
	}
	n, _, e := unix.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), uintptr(flags))
	return count(n, e), e
}

// sysTied reports whether a socket is tied to the loopback interface.
func sysTied(fd int) bool {
	name, err := unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
	return err == nil && name == "lo"
}
