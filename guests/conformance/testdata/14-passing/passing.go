// A listening socket is passed over a local connection: who receives it can
// accept from it, also after the sender has closed its own descriptor.
package main

import (
	"fmt"
	"syscall"

	"socklab/socket"
)

func main() {
	pair := must(socket.SocketPair(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	listener := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Bind(listener, socket.Inet("127.0.0.1", 0)))
	check(socket.Listen(listener, 1))
	address := must(socket.GetSockName(listener))

	check(syscall.Sendmsg(pair[0], []byte("here"), syscall.UnixRights(listener), nil, 0))
	check(socket.Close(listener))

	buf, control := make([]byte, 10), make([]byte, syscall.CmsgLen(4))
	n, size, _, _, err := syscall.Recvmsg(pair[1], buf, control, 0)
	check(err)
	messages := must(syscall.ParseSocketControlMessage(control[:size]))
	passed := must(syscall.ParseUnixRights(&messages[0]))
	fmt.Printf("received %s and %d descriptor\n", buf[:n], len(passed))

	client := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Connect(client, address))
	server, _, err := socket.Accept(passed[0])
	check(err)
	must(socket.Send(client, []byte("hello"), 0))
	n = must(socket.Recv(server, buf, 0))
	fmt.Printf("accepted from it, and received %s\n", buf[:n])
	for _, fd := range []int{client, server, passed[0], pair[0], pair[1]} {
		check(socket.Close(fd))
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
