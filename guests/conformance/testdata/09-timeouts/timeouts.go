// Calls that wait, but not for ever: a time limit for receiving, for
// accepting, and for waiting.
package main

import (
	"fmt"
	"time"

	"socklab/socket"
)

const limit = 50 * time.Millisecond

func main() {
	listener := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Bind(listener, socket.Inet("127.0.0.1", 0)))
	check(socket.Listen(listener, 1))
	check(socket.SetSockOptTime(listener, socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit))
	_, _, err := socket.Accept(listener)
	fmt.Println("nobody called:", socket.Name(err))
	check(socket.Close(listener))

	pair := must(socket.SocketPair(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	check(socket.SetSockOptTime(pair[0], socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit))
	buf := make([]byte, 100)
	_, err = socket.Recv(pair[0], buf, 0)
	fmt.Println("nothing came:", socket.Name(err))

	fds := []socket.PollFD{{FD: int32(pair[0]), Events: socket.POLLIN}}
	fmt.Println("sockets that are ready:", must(socket.Poll(fds, limit)))
	must(socket.Send(pair[1], []byte("at last"), 0))
	fmt.Println("sockets that are ready:", must(socket.Poll(fds, limit)))
	n := must(socket.Recv(pair[0], buf, 0))
	fmt.Printf("received %s\n", buf[:n])
	check(socket.Close(pair[1]))
	check(socket.Close(pair[0]))
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
