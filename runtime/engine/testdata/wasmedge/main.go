//go:build wasip1

// Wasmedge makes every call of WasmEdge's socket extension, of version 2, or
// with the tag version1 of version 1, and says which did not answer as they
// must. It needs a folder, and a network that is loopback's alone.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

var failed bool

func check[T comparable](what string, got, want T) {
	if got != want {
		failed = true
		fmt.Printf("%s: %v, want %v\n", what, got, want)
	}
}

func ok(what string, errno uint32) { check(what, syscall.Errno(errno), syscall.Errno(0)) }

func fails(what string, errno uint32, want syscall.Errno) { check(what, syscall.Errno(errno), want) }

func open(family, typ int32) (fd int32) {
	ok("sock_open", sock_open(family, typ, unsafe.Pointer(&fd)))
	return fd
}

func bind(fd int32, a address) uint32 {
	b := a.give()
	defer runtime.KeepAlive(&a)
	return sock_bind(fd, unsafe.Pointer(&b), a.port)
}

func connect(fd int32, a address) uint32 {
	b := a.give()
	defer runtime.KeepAlive(&a)
	return sock_connect(fd, unsafe.Pointer(&b), a.port)
}

func sendTo(fd int32, a address, parts ...[]byte) (n uint32, errno uint32) {
	b, v := a.give(), vectors(parts...)
	defer runtime.KeepAlive(&a)
	defer runtime.KeepAlive(parts)
	errno = sock_send_to(fd, unsafe.Pointer(&v[0]), uint32(len(v)), unsafe.Pointer(&b), a.port, 0, unsafe.Pointer(&n))
	return n, errno
}

func recvFrom(fd int32, flags uint32, parts ...[]byte) (uint32, address, uint16, uint32) {
	defer runtime.KeepAlive(parts)
	return receive(fd, vectors(parts...), flags)
}

var (
	any4 = address{family: inet4}
	lo4  = address{family: inet4, bytes: [16]byte{127, 0, 0, 1}}
	lo6  = address{family: inet6, bytes: [16]byte{15: 1}}
	far  = address{family: inet4, bytes: [16]byte{192, 0, 2, 1}, port: 80}
)

func main() {
	conversation(lo4)
	conversation(lo6)
	datagrams(lo4)
	datagrams(lo6)
	options()
	names()
	refusals()
	if version == 2 {
		local2()
	}
	if failed {
		os.Exit(1)
	}
}

func conversation(at address) {
	l := open(int32(at.family), stream)
	ok("bind", bind(l, at))
	ok("listen", sock_listen(l, 1))
	here, errno := local(l)
	ok("local address", errno)
	check("bound to", here.bytes, at.bytes)
	check("family", here.family, at.family)
	c := open(int32(at.family), stream)
	ok("connect", connect(c, here))
	s, errno := accept(l)
	ok("accept", errno)
	there, errno := peer(s)
	ok("peer", errno)
	mine, _ := local(c)
	check("the peer is the other end", there, mine)

	var n uint32
	v := vectors([]byte("hello, "), []byte("world"))
	ok("send", sock_send(c, unsafe.Pointer(&v[0]), 2, 0, unsafe.Pointer(&n)))
	check("sent", n, 12)
	b := make([]byte, 5)
	v = vectors(b)
	var outflags uint16
	ok("recv", sock_recv(s, unsafe.Pointer(&v[0]), 1, 0, unsafe.Pointer(&n), unsafe.Pointer(&outflags)))
	check("received", string(b[:n]), "hello")
	b = make([]byte, 20)
	n, _, outflags, errno = recvFrom(s, 1, b)
	ok("peek", errno)
	check("peeked", string(b[:n]), ", world")
	n, _, outflags, errno = recvFrom(s, 0, b)
	ok("recv_from", errno)
	check("received", string(b[:n]), ", world")
	check("flags", outflags, 0)
	ok("shutdown", sock_shutdown(c, 2))
	n, _, _, errno = recvFrom(s, 0, b)
	ok("recv_from at the end", errno)
	check("the end", n, 0)
	for _, fd := range []int32{s, c, l} {
		ok("close", fd_close(fd))
	}
	_, errno = local(l)
	fails("closed", errno, syscall.EBADF)
}

func datagrams(at address) {
	a, b := open(int32(at.family), datagram), open(int32(at.family), datagram)
	ok("bind", bind(a, at))
	ok("bind", bind(b, at))
	to, _ := local(a)
	from, _ := local(b)
	n, errno := sendTo(b, to, []byte("one"), []byte("two"))
	ok("send_to", errno)
	check("sent", n, 6)
	x, y := make([]byte, 2), make([]byte, 10)
	n, who, outflags, errno := recvFrom(a, 0, x, y)
	ok("recv_from", errno)
	check("received", string(x)+string(y[:n-2]), "onetwo")
	check("from", who.bytes, from.bytes)
	if version == 2 { // which the first does not tell
		check("from port", who.port, from.port)
		check("from family", who.family, from.family)
	}
	check("flags", outflags, 0)
	sendTo(b, to, []byte("longer than that"))
	n, _, outflags, errno = recvFrom(a, 0, x)
	ok("recv_from", errno)
	check("what fits", n, 2)
	check("truncated", outflags, 1)
	fd_close(a)
	fd_close(b)
}

func options() {
	fd := open(inet4, stream)
	set := func(level, name int32, value []byte) uint32 {
		return sock_setsockopt(fd, level, name, unsafe.Pointer(&value[0]), uint32(len(value)))
	}
	get := func(level, name int32) (value, size uint32) {
		size = 4
		ok(fmt.Sprint("option ", name), sock_getsockopt(fd, level, name, unsafe.Pointer(&value), ptr(&size)))
		return value, size
	}
	one := []byte{1, 0, 0, 0}
	ok("reuseaddr", set(0, reuseaddr, one))
	value, size := get(0, reuseaddr)
	check("reuseaddr", value, 1)
	check("size", size, 4)
	ok("nodelay", set(tcp, nodelay, one))
	value, _ = get(tcp, nodelay)
	check("nodelay", value, 1)
	value, _ = get(0, typ)
	check("type", value, stream)
	value, _ = get(0, sockError)
	check("error", value, 0)
	value, _ = get(0, acceptconn)
	check("acceptconn", value, 0)
	bind(fd, lo4)
	sock_listen(fd, 1)
	ok("a size that is no pointer", sock_getsockopt(fd, 0, acceptconn, unsafe.Pointer(&value), 4))
	check("acceptconn", value, 1)

	timeout := make([]byte, 16)
	binary.LittleEndian.PutUint64(timeout[8:], 1000)
	ok("rcvtimeo", set(0, rcvtimeo, timeout))
	back, size := [16]byte{}, uint32(16)
	ok("rcvtimeo", sock_getsockopt(fd, 0, rcvtimeo, unsafe.Pointer(&back), ptr(&size)))
	check("rcvtimeo", string(back[:]), string(timeout))
	_, errno := accept(fd)
	fails("accept times out", errno, syscall.EAGAIN)

	fails("an option that is none", set(0, 99, one), syscall.ENOPROTOOPT)
	fails("a level that is none", set(3, 1, one), syscall.ENOPROTOOPT)
	fails("an option to read only", set(0, typ, one), syscall.ENOPROTOOPT)
	size = 4
	fails("an option that is none", sock_getsockopt(fd, 0, 14, unsafe.Pointer(&value), ptr(&size)), syscall.ENOPROTOOPT)
	fd_close(fd)
	fd = open(inet4, datagram)
	value, _ = get(0, typ)
	check("type", value, datagram)
	fd_close(fd)
}

// addrinfo is one answer, with room for what it points to.
type addrinfo struct {
	flags           uint16
	family, typ     uint8
	protocol        uint32
	size, addr      uint32
	canonical       uint32
	canonicalSize   uint32
	next            uint32
	sockaddr        struct{ family, size, data uint32 }
	data, canonName [26]byte
}

func lookup(node, service string, hints addrinfo, room []addrinfo) (n uint32, errno uint32) {
	for i := range room {
		r := &room[i]
		r.sockaddr.size, r.sockaddr.data = uint32(len(r.data)), ptr(&r.data)
		r.addr, r.canonical, r.canonicalSize = ptr(&r.sockaddr), ptr(&r.canonName), uint32(len(r.canonName))
		if i > 0 {
			room[i-1].next = ptr(r)
		}
	}
	list := ptr(&room[0])
	errno = sock_getaddrinfo(unsafe.Pointer(unsafe.StringData(node)), uint32(len(node)), unsafe.Pointer(unsafe.StringData(service)), uint32(len(service)),
		unsafe.Pointer(&hints), unsafe.Pointer(&list), uint32(len(room)), unsafe.Pointer(&n))
	runtime.KeepAlive(room)
	return n, errno
}

func names() {
	room := make([]addrinfo, 4)
	n, errno := lookup("localhost\x00", "80\x00", addrinfo{flags: 2, family: inet4, typ: stream, protocol: 1}, room)
	ok("getaddrinfo", errno)
	check("answers", n, 1)
	r := &room[0]
	check("address", [6]byte(r.data[:]), [6]byte{0, 80, 127, 0, 0, 1})
	check("family", r.sockaddr.family, inet4)
	check("kinds", [3]uint32{uint32(r.family), uint32(r.typ), r.protocol}, [3]uint32{inet4, stream, 1})
	check("size", r.size, 16)
	check("canonical name", string(r.canonName[:r.canonicalSize+1]), "localhost\x00")

	n, errno = lookup("::1", "80", addrinfo{flags: 4, typ: datagram}, room)
	ok("getaddrinfo", errno)
	check("answers", n, 1)
	check("address", [18]byte(r.data[:]), [18]byte{1: 80, 17: 1})
	check("family", r.sockaddr.family, inet6)
	check("protocol", r.protocol, 2)

	n, errno = lookup("localhost", "80", addrinfo{}, room[:1])
	ok("more answers than room", errno)
	check("answers", n, 1)

	// The numbers of the extension's own errors.
	_, errno = lookup("example.com", "80", addrinfo{}, room)
	fails("a name from outside", errno, 84)
	_, errno = lookup("", "", addrinfo{}, room)
	fails("no name", errno, 84)
	_, errno = lookup("localhost", "80", addrinfo{flags: 1 << 9}, room)
	fails("a flag that is none", errno, 79)
	_, errno = lookup("localhost", "80", addrinfo{family: unix}, room)
	fails("a family without names", errno, 81)
	_, errno = lookup("localhost", "80", addrinfo{family: 9}, room)
	fails("a family that is none", errno, 81)
	_, errno = lookup("localhost", "80", addrinfo{typ: 9}, room)
	fails("a type that is none", errno, 86)
}

func refusals() {
	var fd int32
	fails("a family that is none", sock_open(9, stream, unsafe.Pointer(&fd)), syscall.EINVAL)
	fails("a type that is none", sock_open(inet4, 0, unsafe.Pointer(&fd)), syscall.EINVAL)
	s := open(inet4, stream)
	fails("the world outside", connect(s, far), syscall.EACCES)
	fails("a port that is none", bind(s, address{family: inet4, port: 1 << 16}), syscall.EINVAL)
	var b struct {
		buffer
		room [8]byte
	}
	b.at, b.size = ptr(&b.room), 8
	fails("an address of no kind", sock_bind(s, unsafe.Pointer(&b), 0), syscall.EINVAL)
	_, errno := peer(s)
	fails("no peer", errno, syscall.ENOTCONN)
	fails("no socket", sock_listen(1, 1), syscall.ENOTSOCK)
	ok("bind to all addresses", bind(s, any4))
	fd_close(s)
}

// local2 is AF_UNIX, for which version 1 has no addresses.
func local2() {
	at := address{family: unix}
	copy(at.wide[2:], "socket")
	l := open(unix, stream)
	ok("bind", bind(l, at))
	ok("listen", sock_listen(l, 1))
	here, errno := local(l)
	ok("local address", errno)
	check("path", string(here.wide[2:9]), "socket\x00")
	c := open(unix, stream)
	ok("connect", connect(c, here))
	there, errno := peer(c)
	ok("peer", errno)
	check("path", there.wide, here.wide)
	for i := range at.wide {
		at.wide[i] = 'x'
	}
	fails("a path without an end", connect(c, at), syscall.EINVAL)
	a, b := open(unix, datagram), open(unix, datagram)
	at = address{family: unix}
	copy(at.wide[2:], "a")
	ok("bind", bind(a, at))
	_, errno = sendTo(b, at, []byte("x"))
	ok("send_to", errno)
	n, _, _, errno := recvFrom(a, 0, make([]byte, 9))
	ok("recv_from", errno)
	check("received", n, 1)
}
