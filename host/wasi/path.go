package wasi

import (
	"bytes"
	"context"
	"encoding/binary"

	"socklab/host/abi"
)

func pathOpen(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	if c.p.restricted && !f.mayOpen(c.u32(4)) {
		return abi.ENOTCAPABLE
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
		special, errno := c.special(ctx, f, 2)
		switch {
		case errno != abi.OK:
			return errno
		case special != nil:
			binary.LittleEndian.PutUint32(result, uint32(c.p.fds.add(special)))
			return abi.OK
		}
		if errno := c.delegate(ctx, 0, f); errno != abi.OK {
			return errno
		}
		inner := int32(binary.LittleEndian.Uint32(result))
		fd := c.p.fds.add(c.opened(f, inner))
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
		special, errno := c.special(ctx, f, 2)
		switch {
		case errno != abi.OK:
			return errno
		case special != nil:
			return c.filestat(c.u32(4), special)
		}
		if errno := c.delegate(ctx, 0, f); errno != abi.OK {
			return errno
		}
		return c.tellSocket(c.u32(4))
	case fdDevDir: // whatever may be opened there looks like a file
		return c.filestat(c.u32(4), &file{kind: fdDevice})
	}
	return abi.ENOTDIR
}

// tellSocket gives a file without a type in a filestat that of a socket. It is
// one, or a named pipe, which can be opened as little; wazero knows neither.
func (c *wasiCall) tellSocket(filestat uint32) abi.Errno {
	b, errno := c.bytes(filestat, 64)
	if errno == abi.OK && b[16] == filetypeUnknown {
		b[16] = filetypeStream
	}
	return errno
}

// maxTarget is how long a link's target may be: PATH_MAX.
const maxTarget = 4096

// pathReadlink cuts a target off that is longer than the guest's room, as
// readlink(2) does, where wazero fails with ERANGE.
func pathReadlink(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.dir(0)
	if errno != abi.OK {
		return errno
	}
	result, errno := c.bytes(c.u32(5), 4)
	if errno != abi.OK {
		return errno
	}
	buf, errno := c.bytes(c.u32(3), c.u32(4))
	switch {
	case errno != abi.OK:
		return errno
	case len(buf) == 0:
		return abi.EINVAL
	}
	var target []byte
	errno = c.borrow(4+maxTarget, func(at uint32, b []byte) abi.Errno {
		errno := c.ask(ctx, "path_readlink", uint64(uint32(f.inner)), c.stack[1], c.stack[2], uint64(at+4), maxTarget, uint64(at))
		if errno == abi.OK {
			target = bytes.Clone(b[4:][:min(binary.LittleEndian.Uint32(b), maxTarget)])
		}
		return errno
	})
	if errno == abi.OK {
		binary.LittleEndian.PutUint32(result, uint32(copy(buf, target)))
	}
	return errno
}

// pathLink makes a hard link. It links a symbolic link itself, and refuses to
// follow one, as other runtimes do.
func pathLink(ctx context.Context, c *wasiCall) abi.Errno {
	if c.u32(1)&lookupFollow != 0 {
		return abi.EINVAL
	}
	return c.onDirs(ctx, 0, 4)
}
