package wasi

import (
	"context"
	"encoding/binary"

	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
)

// WASI's rights say what may be done with a descriptor, and with those that
// are opened below it. A guest has them all, as far as its folders and sockets
// let it, until it gives some away by fd_fdstat_set_rights. Source: WASI
// snapshot-01, "rights".
const (
	rightDatasync = 1 << iota
	rightRead
	rightSeek
	rightSetFlags
	rightSync
	rightTell
	rightWrite
	rightAdvise
	rightAllocate
	rightCreateDirectory
	rightCreateFile
	rightLinkSource
	rightLinkTarget
	rightOpen
	rightReaddir
	rightReadlink
	rightRenameSource
	rightRenameTarget
	rightPathStat
	rightPathSetSize
	rightPathSetTimes
	rightStat
	rightSetSize
	rightSetTimes
	rightSymlink
	rightRemoveDirectory
	rightUnlink
	rightPoll
	rightShutdown
	rightAccept

	rightsAll = 1<<iota - 1
)

// need is a right that a call needs of the descriptor in a parameter.
type need struct {
	param int
	right uint64
}

// needs are the rights that calls need. Those of path_open depend on its
// flags, those of poll_oneoff on its subscriptions.
var needs = map[string][]need{
	"fd_advise":               {{0, rightAdvise}},
	"fd_allocate":             {{0, rightAllocate}},
	"fd_datasync":             {{0, rightDatasync}},
	"fd_fdstat_set_flags":     {{0, rightSetFlags}},
	"fd_filestat_get":         {{0, rightStat}},
	"fd_filestat_set_size":    {{0, rightSetSize}},
	"fd_filestat_set_times":   {{0, rightSetTimes}},
	"fd_pread":                {{0, rightRead | rightSeek}},
	"fd_pwrite":               {{0, rightWrite | rightSeek}},
	"fd_read":                 {{0, rightRead}},
	"fd_readdir":              {{0, rightReaddir}},
	"fd_seek":                 {{0, rightSeek}},
	"fd_sync":                 {{0, rightSync}},
	"fd_tell":                 {{0, rightTell}},
	"fd_write":                {{0, rightWrite}},
	"path_create_directory":   {{0, rightCreateDirectory}},
	"path_filestat_get":       {{0, rightPathStat}},
	"path_filestat_set_times": {{0, rightPathSetTimes}},
	"path_link":               {{0, rightLinkSource}, {4, rightLinkTarget}},
	"path_readlink":           {{0, rightReadlink}},
	"path_remove_directory":   {{0, rightRemoveDirectory}},
	"path_rename":             {{0, rightRenameSource}, {3, rightRenameTarget}},
	"path_symlink":            {{2, rightSymlink}},
	"path_unlink_file":        {{0, rightUnlink}},
	"sock_accept":             {{0, rightAccept}},
	"sock_recv":               {{0, rightRead}},
	"sock_recv_from":          {{0, rightRead}},
	"sock_send":               {{0, rightWrite}},
	"sock_send_to":            {{0, rightWrite}},
	"sock_shutdown":           {{0, rightShutdown}},
}

// guard refuses a call that a guest has given away the right to.
func guard(name string, fn api.GoModuleFunc) api.GoModuleFunc {
	needs := needs[name]
	if needs == nil {
		return fn
	}
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		if p := processOf(ctx); p.restricted {
			for _, n := range needs {
				f, errno := p.fds.get(int32(uint32(stack[n.param])))
				if errno == abi.OK && !f.may(n.right) {
					stack[0] = uint64(abi.ENOTCAPABLE)
					return
				}
			}
		}
		fn(ctx, mod, stack)
	}
}

// may reports whether a guest still has rights.
func (f *file) may(rights uint64) bool { return f.lost&rights == 0 }

// mayOpen reports whether it may open below a folder as path_open's oflags say.
func (f *file) mayOpen(oflags uint32) bool {
	rights := uint64(rightOpen)
	if oflags&oflagCreat != 0 {
		rights |= rightCreateFile
	}
	if oflags&oflagTrunc != 0 {
		rights |= rightPathSetSize
	}
	return f.may(rights)
}

// opened is what path_open has opened below dir. Rights to read and to write
// tell how to open; the others, with which many programs are mean, do not
// narrow what may be done. The rules for neither are wazero's.
func (c *wasiCall) opened(dir *file, inner int32) *file {
	oflags, rights, fdflags := c.u32(4), c.stack[5], uint16(c.u32(7))
	f := &file{kind: fdFile, inner: inner, sync: fdflags & fdflagsSync, lost: dir.lostBelow, lostBelow: dir.lostBelow}
	read, write := rights&rightRead != 0, rights&rightWrite != 0
	if !read && !write {
		read, write = true, oflags&(oflagCreat|oflagTrunc) != 0 || fdflags&fdflagAppend != 0
	}
	if !read {
		f.without |= rightRead
	}
	if !write {
		f.without |= rightWrite | rightAllocate | rightSetSize
	}
	return f
}

// fdstat writes the fdstat of any descriptor.
func (c *wasiCall) fdstat(ctx context.Context, f *file, at uint32, b []byte) abi.Errno {
	base, below := uint64(rightsAll), uint64(rightsAll)
	if f.kind == fdFile {
		if errno := c.ask(ctx, "fd_fdstat_get", uint64(uint32(f.inner)), uint64(at)); errno != abi.OK {
			return errno
		}
		base, below = binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])
		binary.LittleEndian.PutUint16(b[2:], binary.LittleEndian.Uint16(b[2:])|f.sync)
	} else {
		clear(b)
		b[0] = c.p.filetype(f)
		if c.p.nonblock(f) {
			binary.LittleEndian.PutUint16(b[2:], fdflagNonblock)
		}
		if f.kind != fdDevDir {
			base &^= rightSeek | rightTell
			below = base
		}
	}
	binary.LittleEndian.PutUint64(b[8:], base&^f.lost&^f.without)
	binary.LittleEndian.PutUint64(b[16:], below&^f.lostBelow)
	return abi.OK
}

func fdFdstatGet(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	if f.kind == fdFreeze {
		c.p.frozen(c.mod)
	}
	b, errno := c.bytes(c.u32(1), fdstatSize)
	if errno != abi.OK {
		return errno
	}
	return c.fdstat(ctx, f, c.u32(1), b)
}

// fdFdstatSetRights takes rights away for good.
//
// # Errors
//   - ENOTCAPABLE: one is asked for that the descriptor does not have.
func fdFdstatSetRights(ctx context.Context, c *wasiCall) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	if errno != abi.OK {
		return errno
	}
	base, below := c.stack[1], c.stack[2]
	return c.borrow(fdstatSize, func(at uint32, b []byte) abi.Errno {
		if errno := c.fdstat(ctx, f, at, b); errno != abi.OK {
			return errno
		}
		if base&^binary.LittleEndian.Uint64(b[8:]) != 0 || below&^binary.LittleEndian.Uint64(b[16:]) != 0 {
			return abi.ENOTCAPABLE
		}
		f.lost, f.lostBelow = ^base, ^below
		c.p.restricted = true
		return abi.OK
	})
}
