package syscall

import "unsafe"

// A Cmsghdr is the header of a control message: the same as on Linux with 64
// bits.
type Cmsghdr struct {
	Len   uint64
	Level int32
	Type  int32
}

const SizeofCmsghdr = 16

func (h *Cmsghdr) SetLen(n int) { h.Len = uint64(n) }

func cmsgAlignOf(n int) int { return (n + 7) &^ 7 }

// recvMsg is recv with room for control messages.
func recvMsg(fd int, p, oob []byte, flags int, from *rawAddr) (n, oobn, outflags int, errno Errno) {
	if len(oob) == 0 {
		n, outflags, errno = recv(fd, p, flags, from)
		return n, 0, outflags, errno
	}
	addr, addrCap, addrLen := from.room()
	w := waitFor(fd, 'r', flags)
	for {
		var got, control uint32
		var out int32
		errno = host_recvmsg(int32(fd), unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)), &got, int32(flags), addr, addrCap, addrLen,
			unsafe.Pointer(unsafe.SliceData(oob)), uint32(len(oob)), &control, &out)
		if w.again(&errno) {
			continue
		}
		if errno != 0 {
			return -1, 0, 0, errno
		}
		openedAll(oob[:control])
		return int(got), int(control), int(out), 0
	}
}

// openedAll notes the sockets that have come.
func openedAll(oob []byte) {
	all, _ := ParseSocketControlMessage(oob)
	for i := range all {
		fds, _ := ParseUnixRights(&all[i])
		for _, fd := range fds {
			setMode(fd, &mode{came: true})
		}
	}
}

// sendMsg is send with control messages. They go with the first bytes.
func sendMsg(fd int, p, oob []byte, flags int, to []byte) (n int, errno Errno) {
	if len(oob) == 0 {
		return send(fd, p, flags, to)
	}
	w := waitFor(fd, 'w', flags)
	for {
		var sent int32
		errno = host_sendmsg(int32(fd), unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)), int32(flags), unsafe.Pointer(unsafe.SliceData(to)), uint32(len(to)),
			unsafe.Pointer(unsafe.SliceData(oob)), uint32(len(oob)), &sent)
		if w.again(&errno) {
			continue
		}
		if errno != 0 {
			return -1, errno
		}
		if n = int(sent); n == len(p) || w.m == nil { // else a blocking send sends all
			return n, 0
		}
		more, _ := send(fd, p[n:], flags, to)
		return n + max(more, 0), 0
	}
}
