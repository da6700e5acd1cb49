package wasi

import (
	"context"
	"strconv"
	"strings"

	"socklab/host/abi"
)

// DeviceDir is the folder in which a guest that cannot import functions
// finds the calls as files: an interpreter that was built without them, and
// whose libc only believes in descriptors that came from opening a path.
//
//   - Opening "call" gives the call device: a request written to it is a
//     call made (fromDevice has the layout), and the next read is its answer
//     (appendReply has the layout).
//   - A call that makes a descriptor is made by opening a path of its name
//     and numbers: socket/FAMILY/TYPE/PROTOCOL, accept/FD/FLAGS, dup/FD,
//     socketpair/FAMILY/TYPE/PROTOCOL. The descriptor opened is the new one,
//     and the rest of the answer is the next read of the call device.
//   - Opening "pair" gives the second socket of the last socketpair.
const DeviceDir = "/dev/socklab"

// maxRequest bounds a device request, in bytes: a large send's bytes and the
// few numbers beside them.
const maxRequest = 16 << 20

func (p *Process) openDevice(ctx context.Context, path string) (int32, abi.Errno) {
	if path == "." || path == "" {
		return p.fds.add(&file{kind: fdDevDir}), abi.OK
	}
	if path == "call" {
		return p.fds.add(&file{kind: fdDevice}), abi.OK
	}
	if path == "pair" {
		if p.pair == nil {
			return -1, abi.ENOENT
		}
		o := p.pair
		p.pair = nil
		return p.fds.add(&file{kind: fdSocket, sock: o}), abi.OK
	}
	f := &p.frame
	if errno := f.fromPath(path); errno != abi.OK {
		return -1, errno
	}
	result := p.call(ctx, f)
	p.reply = f.appendReply(p.reply[:0], result)
	if result != 0 {
		return -1, abi.Errno(result)
	}
	fd := f.result()
	if f.fn.Call == abi.SocketPair {
		if p.pair != nil { // never taken
			p.pair.Close()
		}
		p.pair = p.fds.remove(f.num[4]).sock
	}
	return fd, abi.OK
}

// fromPath reads a call as a path: its name, then its numbers.
func (f *frame) fromPath(path string) abi.Errno {
	name, rest, _ := strings.Cut(path, "/")
	switch name {
	case "socket":
		f.fn = &abi.Funcs[abi.Socket]
	case "socketpair":
		f.fn = &abi.Funcs[abi.SocketPair]
	case "accept":
		f.fn = &abi.Funcs[abi.Accept]
	case "dup":
		f.fn = &abi.Funcs[abi.Dup]
	default:
		return abi.ENOENT
	}
	for i, p := range f.fn.Params {
		f.n[i], f.buf[i], f.res[i], f.num[i] = 0, nil, nil, 0
		switch p.Kind {
		case abi.FD, abi.Int:
			var word string
			word, rest, _ = strings.Cut(rest, "/")
			n, err := strconv.ParseInt(word, 10, 32)
			if err != nil {
				return abi.EINVAL
			}
			f.num[i] = int32(n)
		case abi.Out:
			f.buf[i] = make([]byte, abi.SockaddrMax)
		}
	}
	if rest != "" {
		return abi.EINVAL
	}
	return abi.OK
}

// result is the first descriptor that a call has made.
func (f *frame) result() int32 {
	for i, p := range f.fn.Params {
		if p.Kind == abi.ResFD {
			return f.num[i]
		}
	}
	return -1
}

// request makes the call that was written to the call device.
func (p *Process) request(ctx context.Context, d *file, req []byte) abi.Errno {
	f := &p.frame
	if errno := f.fromDevice(req, &d.room); errno != abi.OK {
		return errno
	}
	if f.result() == 0 { // it makes a descriptor: that needs a path
		return abi.EINVAL
	}
	d.reply = f.appendReply(d.reply[:0], p.call(ctx, f))
	return abi.OK
}

// answer is what a read of the call device gets.
func (p *Process) answer(d *file, b []byte) int {
	if len(p.reply) > 0 {
		d.reply, p.reply = append(d.reply[:0], p.reply...), p.reply[:0]
	}
	n := copy(b, d.reply)
	d.reply = d.reply[:copy(d.reply, d.reply[n:])]
	return n
}
