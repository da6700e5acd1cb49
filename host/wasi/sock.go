package wasi

import (
	"context"
	"encoding/binary"

	"socklab/host/abi"
)

// WASI's own four socket calls, for guests that were built for them.
// Source: WASI snapshot-01, "sock_accept" to "sock_shutdown".

const (
	riRecvPeek    = 1
	riRecvWaitall = 2
	roTruncated   = 1
	sdRead        = 1
	sdWrite       = 2
)

func (c *wasiCall) socket() (*openSocket, abi.Errno) { return c.p.fds.socket(c.i32(0)) }

func sockAccept(ctx context.Context, c *wasiCall) abi.Errno {
	result, errno := c.bytes(c.u32(2), 4)
	if errno != abi.OK {
		return errno
	}
	f := &c.p.frame
	f.fn = &abi.Funcs[abi.Accept]
	var flags abi.Type
	if c.u32(1)&fdflagNonblock != 0 {
		flags = abi.SOCK_NONBLOCK
	}
	f.num[0], f.num[1] = c.i32(0), int32(flags)
	f.buf[2] = nil
	if err := c.p.call(ctx, f); err != 0 {
		return abi.Errno(err)
	}
	binary.LittleEndian.PutUint32(result, uint32(f.num[3]))
	return abi.OK
}

func sockRecv(ctx context.Context, c *wasiCall) abi.Errno {
	s, errno := c.socket()
	if errno != abi.OK {
		return errno
	}
	length, errno := c.bytes(c.u32(4), 4)
	if errno != abi.OK {
		return errno
	}
	roflags, errno := c.bytes(c.u32(5), 2)
	if errno != abi.OK {
		return errno
	}
	flags, errno := receiveFlags(c.u32(3))
	if errno != abi.OK {
		return errno
	}
	n, out, errno := c.receive(ctx, "recv", c.i32(0), s, c.u32(1), c.u32(2), flags)
	if errno != abi.OK {
		return errno
	}
	binary.LittleEndian.PutUint32(length, uint32(n))
	binary.LittleEndian.PutUint16(roflags, receivedFlags(out))
	return abi.OK
}

// receiveFlags reads riflags.
func receiveFlags(ri uint32) (flags abi.MsgFlags, errno abi.Errno) {
	if ri&^(riRecvPeek|riRecvWaitall) != 0 {
		return 0, abi.ENOTSUP
	}
	if ri&riRecvPeek != 0 {
		flags |= abi.MSG_PEEK
	}
	if ri&riRecvWaitall != 0 {
		flags |= abi.MSG_WAITALL
	}
	return flags, abi.OK
}

// receivedFlags makes roflags.
func receivedFlags(out abi.MsgFlags) (ro uint16) {
	if out&abi.MSG_TRUNC != 0 {
		ro = roTruncated
	}
	return ro
}

func sockSend(ctx context.Context, c *wasiCall) abi.Errno {
	s, errno := c.socket()
	if errno != abi.OK {
		return errno
	}
	length, errno := c.bytes(c.u32(4), 4)
	if errno != abi.OK {
		return errno
	}
	if c.u32(3) != 0 { // no flags are defined
		return abi.ENOTSUP
	}
	n, errno := c.send(ctx, "send", c.i32(0), s, c.u32(1), c.u32(2), 0)
	if errno == abi.OK {
		binary.LittleEndian.PutUint32(length, uint32(n))
	}
	return errno
}

func sockShutdown(ctx context.Context, c *wasiCall) abi.Errno {
	f := &c.p.frame
	f.fn = &abi.Funcs[abi.Shutdown]
	f.num[0] = c.i32(0)
	switch c.u32(1) {
	case sdRead:
		f.num[1] = int32(abi.SHUT_RD)
	case sdWrite:
		f.num[1] = int32(abi.SHUT_WR)
	case sdRead | sdWrite:
		f.num[1] = int32(abi.SHUT_RDWR)
	default:
		return abi.EINVAL
	}
	return abi.Errno(c.p.call(ctx, f))
}
