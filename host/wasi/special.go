package wasi

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"path"

	"socklab/host/abi"
)

// The special files that programs expect on any system, at their usual names
// below a mount at /. No folder shows them, and none can hide them.
const (
	specialNull   = iota // null(4)
	specialZero          // zero(4)
	specialRandom        // random(4)
	specialEpoll         // has no name: see epollCreate
)

var specials = map[string]int32{
	"dev/null": specialNull, "dev/zero": specialZero, "dev/random": specialRandom, "dev/urandom": specialRandom,
}

// specialMax bounds what one read of a special file gives, in bytes: the host
// works for it, and the guest does not.
const specialMax = 1 << 20

// special is the special file that a path below a folder means; nil if none.
// The path's pointer and length are in parameters at and at+1.
func (c *wasiCall) special(ctx context.Context, dir *file, at int) (*file, abi.Errno) {
	const longest = 32 // more than any of the names, and a few dots
	if !dir.preopen || c.u32(at+1) > longest {
		return nil, abi.OK
	}
	name, errno := c.bytes(c.u32(at), c.u32(at+1))
	if errno != abi.OK {
		return nil, errno
	}
	which, ok := specials[path.Clean(string(name))]
	if !ok {
		return nil, abi.OK
	}
	root, errno := c.isRoot(ctx, dir)
	if errno != abi.OK || !root {
		return nil, errno
	}
	return &file{kind: fdSpecial, inner: which}, abi.OK
}

// isRoot reports whether a mount is the one at /.
func (c *wasiCall) isRoot(ctx context.Context, mount *file) (root bool, errno abi.Errno) {
	errno = c.borrow(prestatSize, func(at uint32, b []byte) abi.Errno {
		if errno := c.ask(ctx, "fd_prestat_get", uint64(uint32(mount.inner)), uint64(at)); errno != abi.OK {
			return errno
		}
		if binary.LittleEndian.Uint32(b[4:]) != 1 {
			return abi.OK
		}
		errno := c.ask(ctx, "fd_prestat_dir_name", uint64(uint32(mount.inner)), uint64(at), 1)
		root = b[0] == '/'
		return errno
	})
	return root, errno
}

// epollCreate makes a number for what a C library keeps by itself.
func epollCreate(_ context.Context, p *Process, f *frame) abi.Errno {
	if !p.fds.room(1) {
		return abi.EMFILE
	}
	f.num[0] = p.fds.add(&file{kind: fdSpecial, inner: specialEpoll})
	return abi.OK
}

// readSpecial fills the buffers of an iovec array.
func (c *wasiCall) readSpecial(f *file) (n int, errno abi.Errno) {
	if f.inner == specialEpoll {
		return 0, abi.EINVAL
	}
	left := specialMax
	_, errno = iovecs(c.mem, c.u32(1), c.u32(2), func(b []byte) {
		b = b[:min(len(b), left)]
		switch f.inner {
		case specialNull:
			return
		case specialZero:
			clear(b)
		case specialRandom:
			rand.Read(b) // never fails
		}
		left -= len(b)
		n += len(b)
	})
	return n, errno
}

// writeSpecial takes everything and keeps nothing.
func (c *wasiCall) writeSpecial(f *file) (n int, errno abi.Errno) {
	if f.inner == specialEpoll {
		return 0, abi.EINVAL
	}
	total, errno := iovecs(c.mem, c.u32(1), c.u32(2), nil)
	return int(min(total, 1<<30)), errno
}
