package wasi

import (
	"context"
	"encoding/binary"

	"socklab/host/abi"
	"socklab/host/trace"
)

// WASI's file types and flags. Source: WASI snapshot-01, "filetype",
// "fdflags", "oflags", "lookupflags", "fdstat".
const (
	filetypeUnknown    = 0
	filetypeCharDevice = 2
	filetypeDirectory  = 3
	filetypeRegular    = 4
	filetypeDgram      = 5
	filetypeStream     = 6

	fdflagAppend   = 1
	fdflagNonblock = 4
	fdflagsSync    = 2 | 8 | 16 // DSYNC, RSYNC, SYNC

	oflagCreat = 1
	oflagTrunc = 8

	lookupFollow = 1

	fdstatSize  = 24
	prestatSize = 8
)

func fdClose(ctx context.Context, c *wasiCall) abi.Errno {
	fd := c.i32(0)
	f, errno := c.p.fds.get(fd)
	if errno != abi.OK {
		return errno
	}
	if f.kind == fdFile && f.refs == 1 {
		if errno := c.ask(ctx, "fd_close", uint64(uint32(f.inner))); errno != abi.OK {
			return errno
		}
	}
	if f.kind != fdSocket {
		c.p.fds.remove(fd)
		return abi.OK
	}
	return c.p.closeFD(ctx, fd)
}

// closeFD closes a descriptor of a socket, or another one of a standard stream.
func (p *Process) closeFD(ctx context.Context, fd int32) abi.Errno {
	f, errno := p.fds.get(fd)
	if errno != abi.OK {
		return errno
	}
	switch {
	case f.kind == fdSocket:
	case fd <= 2: // they are the libc's to close
		return abi.ENOTSOCK
	default:
		p.fds.remove(fd)
		return abi.OK
	}
	t := p.enterFD("close", fd, f.sock)
	last := p.fds.remove(fd)
	for _, t := range []*table{&p.own, &p.sockets} { // a standard stream's is in both
		if twin, _ := t.get(fd); twin == f && fd <= 2 {
			last = t.remove(fd)
		}
	}
	if last != nil {
		errno = f.sock.Close()
	}
	p.exitFD(ctx, t, f.sock, errno)
	return errno
}

// dup2 makes a number of the call device's refer to what another does. The
// standard streams' are the guest's own as well, so that what an interpreter
// prints goes there.
//
// # Errors
//   - EBADF: from is not open, or to is no number that can be had.
//   - EBUSY: a standard stream's number is that of a file.
//   - EMFILE: too many are open.
func (p *Process) dup2(ctx context.Context, from, to int32) abi.Errno {
	f, errno := p.fds.get(from)
	switch {
	case errno != abi.OK:
		return errno
	case to < 0 || int(to) >= p.fds.limit():
		return abi.EBADF
	case from == to:
		return abi.OK
	}
	old, _ := p.fds.get(to)
	if old == nil && !p.fds.room(1) {
		return abi.EMFILE
	}
	tables := []*table{p.fds}
	if to <= 2 {
		if own, _ := p.own.get(to); own != nil && own.kind == fdFile {
			return abi.EBUSY
		}
		tables = []*table{&p.sockets, &p.own}
	}
	if old != nil && old.kind == fdSocket {
		p.closeFD(ctx, to) // whose error nobody would be told: dup2(2)
	}
	t := p.enterFD("dup2", from, f.sock, trace.Arg{Name: "newfd", Kind: abi.Int, Int: int64(to)})
	for _, table := range tables {
		if old, _ := table.get(to); old != nil { // a standard stream
			table.remove(to)
		}
		table.addFrom(f, int(to))
	}
	if t != nil {
		t.Ret = int64(to)
	}
	p.exitFD(ctx, t, f.sock, abi.OK)
	return abi.OK
}

// fdRenumber moves a descriptor to the number of another, which is closed.
func fdRenumber(ctx context.Context, c *wasiCall) abi.Errno {
	from, to := c.i32(0), c.i32(1)
	f, errno := c.p.fds.get(from)
	if errno != abi.OK {
		return errno
	}
	if _, errno := c.p.fds.get(to); errno != abi.OK {
		return errno
	}
	if from == to {
		return abi.OK
	}
	c.stack[0] = uint64(uint32(to))
	if errno := fdClose(ctx, c); errno != abi.OK {
		return errno
	}
	c.p.fds.addFrom(f, int(to))
	c.p.fds.remove(from)
	return abi.OK
}

// fdAllocate makes room in a file. wazero would not look whether it may be
// written to, if it is as long already.
func fdAllocate(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	switch {
	case errno != abi.OK:
		return errno
	case f.kind != fdFile:
		return abi.ENODEV
	case f.preopen || f.without&rightAllocate != 0:
		return abi.EBADF
	}
	return c.delegate(ctx, 0, f)
}

// filetype is a descriptor's WASI type, for all but wazero's files.
func (p *Process) filetype(f *file) byte {
	switch f.kind {
	case fdStdio:
		if f.inner == 0 && !p.stdin.terminal {
			return filetypeUnknown
		}
		// Output counts as a terminal, whatever it is, so that guests flush
		// it at every line.
		return filetypeCharDevice
	case fdSocket:
		if f.sock.stream() {
			return filetypeStream
		}
		return filetypeDgram
	case fdSpecial:
		return filetypeCharDevice
	case fdDevDir:
		return filetypeDirectory
	}
	return filetypeRegular
}

func (p *Process) nonblock(f *file) bool {
	switch {
	case f.kind == fdSocket:
		return f.sock.Nonblock()
	case f.kind == fdStdio && f.inner == 0:
		return p.stdin.nonblock
	}
	return false
}

func (p *Process) setNonblock(f *file, on bool) abi.Errno {
	switch {
	case f.kind == fdSocket:
		f.sock.SetNonblock(on)
	case f.kind == fdStdio && f.inner == 0:
		p.stdin.nonblock = on
	case f.kind == fdFile:
		return abi.ENOTSUP
	}
	return abi.OK
}

func fdFdstatSetFlags(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	flags := c.u32(1)
	if flags > 0x1f {
		return abi.EINVAL
	}
	if f.kind == fdFile { // how writes are synchronised stays as it was opened
		if uint16(flags)&fdflagsSync == f.sync {
			c.stack[1] = uint64(flags &^ fdflagsSync)
		}
		return c.delegate(ctx, 0, f)
	}
	on := flags&fdflagNonblock != 0
	if f.kind != fdSocket {
		return c.p.setNonblock(f, on)
	}
	t := c.p.enterFD(abi.Funcs[abi.SetNonblock].Name, c.i32(0), f.sock, trace.Arg{Name: "on", Kind: abi.Int, Int: int64(flags&fdflagNonblock) / fdflagNonblock})
	errno = c.p.setNonblock(f, on)
	c.p.exitFD(ctx, t, f.sock, errno)
	return errno
}

func fdFilestatGet(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	if f.kind == fdFile {
		return c.delegate(ctx, 0, f)
	}
	return c.filestat(c.u32(1), f)
}

// filestat writes the filestat of something that is not wazero's.
func (c *wasiCall) filestat(at uint32, f *file) abi.Errno {
	b, errno := c.bytes(at, 64)
	if errno != abi.OK {
		return errno
	}
	clear(b)
	ino := uint64(f.inner) + 1
	if f.kind == fdSocket {
		ino = f.sock.id
	}
	binary.LittleEndian.PutUint64(b, uint64(f.kind)+1) // device: one for each kind
	binary.LittleEndian.PutUint64(b[8:], ino)
	b[16] = c.p.filetype(f)
	binary.LittleEndian.PutUint64(b[24:], 1) // links
	return abi.OK
}

func fdPrestatGet(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.preopen()
	if errno != abi.OK {
		return errno
	}
	if f.kind == fdFile {
		return c.delegate(ctx, 0, f)
	}
	b, errno := c.bytes(c.u32(1), prestatSize)
	if errno != abi.OK {
		return errno
	}
	clear(b)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(DeviceDir)))
	return abi.OK
}

// fdPrestatDirName tells a mount's name. wazero would cut it off, and refuse
// more room than it needs.
func fdPrestatDirName(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.preopen()
	if errno != abi.OK {
		return errno
	}
	b, errno := c.bytes(c.u32(1), c.u32(2))
	if errno != abi.OK {
		return errno
	}
	size := uint32(len(DeviceDir))
	if f.kind == fdFile {
		errno := c.borrow(prestatSize, func(at uint32, b []byte) abi.Errno {
			errno := c.ask(ctx, "fd_prestat_get", uint64(uint32(f.inner)), uint64(at))
			size = binary.LittleEndian.Uint32(b[4:])
			return errno
		})
		if errno != abi.OK {
			return errno
		}
	}
	if uint32(len(b)) < size {
		return abi.ENAMETOOLONG
	}
	if f.kind == fdFile {
		return c.ask(ctx, "fd_prestat_dir_name", uint64(uint32(f.inner)), uint64(c.u32(1)), uint64(size))
	}
	copy(b, DeviceDir)
	return abi.OK
}

// preopen is the mount in parameter 0. A guest finds the mounts by asking
// from 3 on until EBADF.
func (c *wasiCall) preopen() (*file, abi.Errno) {
	f, errno := c.p.fds.get(c.i32(0))
	if errno == abi.OK && !f.preopen {
		errno = abi.EBADF
	}
	return f, errno
}
