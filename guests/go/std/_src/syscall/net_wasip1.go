// Package syscall's sockets for a guest of socklab: the calls are the
// host's, with Linux's numbers and WASI's errors.
package syscall

import "unsafe"

const (
	AF_LOCAL        = AF_UNIX
	IPPROTO_IPV4    = 4
	F_DUPFD_CLOEXEC = 1030

	// Options that the host refuses, for programs that ask.
	IP_MULTICAST_IF     = 32
	IP_ADD_MEMBERSHIP   = 35
	IP_DROP_MEMBERSHIP  = 36
	IPV6_MULTICAST_IF   = 17
	IPV6_MULTICAST_LOOP = 19
	IPV6_JOIN_GROUP     = 20
	IPV6_LEAVE_GROUP    = 21
	SO_BINDTODEVICE     = 25
)

// NeedsSocklabOverlay is what packages that need this one's sockets mention,
// so that without them a build says so.
const NeedsSocklabOverlay = true

const (
	SizeofSockaddrInet4 = 16
	SizeofSockaddrInet6 = 28
	SizeofLinger        = 8
)

func Socket(domain, typ, proto int) (fd int, err error) {
	var newfd int32
	if errno := host_socket(int32(domain), int32(typ), int32(proto), &newfd); errno != 0 {
		return -1, errnoErr(errno)
	}
	opened(newfd, typ)
	return int(newfd), nil
}

func Socketpair(domain, typ, proto int) (fd [2]int, err error) {
	var a, b int32
	if errno := host_socketpair(int32(domain), int32(typ), int32(proto), &a, &b); errno != 0 {
		return [2]int{-1, -1}, errnoErr(errno)
	}
	opened(a, typ)
	opened(b, typ)
	return [2]int{int(a), int(b)}, nil
}

func Bind(fd int, sa Sockaddr) error {
	if !validPort(sa) {
		return errEINVAL
	}
	b := sa.encode()
	return errnoErr(host_bind(int32(fd), unsafe.Pointer(&b[0]), uint32(len(b))))
}

func Listen(fd int, backlog int) error { return errnoErr(host_listen(int32(fd), int32(backlog))) }

func Shutdown(fd int, how int) error { return errnoErr(host_shutdown(int32(fd), int32(how))) }

func Accept(fd int) (nfd int, sa Sockaddr, err error) { return Accept4(fd, 0) }

func Accept4(fd int, flags int) (nfd int, sa Sockaddr, err error) {
	if flags&^(SOCK_NONBLOCK|SOCK_CLOEXEC) != 0 {
		return -1, nil, errEINVAL
	}
	var from rawAddr
	var newfd int32
	addr, addrCap, addrLen := from.room()
	w := waitFor(fd, 'r', 0)
	for {
		errno := host_accept(int32(fd), int32(flags), addr, addrCap, addrLen, &newfd)
		if w.again(&errno) {
			continue
		}
		if errno != 0 {
			return -1, nil, errnoErr(errno)
		}
		opened(newfd, flags)
		if m := modeOf(fd); m != nil {
			modes[newfd].stream, modes[newfd].came = m.stream, m.came
		}
		return int(newfd), decodeSockaddr(from.bytes()), nil
	}
}

func Connect(fd int, sa Sockaddr) error {
	if !validPort(sa) {
		return errEINVAL
	}
	b := sa.encode()
	w := waitFor(fd, 'w', 0)
	for {
		errno := host_connect(int32(fd), unsafe.Pointer(&b[0]), uint32(len(b)))
		if w.m == nil {
			return errnoErr(errno)
		}
		switch errno {
		case EINPROGRESS:
			return errnoErr(w.connect())
		case EAGAIN: // a full backlog of AF_UNIX, which no poll tells the end of
			timeSleep(1e6)
		default:
			return errnoErr(errno)
		}
	}
}

// recv receives into p, and the sender's address into from.
func recv(fd int, p []byte, flags int, from *rawAddr) (n int, outflags int, errno Errno) {
	addr, addrCap, addrLen := from.room()
	w := waitFor(fd, 'r', flags)
	for {
		var got uint32
		var out int32
		errno = host_recvfrom(int32(fd), unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)), &got, int32(flags), addr, addrCap, addrLen, &out)
		if w.again(&errno) {
			continue
		}
		if errno != 0 {
			if n > 0 { // of MSG_WAITALL: what came before
				return n, 0, 0
			}
			return -1, 0, errno
		}
		n += int(got)
		if w.m == nil || flags&(MSG_WAITALL|MSG_PEEK) != MSG_WAITALL || got == 0 || int(got) >= len(p) || !w.m.streams(fd) {
			return n, int(out), 0
		}
		p = p[got:]
	}
}

// send sends p to an encoded address, nil for the connected peer.
func send(fd int, p []byte, flags int, to []byte) (n int, errno Errno) {
	w := waitFor(fd, 'w', flags)
	for {
		var sent int32
		errno = host_sendto(int32(fd), unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)), int32(flags), unsafe.Pointer(unsafe.SliceData(to)), uint32(len(to)), &sent)
		if w.again(&errno) {
			continue
		}
		if errno != 0 {
			if n > 0 {
				return n, 0
			}
			return -1, errno
		}
		n += int(sent)
		if p = p[sent:]; len(p) == 0 || w.m == nil { // else a blocking send sends all
			return n, 0
		}
	}
}

func Recvfrom(fd int, p []byte, flags int) (n int, from Sockaddr, err error) {
	var addr rawAddr
	n, _, errno := recv(fd, p, flags, &addr)
	if errno != 0 {
		return n, nil, errnoErr(errno)
	}
	return n, decodeSockaddr(addr.bytes()), nil
}

func Recvmsg(fd int, p, oob []byte, flags int) (n, oobn int, recvflags int, from Sockaddr, err error) {
	var addr rawAddr
	n, oobn, recvflags, errno := recvMsg(fd, p, oob, flags, &addr)
	if errno != 0 {
		return n, 0, 0, nil, errnoErr(errno)
	}
	return n, oobn, recvflags, decodeSockaddr(addr.bytes()), nil
}

func Sendto(fd int, p []byte, flags int, to Sockaddr) error {
	_, err := SendmsgN(fd, p, nil, to, flags)
	return err
}

func Sendmsg(fd int, p, oob []byte, to Sockaddr, flags int) error {
	_, err := SendmsgN(fd, p, oob, to, flags)
	return err
}

func SendmsgN(fd int, p, oob []byte, to Sockaddr, flags int) (n int, err error) {
	var b []byte
	if to != nil {
		if !validPort(to) {
			return -1, errEINVAL
		}
		b = to.encode()
	}
	n, errno := sendMsg(fd, p, oob, flags, b)
	return n, errnoErr(errno)
}

// What follows is for package net, by way of internal/syscall/unix: the same
// calls for one family each, which need not allocate an address.

func recvfromInet4(fd int, p []byte, flags int, from *SockaddrInet4) (int, error) {
	n, _, _, err := recvmsgInet4(fd, p, nil, flags, from)
	return n, err
}

func recvfromInet6(fd int, p []byte, flags int, from *SockaddrInet6) (int, error) {
	n, _, _, err := recvmsgInet6(fd, p, nil, flags, from)
	return n, err
}

func recvmsgInet4(fd int, p, oob []byte, flags int, from *SockaddrInet4) (n, oobn int, recvflags int, err error) {
	var addr rawAddr
	n, oobn, recvflags, errno := recvMsg(fd, p, oob, flags, &addr)
	if errno == 0 {
		from.decode(addr.bytes())
	}
	return n, oobn, recvflags, errnoErr(errno)
}

func recvmsgInet6(fd int, p, oob []byte, flags int, from *SockaddrInet6) (n, oobn int, recvflags int, err error) {
	var addr rawAddr
	n, oobn, recvflags, errno := recvMsg(fd, p, oob, flags, &addr)
	if errno == 0 {
		from.decode(addr.bytes())
	}
	return n, oobn, recvflags, errnoErr(errno)
}

func sendtoInet4(fd int, p []byte, flags int, to *SockaddrInet4) error {
	_, err := sendmsgNInet4(fd, p, nil, to, flags)
	return err
}

func sendtoInet6(fd int, p []byte, flags int, to *SockaddrInet6) error {
	_, err := sendmsgNInet6(fd, p, nil, to, flags)
	return err
}

func sendmsgNInet4(fd int, p, oob []byte, to *SockaddrInet4, flags int) (n int, err error) {
	if to == nil {
		return SendmsgN(fd, p, oob, nil, flags)
	}
	return SendmsgN(fd, p, oob, to, flags)
}

func sendmsgNInet6(fd int, p, oob []byte, to *SockaddrInet6, flags int) (n int, err error) {
	if to == nil {
		return SendmsgN(fd, p, oob, nil, flags)
	}
	return SendmsgN(fd, p, oob, to, flags)
}

// Pipe2 makes a pipe of a pair of sockets, each shut down in one direction.
func Pipe2(fd []int, flags int) error {
	if len(fd) != 2 || flags&^O_CLOEXEC != 0 {
		return errEINVAL
	}
	pair, err := Socketpair(AF_UNIX, SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	Shutdown(pair[0], SHUT_WR)
	Shutdown(pair[1], SHUT_RD)
	fd[0], fd[1] = pair[0], pair[1]
	return nil
}

func Pipe(fd []int) error { return Pipe2(fd, 0) }

// gethostname is the sandbox's own host name.
func gethostname() (string, error) {
	b := make([]byte, 64)
	for {
		var n uint32
		if errno := host_gethostname(unsafe.Pointer(&b[0]), uint32(len(b)), &n); errno != 0 {
			return "", errnoErr(errno)
		}
		if int(n) <= len(b) {
			return string(b[:n]), nil
		}
		b = make([]byte, n)
	}
}
