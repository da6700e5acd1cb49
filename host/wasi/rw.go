package wasi

import (
	"context"
	"encoding/binary"

	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
)

// maxIovecs is how many buffers one read or write may have: IOV_MAX.
const maxIovecs = 1024

// gatherMax bounds the bytes of several buffers that go out as one send, so
// that a header and a body share a segment. More is a short write.
const gatherMax = 256 << 10

// iovecs visits the buffers of an iovec array after checking them all.
func iovecs(mem api.Memory, at, count uint32, visit func(b []byte)) (total uint64, errno abi.Errno) {
	if count > maxIovecs {
		return 0, abi.EINVAL
	}
	table, ok := mem.Read(at, count*8)
	if !ok {
		return 0, abi.EFAULT
	}
	for i := 0; i < len(table); i += 8 {
		b, ok := mem.Read(binary.LittleEndian.Uint32(table[i:]), binary.LittleEndian.Uint32(table[i+4:]))
		if !ok {
			return 0, abi.EFAULT
		}
		total += uint64(len(b))
	}
	for i := 0; visit != nil && i < len(table); i += 8 {
		b, _ := mem.Read(binary.LittleEndian.Uint32(table[i:]), binary.LittleEndian.Uint32(table[i+4:]))
		visit(b)
	}
	return total, abi.OK
}

// whole is the bytes of an iovec array in one piece: the buffer itself if
// there is only one, else a copy of at most limit bytes.
func (c *wasiCall) whole(at, count uint32, limit int) ([]byte, abi.Errno) {
	var one []byte
	n := 0
	total, errno := iovecs(c.mem, at, count, func(b []byte) {
		if len(b) > 0 {
			one, n = b, n+1
		}
	})
	if errno != abi.OK || n <= 1 {
		return one, errno
	}
	all := make([]byte, 0, min(total, uint64(limit)))
	iovecs(c.mem, at, count, func(b []byte) {
		all = append(all, b[:min(len(b), cap(all)-len(all))]...)
	})
	return all, abi.OK
}

// scatter copies b into the buffers of an iovec array.
func (c *wasiCall) scatter(at, count uint32, b []byte) {
	iovecs(c.mem, at, count, func(to []byte) { b = b[copy(to, b):] })
}

func fdRead(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	if f.kind == fdFile {
		return c.delegate(ctx, 0, f)
	}
	result, errno := c.bytes(c.u32(3), 4)
	if errno != abi.OK {
		return errno
	}
	var n int
	switch f.kind {
	case fdSocket:
		n, _, errno = c.receive(ctx, "read", c.i32(0), f.sock, c.u32(1), c.u32(2), 0)
	case fdStdio:
		if f.inner != 0 {
			return abi.EBADF
		}
		n, errno = c.readStdin(ctx, c.i32(0))
	case fdDevice:
		var b []byte
		if b, errno = c.whole(c.u32(1), c.u32(2), maxReply); errno == abi.OK {
			n = c.p.answer(b)
			if count := c.u32(2); count > 1 {
				c.scatter(c.u32(1), count, b[:n])
			}
		}
	case fdSpecial:
		n, errno = c.readSpecial(f)
	default:
		return abi.EISDIR
	}
	binary.LittleEndian.PutUint32(result, uint32(n))
	return errno
}

func (c *wasiCall) readStdin(ctx context.Context, fd int32) (n int, errno abi.Errno) {
	// Filling the first buffer only is a short read, which is allowed.
	var b []byte
	if _, errno = iovecs(c.mem, c.u32(1), c.u32(2), func(to []byte) {
		if len(b) == 0 {
			b = to
		}
	}); errno != abi.OK || len(b) == 0 {
		return 0, errno
	}
	t := c.p.enterIO("read", fd, nil, b, 0, true)
	n, errno = c.p.readStdin(ctx, b)
	c.p.exitIO(ctx, t, nil, b, n, errno, true)
	return n, errno
}

// room is where to receive into: the first buffer of an iovec array, or, if
// there are several and a datagram must not be cut at a buffer's end, bytes
// that are to be scattered afterwards.
func (c *wasiCall) room(at, count uint32, stream bool) (b []byte, scattered bool, errno abi.Errno) {
	used := 0
	total, errno := iovecs(c.mem, at, count, func(buf []byte) {
		if len(buf) > 0 {
			if used++; used == 1 {
				b = buf
			}
		}
	})
	if used > 1 && !stream {
		return make([]byte, min(total, 1<<16)), true, errno
	}
	return b, false, errno
}

// receive fills the buffers of an iovec array from a socket.
func (c *wasiCall) receive(ctx context.Context, name string, fd int32, s *openSocket, at, count uint32, flags abi.MsgFlags) (n int, out abi.MsgFlags, errno abi.Errno) {
	b, scattered, errno := c.room(at, count, s.stream())
	if errno != abi.OK {
		return 0, 0, errno
	}
	t := c.p.enterIO(name, fd, s, b, flags, true)
	n, _, out, errno = s.Recv(ctx, b, flags)
	if errno == abi.OK {
		if flags&abi.MSG_PEEK == 0 {
			c.p.received(s, n)
		}
		if scattered {
			c.scatter(at, count, b[:min(n, len(b))])
		}
		t.outFlags(flags, out)
	}
	c.p.exitIO(ctx, t, s, b, n, errno, true)
	return n, out, errno
}

func fdWrite(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	if f.kind == fdFile {
		return c.delegate(ctx, 0, f)
	}
	result, errno := c.bytes(c.u32(3), 4)
	if errno != abi.OK {
		return errno
	}
	var n int
	switch f.kind {
	case fdSocket:
		n, errno = c.send(ctx, "write", c.i32(0), f.sock, c.u32(1), c.u32(2), 0)
	case fdStdio:
		if f.inner == 0 {
			return abi.EBADF
		}
		n, errno = c.writeOutput(ctx, c.i32(0), f)
	case fdDevice:
		var b []byte
		if b, errno = c.whole(c.u32(1), c.u32(2), maxRequest); errno == abi.OK {
			n = len(b)
			errno = c.p.request(ctx, b)
		}
	case fdSpecial:
		n, errno = c.writeSpecial(f)
	default:
		return abi.EISDIR
	}
	binary.LittleEndian.PutUint32(result, uint32(n))
	return errno
}

func (c *wasiCall) writeOutput(ctx context.Context, fd int32, f *file) (n int, errno abi.Errno) {
	b, errno := c.whole(c.u32(1), c.u32(2), gatherMax)
	if errno != abi.OK {
		return 0, errno
	}
	t := c.p.enterIO("write", fd, nil, b, 0, false)
	n, errno = c.p.write(ctx, int(f.inner), b)
	c.p.exitIO(ctx, t, nil, b, n, errno, false)
	return n, errno
}

// send sends the buffers of an iovec array over a socket.
func (c *wasiCall) send(ctx context.Context, name string, fd int32, s *openSocket, at, count uint32, flags abi.MsgFlags) (n int, errno abi.Errno) {
	b, errno := c.whole(at, count, gatherMax)
	if errno != abi.OK {
		return 0, errno
	}
	t := c.p.enterIO(name, fd, s, b, flags, false)
	n, errno = s.Send(ctx, b, flags, abi.Sockaddr{})
	if errno == abi.OK {
		c.p.sent(s, n)
	}
	c.p.exitIO(ctx, t, s, b, n, errno, false)
	return n, errno
}
