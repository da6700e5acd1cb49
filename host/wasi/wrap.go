package wasi

import (
	"context"

	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
)

// wrapper makes our form of one of wazero's WASI functions.
type wrapper func(inner api.GoModuleFunction) api.GoModuleFunc

// wrappers is our part of WASI preview 1. What is not here (clocks, random,
// arguments, environment) is wazero's alone.
var wrappers = map[string]wrapper{
	"fd_advise":               onFile(abi.ESPIPE),
	"fd_allocate":             onFile(abi.ENODEV),
	"fd_datasync":             onFile(abi.EINVAL),
	"fd_filestat_set_size":    onFile(abi.EINVAL),
	"fd_filestat_set_times":   onFile(abi.EINVAL),
	"fd_pread":                call(fdPread),
	"fd_pwrite":               call(fdPwrite),
	"fd_readdir":              onFile(abi.ENOTDIR),
	"fd_seek":                 onFile(abi.ESPIPE),
	"fd_sync":                 onFile(abi.EINVAL),
	"fd_tell":                 onFile(abi.ESPIPE),
	"fd_fdstat_set_rights":    onFile(abi.OK),
	"fd_close":                call(fdClose),
	"fd_fdstat_get":           call(fdFdstatGet),
	"fd_fdstat_set_flags":     call(fdFdstatSetFlags),
	"fd_filestat_get":         call(fdFilestatGet),
	"fd_prestat_get":          call(fdPrestatGet),
	"fd_prestat_dir_name":     call(fdPrestatDirName),
	"fd_read":                 call(fdRead),
	"fd_write":                call(fdWrite),
	"fd_renumber":             call(fdRenumber),
	"path_create_directory":   onDirs(0),
	"path_filestat_get":       call(pathFilestatGet),
	"path_filestat_set_times": onDirs(0),
	"path_link":               onDirs(0, 4),
	"path_open":               call(pathOpen),
	"path_readlink":           onDirs(0),
	"path_remove_directory":   onDirs(0),
	"path_rename":             onDirs(0, 3),
	"path_symlink":            onDirs(2),
	"path_unlink_file":        onDirs(0),
	"poll_oneoff":             call(pollOneoff),
	"proc_exit":               call(procExit),
	"sched_yield":             call(schedYield),
	"sock_accept":             call(sockAccept),
	"sock_recv":               call(sockRecv),
	"sock_send":               call(sockSend),
	"sock_shutdown":           call(sockShutdown),
}

// wasiCall is one WASI call under way.
type wasiCall struct {
	p     *Process
	mod   api.Module
	mem   api.Memory
	stack []uint64 // parameters; the result goes to 0
	inner api.GoModuleFunction
}

func (c *wasiCall) i32(i int) int32  { return int32(uint32(c.stack[i])) }
func (c *wasiCall) u32(i int) uint32 { return uint32(c.stack[i]) }

// delegate lets wazero make the call, with its own number for descriptor i.
func (c *wasiCall) delegate(ctx context.Context, i int, f *file) abi.Errno {
	c.stack[i] = uint64(uint32(f.inner))
	return c.wazero(ctx)
}

// wazero lets wazero make the call as it stands.
func (c *wasiCall) wazero(ctx context.Context) abi.Errno {
	c.p.fileErrno = abi.OK
	c.inner.Call(ctx, c.mod, c.stack)
	errno := abi.Errno(c.stack[0])
	if errno == abi.EIO && c.p.fileErrno != abi.OK {
		errno = c.p.fileErrno
	}
	return errno
}

// bytes is a piece of guest memory.
func (c *wasiCall) bytes(at, n uint32) ([]byte, abi.Errno) {
	b, ok := c.mem.Read(at, n)
	if !ok {
		return nil, abi.EFAULT
	}
	return b, abi.OK
}

// call makes a wrapper of a function that does the whole call.
func call(fn func(ctx context.Context, c *wasiCall) abi.Errno) wrapper {
	return func(inner api.GoModuleFunction) api.GoModuleFunc {
		return func(ctx context.Context, mod api.Module, stack []uint64) {
			p := processOf(ctx)
			p.checkpoint(ctx)
			c := wasiCall{p, mod, mod.Memory(), stack, inner}
			if c.mem == nil {
				stack[0] = uint64(abi.EFAULT)
				return
			}
			errno := fn(ctx, &c)
			p.checkpoint(ctx)
			if len(stack) > 0 {
				stack[0] = uint64(errno)
			}
		}
	}
}

// onFile is a call on a file in parameter 0; other descriptors answer with
// otherwise.
func onFile(otherwise abi.Errno) wrapper {
	return call(func(ctx context.Context, c *wasiCall) abi.Errno {
		f, errno := c.p.fds.get(c.i32(0))
		switch {
		case errno != abi.OK:
			return errno
		case f.kind != fdFile:
			return otherwise
		}
		return c.delegate(ctx, 0, f)
	})
}

// onDirs is a call on paths below the folders in the given parameters.
func onDirs(params ...int) wrapper {
	return call(func(ctx context.Context, c *wasiCall) abi.Errno {
		for _, i := range params {
			f, errno := c.p.fds.get(c.i32(i))
			switch {
			case errno != abi.OK:
				return errno
			case f.kind == fdDevDir:
				return abi.EROFS
			case f.kind != fdFile:
				return abi.ENOTDIR
			}
			c.stack[i] = uint64(uint32(f.inner))
		}
		return c.wazero(ctx)
	})
}

func procExit(ctx context.Context, c *wasiCall) abi.Errno {
	code := int(c.i32(0))
	c.p.exited.Store(&code)
	c.inner.Call(ctx, c.mod, c.stack) // panics
	return abi.OK
}

func schedYield(context.Context, *wasiCall) abi.Errno {
	yield()
	return abi.OK
}
