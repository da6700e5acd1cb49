package wasi

import (
	"context"
	"encoding/binary"

	"socklab/host/abi"
)

func pathOpen(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	if !c.p.fds.room(1) {
		return abi.EMFILE
	}
	at := c.u32(8)
	result, errno := c.bytes(at, 4)
	if errno != abi.OK {
		return errno
	}
	switch f.kind {
	case fdFile:
		if errno := c.delegate(ctx, 0, f); errno != abi.OK {
			return errno
		}
		inner := int32(binary.LittleEndian.Uint32(result))
		fd := c.p.fds.add(&file{kind: fdFile, inner: inner})
		binary.LittleEndian.PutUint32(result, uint32(fd))
		return abi.OK
	case fdDevDir:
		path, errno := c.bytes(c.u32(2), c.u32(3))
		if errno != abi.OK {
			return errno
		}
		fd, errno := c.p.openDevice(string(path))
		if errno == abi.OK {
			binary.LittleEndian.PutUint32(result, uint32(fd))
		}
		return errno
	}
	return abi.ENOTDIR
}

func pathFilestatGet(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	switch f.kind {
	case fdFile:
		return c.delegate(ctx, 0, f)
	case fdDevDir: // whatever may be opened there looks like a file
		return c.filestat(c.u32(4), &file{kind: fdDevice})
	}
	return abi.ENOTDIR
}
