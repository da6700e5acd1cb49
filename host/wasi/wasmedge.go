package wasi

import (
	"context"
	"encoding/binary"

	"socklab/host/abi"
)

// The socket extension of WasmEdge: more functions of WASI preview 1, which
// existing modules import. Each becomes a call of our own table, so that
// policy, faults and the trace are the same. Version 2 is what WasmEdge 0.12
// made of it: wider addresses, and the sock_accept of WASI itself. Modules mix
// the two, so that each import's type tells which is meant.
//
// Addresses: see wasmedge_addr.go. Source: WasmEdge 0.13, lib/host/wasi and
// thirdparty/wasi/api.hpp; WasmEdge does not document it elsewhere.

// extension is one function more than WASI has, or another form of one of
// WASI's. Its parameters are all i32.
type extension struct {
	name   string
	params int
	call   func(ctx context.Context, c *wasiCall) abi.Errno
}

// extensions are what every module can import.
var extensions = []extension{
	{"sock_open", 3, edgeOpen},
	{"sock_bind", 3, edgeTo(abi.Bind)},
	{"sock_connect", 3, edgeTo(abi.Connect)},
	{"sock_listen", 2, edgeListen},
	{"sock_send_to", 7, edgeSendTo},
	{"sock_recv_from", 8, edgeRecvFrom},
	{"sock_getlocaladdr", 3, edgeAddr(abi.GetSockName)},
	{"sock_getpeeraddr", 3, edgeAddr(abi.GetPeerName)},
	{"sock_setsockopt", 5, edgeSetOption},
	{"sock_getsockopt", 5, edgeGetOption},
	{"sock_getaddrinfo", 8, edgeGetAddrInfo},
}

// older are what a module gets that imports them with the types of version 1.
var older = []extension{
	{"sock_accept", 2, edgeAccept},
	{"sock_recv_from", 7, edgeRecvFrom1},
	{"sock_getlocaladdr", 4, edgeAddr1(abi.GetSockName)},
	{"sock_getpeeraddr", 4, edgeAddr1(abi.GetPeerName)},
}

// begin is the frame of a call of the table, with nothing in it.
func (c *wasiCall) begin(call abi.Call) *frame {
	f := &c.p.frame
	*f = frame{fn: &abi.Funcs[call]}
	f.num[0] = c.i32(0)
	return f
}

// end makes the call.
func (c *wasiCall) end(ctx context.Context, f *frame) abi.Errno {
	return abi.Errno(c.p.call(ctx, f))
}

// edgeOpen is sock_open(family, type, fd *i32).
func edgeOpen(ctx context.Context, c *wasiCall) abi.Errno {
	result, errno := c.bytes(c.u32(2), 4)
	if errno != abi.OK {
		return errno
	}
	family, ok := edgeFamilies.ours(c.i32(0))
	typ, ok2 := edgeTypes.ours(c.i32(1))
	if !ok || !ok2 {
		return abi.EINVAL
	}
	f := c.begin(abi.Socket)
	f.num[0], f.num[1] = family, typ
	if errno := c.end(ctx, f); errno != abi.OK {
		return errno
	}
	binary.LittleEndian.PutUint32(result, uint32(f.num[3]))
	return abi.OK
}

// edgeTo is sock_bind and sock_connect(fd, address, port).
func edgeTo(call abi.Call) func(context.Context, *wasiCall) abi.Errno {
	return func(ctx context.Context, c *wasiCall) abi.Errno {
		to, errno := c.address(c.u32(1), c.u32(2))
		if errno != abi.OK {
			return errno
		}
		f := c.begin(call)
		f.buf[1] = to
		return c.end(ctx, f)
	}
}

// edgeListen is sock_listen(fd, backlog).
func edgeListen(ctx context.Context, c *wasiCall) abi.Errno {
	f := c.begin(abi.Listen)
	f.num[1] = c.i32(1)
	return c.end(ctx, f)
}

// edgeAccept is version 1's sock_accept(fd, newfd *i32).
func edgeAccept(ctx context.Context, c *wasiCall) abi.Errno {
	full := *c
	full.stack = []uint64{c.stack[0], 0, c.stack[1]}
	return sockAccept(ctx, &full)
}

// edgeSendTo is sock_send_to(fd, iovecs, count, address, port, flags, n *i32).
func edgeSendTo(ctx context.Context, c *wasiCall) abi.Errno {
	result, errno := c.bytes(c.u32(6), 4)
	if errno != abi.OK {
		return errno
	}
	to, errno := c.address(c.u32(3), c.u32(4))
	if errno != abi.OK {
		return errno
	}
	b, errno := c.whole(c.u32(1), c.u32(2), gatherMax)
	if errno != abi.OK {
		return errno
	}
	if c.u32(5) != 0 { // no flags are defined
		return abi.ENOTSUP
	}
	f := c.begin(abi.SendTo)
	f.buf[1], f.buf[3] = b, to
	if errno := c.end(ctx, f); errno != abi.OK {
		return errno
	}
	binary.LittleEndian.PutUint32(result, uint32(f.num[4]))
	return abi.OK
}

// edgeRecvFrom is version 2's sock_recv_from(fd, iovecs, count, address,
// flags, port *i16, n *i32, outflags *i16).
func edgeRecvFrom(ctx context.Context, c *wasiCall) abi.Errno {
	port, errno := c.bytes(c.u32(5), 2)
	if errno != abi.OK {
		return errno
	}
	return c.edgeRecv(ctx, port, c.u32(6), c.u32(7))
}

// edgeRecvFrom1 is version 1's, which does not tell the port.
func edgeRecvFrom1(ctx context.Context, c *wasiCall) abi.Errno {
	return c.edgeRecv(ctx, nil, c.u32(5), c.u32(6))
}

func (c *wasiCall) edgeRecv(ctx context.Context, port []byte, lengthAt, flagsAt uint32) abi.Errno {
	length, errno := c.bytes(lengthAt, 4)
	if errno != abi.OK {
		return errno
	}
	outflags, errno := c.bytes(flagsAt, 2)
	if errno != abi.OK {
		return errno
	}
	from, errno := c.addressRoom(c.u32(3))
	if errno != abi.OK {
		return errno
	}
	flags, errno := receiveFlags(c.u32(4))
	if errno != abi.OK {
		return errno
	}
	s, errno := c.socket()
	if errno != abi.OK {
		return errno
	}
	b, scattered, errno := c.room(c.u32(1), c.u32(2), s.stream())
	if errno != abi.OK {
		return errno
	}
	f := c.begin(abi.RecvFrom)
	f.buf[1], f.num[2], f.buf[3] = b, int32(flags), make([]byte, edgeAddrMax)
	if errno := c.end(ctx, f); errno != abi.OK {
		return errno
	}
	n := f.n[1]
	if scattered {
		c.scatter(c.u32(1), c.u32(2), b[:min(int(n), len(b))])
	}
	sa := f.addr(3)
	putEdgeAddr(from, sa) // a stream has none to tell
	if port != nil {
		binary.LittleEndian.PutUint16(port, sa.IP.Port())
	}
	binary.LittleEndian.PutUint32(length, n)
	binary.LittleEndian.PutUint16(outflags, receivedFlags(abi.MsgFlags(f.num[4])))
	return abi.OK
}

// edgeAddr is version 2's sock_getlocaladdr and sock_getpeeraddr(fd, address,
// port *i32).
func edgeAddr(call abi.Call) func(context.Context, *wasiCall) abi.Errno {
	return func(ctx context.Context, c *wasiCall) abi.Errno {
		_, errno := c.edgeName(ctx, call, c.u32(2))
		return errno
	}
}

// edgeAddr1 is version 1's (fd, address, type *i32, port *i32). The type is 4
// or 6.
func edgeAddr1(call abi.Call) func(context.Context, *wasiCall) abi.Errno {
	return func(ctx context.Context, c *wasiCall) abi.Errno {
		typ, errno := c.bytes(c.u32(2), 4)
		if errno != abi.OK {
			return errno
		}
		sa, errno := c.edgeName(ctx, call, c.u32(3))
		if errno == abi.OK {
			version := uint32(4)
			if sa.Family == abi.AF_INET6 {
				version = 6
			}
			binary.LittleEndian.PutUint32(typ, version)
		}
		return errno
	}
}

func (c *wasiCall) edgeName(ctx context.Context, call abi.Call, portAt uint32) (abi.Sockaddr, abi.Errno) {
	port, errno := c.bytes(portAt, 4)
	if errno != abi.OK {
		return abi.Sockaddr{}, errno
	}
	to, errno := c.addressRoom(c.u32(1))
	if errno != abi.OK {
		return abi.Sockaddr{}, errno
	}
	f := c.begin(call)
	f.buf[1] = make([]byte, edgeAddrMax)
	if errno := c.end(ctx, f); errno != abi.OK {
		return abi.Sockaddr{}, errno
	}
	sa := f.addr(1)
	if !putEdgeAddr(to, sa) {
		return abi.Sockaddr{}, abi.EINVAL
	}
	binary.LittleEndian.PutUint32(port, uint32(sa.IP.Port()))
	return sa, abi.OK
}

// edgeSetOption is sock_setsockopt(fd, level, name, value, length).
func edgeSetOption(ctx context.Context, c *wasiCall) abi.Errno {
	value, errno := c.bytes(c.u32(3), c.u32(4))
	if errno != abi.OK {
		return errno
	}
	opt, ok := edgeOption(c.i32(1), c.i32(2))
	if !ok {
		return abi.ENOPROTOOPT
	}
	f := c.begin(abi.SetSockOpt)
	f.num[1], f.num[2], f.buf[3] = int32(opt.Level), opt.Num, value
	return c.end(ctx, f)
}

// edgeGetOption is sock_getsockopt(fd, level, name, value, length *i32). There
// are guests that give the length itself; no pointer is as small as that.
func edgeGetOption(ctx context.Context, c *wasiCall) abi.Errno {
	const largest = 128
	size := c.u32(4)
	var length []byte
	if size > largest {
		var errno abi.Errno
		if length, errno = c.bytes(size, 4); errno != abi.OK {
			return errno
		}
		size = binary.LittleEndian.Uint32(length)
	}
	value, errno := c.bytes(c.u32(3), size)
	if errno != abi.OK {
		return errno
	}
	opt, ok := edgeOption(c.i32(1), c.i32(2))
	if !ok {
		return abi.ENOPROTOOPT
	}
	f := c.begin(abi.GetSockOpt)
	f.num[1], f.num[2], f.buf[3] = int32(opt.Level), opt.Num, value
	if errno := c.end(ctx, f); errno != abi.OK {
		return errno
	}
	if opt.Num == abi.SO_TYPE && opt.Level == abi.SOL_SOCKET && len(value) >= 4 {
		typ := edgeTypes.theirs(int32(binary.LittleEndian.Uint32(value)))
		binary.LittleEndian.PutUint32(value, uint32(typ))
	}
	if length != nil {
		binary.LittleEndian.PutUint32(length, f.n[3])
	}
	return abi.OK
}
