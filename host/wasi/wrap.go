package wasi

import (
	"bytes"
	"context"
	"crypto/rand"

	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
)

// functions are wazero's WASI, by name.
type functions map[string]api.GoModuleFunction

// wrapper makes our form of one of them.
type wrapper func(name string, inner functions) api.GoModuleFunc

// wrappers is our part of WASI preview 1. What is not here (clocks, arguments,
// environment) is wazero's alone.
var wrappers = map[string]wrapper{
	"fd_advise":               onFile(abi.ESPIPE),
	"fd_allocate":             call(fdAllocate),
	"fd_datasync":             onFile(abi.EINVAL),
	"fd_filestat_set_size":    onFile(abi.EINVAL),
	"fd_filestat_set_times":   onFile(abi.EINVAL),
	"fd_pread":                call(fdPread),
	"fd_pwrite":               call(fdPwrite),
	"fd_readdir":              onFile(abi.ENOTDIR),
	"fd_seek":                 onFile(abi.ESPIPE),
	"fd_sync":                 onFile(abi.EINVAL),
	"fd_tell":                 onFile(abi.ESPIPE),
	"fd_fdstat_set_rights":    call(fdFdstatSetRights),
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
	"path_link":               call(pathLink),
	"path_open":               call(pathOpen),
	"path_readlink":           call(pathReadlink),
	"path_remove_directory":   onDirs(0),
	"path_rename":             onDirs(0, 3),
	"path_symlink":            onDirs(2),
	"path_unlink_file":        onDirs(0),
	"poll_oneoff":             call(pollOneoff),
	"proc_exit":               call(procExit),
	"random_get":              call(randomGet),
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
	name  string
	inner functions
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
	return c.ask(ctx, c.name, c.stack...)
}

// ask calls a function of wazero's.
func (c *wasiCall) ask(ctx context.Context, name string, stack ...uint64) abi.Errno {
	c.p.fileErrno = abi.OK
	c.inner[name].Call(ctx, c.mod, stack)
	errno := abi.Errno(stack[0])
	if errno == abi.EIO && c.p.fileErrno != abi.OK {
		errno = c.p.fileErrno
	}
	return errno
}

// borrow gives use some of the guest's memory, for what wazero answers nowhere
// else, and puts back what was there. The guest, which waits, sees nothing of it.
func (c *wasiCall) borrow(size uint32, use func(at uint32, b []byte) abi.Errno) abi.Errno {
	b, errno := c.bytes(0, size)
	if errno != abi.OK {
		return errno
	}
	was := bytes.Clone(b)
	defer copy(b, was)
	return use(0, b)
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
	return func(name string, inner functions) api.GoModuleFunc {
		return guard(name, func(ctx context.Context, mod api.Module, stack []uint64) {
			p := processOf(ctx)
			p.checkpoint(ctx)
			c := wasiCall{p, mod, mod.Memory(), stack, name, inner}
			errno := fn(ctx, &c)
			p.checkpoint(ctx)
			if len(stack) > 0 {
				stack[0] = uint64(errno)
			}
		})
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
	return call(func(ctx context.Context, c *wasiCall) abi.Errno { return c.onDirs(ctx, params...) })
}

func (c *wasiCall) onDirs(ctx context.Context, params ...int) abi.Errno {
	for _, i := range params {
		f, errno := c.dir(i)
		if errno != abi.OK {
			return errno
		}
		c.stack[i] = uint64(uint32(f.inner))
	}
	return c.wazero(ctx)
}

// dir is the file of wazero's in a parameter, perhaps a folder, to change
// something below.
func (c *wasiCall) dir(i int) (*file, abi.Errno) {
	f, errno := c.p.fds.get(c.i32(i))
	switch {
	case errno != abi.OK:
		return nil, errno
	case f.kind == fdDevDir:
		return nil, abi.EROFS
	case f.kind != fdFile:
		return nil, abi.ENOTDIR
	}
	return f, abi.OK
}

func procExit(ctx context.Context, c *wasiCall) abi.Errno {
	code := int(c.i32(0))
	c.p.exited.Store(&code)
	c.inner[c.name].Call(ctx, c.mod, c.stack) // panics
	return abi.OK
}

// stoppable is a function of wazero's alone, in which a guest that was told to
// end does so. Its fuel would end it much later where calls take long.
func stoppable(fn api.GoModuleFunction) api.GoModuleFunc {
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		processOf(ctx).checkpoint(ctx)
		fn.Call(ctx, mod, stack)
	}
}

// randomPiece is how much is made at a time: less than a millisecond's.
const randomPiece = 64 << 10

// randomGet fills a buffer, which may be all of the guest's memory, so that it
// can be ended in the middle.
func randomGet(ctx context.Context, c *wasiCall) abi.Errno {
	b, errno := c.bytes(c.u32(0), c.u32(1))
	for len(b) > 0 {
		c.p.checkpoint(ctx)
		n := min(len(b), randomPiece)
		rand.Read(b[:n]) // never fails
		b = b[n:]
	}
	return errno
}

func schedYield(context.Context, *wasiCall) abi.Errno {
	yield()
	return abi.OK
}
