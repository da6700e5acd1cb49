package wasi

import (
	"context"
	"encoding/binary"
	"strings"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/abi"
)

// DeviceDir is the folder in which a guest that cannot import functions
// finds the calls as files: an interpreter that was built without them, and
// whose libc has a table of descriptors of its own, so that a socket's number
// means nothing to its read or poll.
//
//   - "call" is the call device. A request written to it is a call made
//     (fromDevice has the layout), and the next read is its answer
//     (appendReply has the layout). Beside the table's calls there are those
//     of the request constants.
//   - fd_pread and fd_pwrite on the call device are the short form of recv
//     and send: the offset is the socket's descriptor, plus the flags times
//     2 to the 32nd. A descriptor may be a standard stream's too.
//   - A call that Process.Interrupt ends says ECANCELED.
//   - The descriptors of requests and offsets are a space of their own, which
//     shares only 0, 1 and 2 with the guest's libc.
//   - "freeze": asking for its status (fd_fdstat_get) makes an image of the
//     guest and ends it, if its host wants that (Config.Freeze), and does
//     nothing otherwise. Of the calls a guest can make it is one that
//     interpreters make with all their locks held.
const DeviceDir = "/dev/socklab"

// Requests of the call device that no function of the table makes.
const (
	// requestClose closes a descriptor: its number. close(2)
	requestClose = 0x100 + iota
	// requestPoll waits: a timeout in nanoseconds as two numbers, the low one
	// first (negative: none), then a descriptor and its events for each. The
	// answer has, of those that something is so of, the index and the events.
	// poll(2), with Linux's numbers
	requestPoll
	// requestArgs and requestEnv answer with the arguments and the environment
	// of this instance, each with a zero behind it. (An image has in its memory
	// those of the instance that it was made of.)
	requestArgs
	requestEnv
	// requestDup2 makes a descriptor refer to what another does: the one there is,
	// and the number to have. What had that number is closed. dup2(2)
	requestDup2
)

// maxRequest bounds a device request, in bytes: a large send's bytes and the
// few numbers beside them.
const maxRequest = 16 << 20

func (p *Process) openDevice(path string) (int32, abi.Errno) {
	switch path {
	case ".", "":
		return p.fds.add(&file{kind: fdDevDir}), abi.OK
	case "call":
		return p.fds.add(&file{kind: fdDevice}), abi.OK
	case "freeze":
		return p.fds.add(&file{kind: fdFreeze}), abi.OK
	}
	return -1, abi.ENOENT
}

// request makes the call that was written to the call device.
func (p *Process) request(ctx context.Context, req []byte) abi.Errno {
	d := &p.device
	if len(req) < 4 {
		return abi.EINVAL
	}
	op, rest := binary.LittleEndian.Uint32(req), req[4:]
	d.reply = d.reply[:0]
	ctx, errno := p.interrupt.begin(ctx)
	if errno != abi.OK {
		d.reply = binary.LittleEndian.AppendUint32(d.reply, uint32(errno))
		return abi.OK
	}
	p.fds = &p.sockets
	defer func() { p.fds = &p.own }()
	switch {
	case op == requestPoll:
		return p.devicePoll(ctx, rest)
	case op == requestClose && len(rest) == 4:
		errno := p.closeFD(ctx, int32(binary.LittleEndian.Uint32(rest)))
		d.reply = binary.LittleEndian.AppendUint32(d.reply, uint32(errno))
		return abi.OK
	case op == requestDup2 && len(rest) == 8:
		errno := p.dup2(ctx, int32(binary.LittleEndian.Uint32(rest)), int32(binary.LittleEndian.Uint32(rest[4:])))
		d.reply = binary.LittleEndian.AppendUint32(d.reply, uint32(errno))
		return abi.OK
	case (op == requestArgs || op == requestEnv) && len(rest) == 0:
		list := p.cfg.Args
		if op == requestEnv {
			list = p.cfg.Env
		}
		d.reply = binary.LittleEndian.AppendUint32(d.reply, 0)
		for _, s := range list {
			d.reply = append(append(d.reply, strings.ReplaceAll(s, "\x00", "")...), 0)
		}
		return abi.OK
	}
	f := &p.frame
	if errno := f.fromDevice(req, &d.room); errno != abi.OK {
		return errno
	}
	result := p.call(ctx, f)
	if result > 0 {
		result = int32(p.interrupt.end(abi.Errno(result)))
	}
	d.reply = f.appendReply(d.reply, result)
	return abi.OK
}

// device is what the last request has left: one for all call devices of a
// guest, so that opening more of them takes no memory of the host's.
type device struct {
	reply []byte // what the next read gets
	room  []byte // where it is made
}

// keptReply is how many bytes of an answer's memory are kept for the next.
const keptReply = 1 << 20

// answer is what a read of the call device gets.
func (p *Process) answer(b []byte) int {
	d := &p.device
	n := copy(b, d.reply)
	d.reply = d.reply[:copy(d.reply, d.reply[n:])]
	if len(d.reply) == 0 && cap(d.reply)+cap(d.room) > keptReply {
		d.reply, d.room = nil, nil
	}
	return n
}

// deviceSocket is the socket and the flags that an offset names.
func (c *wasiCall) deviceSocket(offset uint64) (int32, *openSocket, abi.MsgFlags, abi.Errno) {
	fd, flags := int32(uint32(offset)), abi.MsgFlags(offset>>32)
	s, errno := c.p.sockets.socket(fd)
	return fd, s, flags, errno
}

func fdPread(ctx context.Context, c *wasiCall) abi.Errno {
	return c.positional(ctx, func(ctx context.Context, offset uint64, result []byte) abi.Errno {
		fd, s, flags, errno := c.deviceSocket(offset)
		if f, _ := c.p.sockets.get(fd); f != nil && f.kind == fdStdio {
			if f.inner != 0 {
				return abi.EBADF
			}
			n, errno := c.readStdin(ctx, fd)
			binary.LittleEndian.PutUint32(result, uint32(n))
			return errno
		}
		if errno != abi.OK {
			return errno
		}
		n, _, errno := c.receive(ctx, "recv", fd, s, c.u32(1), c.u32(2), flags)
		binary.LittleEndian.PutUint32(result, uint32(n))
		return errno
	})
}

func fdPwrite(ctx context.Context, c *wasiCall) abi.Errno {
	return c.positional(ctx, func(ctx context.Context, offset uint64, result []byte) abi.Errno {
		fd, s, flags, errno := c.deviceSocket(offset)
		if f, _ := c.p.sockets.get(fd); f != nil && f.kind == fdStdio {
			if f.inner == 0 {
				return abi.EBADF
			}
			n, errno := c.writeOutput(ctx, fd, f)
			binary.LittleEndian.PutUint32(result, uint32(n))
			return errno
		}
		if errno != abi.OK {
			return errno
		}
		n, errno := c.send(ctx, "send", fd, s, c.u32(1), c.u32(2), flags)
		binary.LittleEndian.PutUint32(result, uint32(n))
		return errno
	})
}

// positional is a read or write with an offset, which device does for the
// call device.
func (c *wasiCall) positional(ctx context.Context, device func(ctx context.Context, offset uint64, result []byte) abi.Errno) abi.Errno {
	f, errno := c.p.fds.get(c.i32(0))
	switch {
	case errno != abi.OK:
		return errno
	case f.kind == fdFile:
		return c.delegate(ctx, 0, f)
	case f.kind != fdDevice:
		return abi.ESPIPE
	}
	result, errno := c.bytes(c.u32(4), 4)
	if errno != abi.OK {
		return errno
	}
	if ctx, errno = c.p.interrupt.begin(ctx); errno != abi.OK {
		return errno
	}
	return c.p.interrupt.end(device(ctx, c.stack[3], result))
}

// freezeCode is the exit code of a guest that was frozen; nobody is shown it.
const freezeCode = 0

// frozen makes an image of the guest, if that is wanted.
func (p *Process) frozen(mod api.Module) {
	if p.cfg.Freeze != nil {
		p.cfg.Freeze(mod)
		panic(sys.NewExitError(freezeCode))
	}
}
