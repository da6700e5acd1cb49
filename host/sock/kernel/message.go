package kernel

import (
	"context"
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

var _ sock.Messenger = (*socket)(nil)

// maxData is room for all the control messages of one packet that are not
// SCM_RIGHTS.
const maxData = 512

// SendMsg sends p with control messages.
func (s *socket) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	oob, release, err := s.encodeControl(control)
	if err != abi.OK {
		return 0, err
	}
	defer release()
	return s.sendTo(ctx, p, flags, to, oob)
}

// encodeControl lays control messages out for the kernel. Until release is
// called their sockets stay open.
func (s *socket) encodeControl(control []sock.Control) (oob []byte, release func(), err abi.Errno) {
	var used []*descriptor
	release = func() {
		for _, d := range used {
			d.done()
		}
	}
	for _, c := range control {
		data := c.Data
		if c.Level == abi.SOL_SOCKET && c.Type == abi.SCM_RIGHTS {
			data = nil
			for _, x := range c.Sockets {
				k, ok := sock.Find[*socket](x)
				switch {
				case s.family != abi.AF_UNIX: // which others would send without
					err = abi.EINVAL
				case !ok || !passable(k.family, k.typ, k.proto):
					err = abi.EOPNOTSUPP
				case !k.fd.use():
					err = abi.EBADF
				}
				if err != abi.OK {
					release()
					return nil, nil, err
				}
				used = append(used, k.fd)
				data = binary.NativeEndian.AppendUint32(data, uint32(k.fd.num))
			}
		}
		level, typ, ok := kernelControl(c.Level, c.Type)
		if !ok {
			release()
			return nil, nil, abi.EOPNOTSUPP
		}
		oob = appendControl(oob, level, typ, data)
	}
	return oob, release, abi.OK
}

func appendControl(oob []byte, level, typ int, data []byte) []byte {
	at := len(oob)
	oob = append(oob, make([]byte, unix.CmsgSpace(len(data)))...)
	h := (*unix.Cmsghdr)(unsafe.Pointer(&oob[at]))
	h.Level, h.Type = int32(level), int32(typ)
	h.SetLen(unix.CmsgLen(len(data)))
	copy(oob[at+unix.CmsgLen(0):], data)
	return oob
}

// passable reports whether a socket may come from outside, or go there: one
// that permitted allows, but for raw ones, which hear what is not meant for
// them.
func passable(family abi.Family, typ abi.Type, proto abi.Protocol) bool {
	return permitted(family, typ, proto) == abi.OK && typ != abi.SOCK_RAW &&
		proto != abi.IPPROTO_ICMP && proto != abi.IPPROTO_ICMPV6
}

// RecvMsg receives into p, with control messages.
func (s *socket) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	size := maxData
	if s.family == abi.AF_UNIX {
		if size = 0; control.Rights > 0 {
			size = unix.CmsgLen(4 * min(control.Rights, sock.MaxRights)) // no more: padding counts as room
		}
	}
	r := received{oob: make([]byte, size), control: control}
	s.recv(ctx, &r, p, flags&^abi.MSG_CMSG_CLOEXEC)
	return r.n, r.from, r.out, r.err
}

// decodeControl takes in what the kernel wrote. What no guest may have is
// closed, and reported as cut off.
func (r *received) decodeControl(oob []byte) {
	for len(oob) >= unix.CmsgLen(0) {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0]))
		n := int(h.Len)
		if n < unix.CmsgLen(0) || n > len(oob) {
			return
		}
		data := oob[unix.CmsgLen(0):n]
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SCM_RIGHTS {
			r.takeRights(data)
		} else if c, ok := guestControl(int(h.Level), int(h.Type), data); ok {
			r.control.List = append(r.control.List, c)
		}
		oob = oob[min(unix.CmsgSpace(n-unix.CmsgLen(0)), len(oob)):]
	}
}

// takeRights makes sockets of descriptors, which nobody else has.
func (r *received) takeRights(data []byte) {
	var came []sock.Socket
	for ; len(data) >= 4; data = data[4:] {
		fd := int(int32(binary.NativeEndian.Uint32(data)))
		s := fromOutside(fd)
		if s == nil {
			unix.Close(fd)
			r.out |= abi.MSG_CTRUNC
			continue
		}
		came = append(came, s)
	}
	if len(came) > 0 {
		r.control.List = append(r.control.List, sock.Control{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: came})
	}
}

// fromOutside is the socket of a descriptor that somebody has sent; nil if it is
// none that a guest may have. O_NONBLOCK is set for all who have the socket;
// to the guest it is a blocking one, as a connection that was accepted is.
func fromOutside(fd int) *socket {
	family, typ, proto, e := sysIdentify(fd)
	if e != 0 || !passable(family, typ, proto) || unix.SetNonblock(fd, true) != nil {
		return nil
	}
	if proto == abi.IPPROTO_TCP || proto == abi.IPPROTO_UDP {
		proto = 0 // as most sockets are made, and SO_PROTOCOL tells it all the same
	}
	s := newSocket(fd, family, typ, proto)
	if l, err := unix.GetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER); err == nil {
		s.lingers.Store(l.Onoff != 0 && l.Linger != 0)
	}
	if low, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT); err == nil && low > 1 {
		s.lowat.Store(int32(low))
	}
	return s
}

// Adopt takes a socket that RecvMsg brought as it is.
func (k *Stack) Adopt(s sock.Socket) (sock.Socket, abi.Errno) { return s, abi.OK }
