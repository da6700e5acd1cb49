// Package socket has the Berkeley socket calls, by the names and with the
// arguments that their man pages give them, for programs that learn how
// sockets work. It hides nothing and adds nothing: a socket is a number, an
// option is set only if you set it, a call that would block does, and what
// the kernel answers is what you get.
//
// A server's first steps, and one call taken:
//
//	listener, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
//	err = socket.Bind(listener, socket.Inet("127.0.0.1", 9000))
//	err = socket.Listen(listener, 5)
//	conn, caller, err := socket.Accept(listener)
//	n, err := socket.Recv(conn, buf, 0)
//	n, err = socket.Send(conn, buf[:n], 0)
//	err = socket.Close(conn)
//
// Errors are of type [Errno] and can be compared, err == socket.ECONNRESET;
// [Name] tells an error's name. A call that blocks blocks its goroutine and
// no other.
//
// The same source runs natively on Linux and macOS, under a debugger for
// example.
package socket

import "syscall"

// Socket makes a socket and returns its descriptor. It has no address yet and
// talks to nobody. A protocol of 0 means the usual one for the family and
// type. socket(2)
func Socket(family, typ, protocol int) (fd int, err error) {
	fd, err = newSocket(family, typ, protocol)
	return fd, result(err)
}

// SocketPair makes two sockets that are connected with each other. The family
// is AF_UNIX. socketpair(2)
func SocketPair(family, typ, protocol int) (fds [2]int, err error) {
	fds, err = syscall.Socketpair(family, typ, protocol)
	return fds, result(err)
}

// Bind gives a socket its own address. Port 0 asks for any free one;
// [GetSockName] tells which it became. bind(2)
func Bind(fd int, addr Addr) error {
	sa, err := addr.sockaddr()
	if err != nil {
		return err
	}
	return result(syscall.Bind(fd, sa))
}

// Listen makes a socket accept connections: backlog+1 of them may wait for
// Accept. listen(2)
func Listen(fd, backlog int) error { return result(syscall.Listen(fd, backlog)) }

// Accept takes the next connection of a listening socket: a new socket, and
// the address at its other end. It blocks until there is one. accept(2)
func Accept(fd int) (conn int, peer Addr, err error) {
	conn, sa, err := accept(fd)
	if err != nil {
		return -1, Addr{}, result(err)
	}
	return conn, addrOf(sa), nil
}

// Connect connects a stream socket, or sets the address that a datagram
// socket sends to. connect(2)
func Connect(fd int, addr Addr) error {
	sa, err := addr.sockaddr()
	if err != nil {
		return err
	}
	return result(connect(fd, sa))
}

// Send sends bytes over a connected socket and returns how many the kernel
// took: over a stream that may be fewer than there are. That they were taken
// does not mean that they have arrived. send(2)
func Send(fd int, p []byte, flags int) (n int, err error) {
	return send(fd, p, flags, nil)
}

// SendTo sends one datagram to an address. sendto(2)
func SendTo(fd int, p []byte, flags int, to Addr) (n int, err error) {
	sa, err := to.sockaddr()
	if err != nil {
		return 0, err
	}
	return send(fd, p, flags, sa)
}

// Recv receives at most len(p) bytes and returns how many came. It blocks
// until there is at least one. 0 bytes from a stream are its end: the other
// side will send no more. recv(2)
func Recv(fd int, p []byte, flags int) (n int, err error) {
	n, _, _, err = recv(fd, p, flags)
	return n, err
}

// RecvFrom receives one datagram and tells who sent it. What does not fit
// into p is lost. recvfrom(2)
func RecvFrom(fd int, p []byte, flags int) (n int, from Addr, err error) {
	n, from, _, err = recv(fd, p, flags)
	return n, from, err
}

// RecvMsg is RecvFrom, and tells in outflags what the kernel has to say of
// the message: MSG_TRUNC, if it did not fit. recvmsg(2)
func RecvMsg(fd int, p []byte, flags int) (n int, from Addr, outflags int, err error) {
	return recv(fd, p, flags)
}

// Shutdown ends one direction of a connection, or both, and leaves the
// descriptor open: SHUT_WR says "I have finished talking". shutdown(2)
func Shutdown(fd, how int) error { return result(syscall.Shutdown(fd, how)) }

// Close gives the descriptor back. If it was the socket's last, that hangs
// up. close(2)
func Close(fd int) error { return result(syscall.Close(fd)) }

// Dup makes a second descriptor of the same socket. dup(2)
func Dup(fd int) (newfd int, err error) {
	newfd, err = syscall.Dup(fd)
	return newfd, result(err)
}

// SetNonblock says whether calls that would block shall fail with EAGAIN (or
// EINPROGRESS) instead. fcntl(2), O_NONBLOCK
func SetNonblock(fd int, on bool) error { return result(syscall.SetNonblock(fd, on)) }

// GetSockName tells a socket's own address. getsockname(2)
func GetSockName(fd int) (Addr, error) {
	sa, err := syscall.Getsockname(fd)
	return addrOf(sa), result(err)
}

// GetPeerName tells the address at the other end. getpeername(2)
func GetPeerName(fd int) (Addr, error) {
	sa, err := syscall.Getpeername(fd)
	return addrOf(sa), result(err)
}
