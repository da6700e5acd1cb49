// One program waits for a caller, a datagram and its partner at once, and is
// told which of them have something for it.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	listener := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Bind(listener, socket.Inet("127.0.0.1", 0)))
	check(socket.Listen(listener, 1))
	server := must(socket.Socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
	check(socket.Bind(server, socket.Inet("127.0.0.1", 0)))
	pair := must(socket.SocketPair(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	names := []string{"the caller", "the datagram", "the partner"}
	sources := []socket.PollFD{
		{FD: int32(listener), Events: socket.POLLIN},
		{FD: int32(server), Events: socket.POLLIN},
		{FD: int32(pair[0]), Events: socket.POLLIN},
	}
	wait := func() {
		must(socket.Poll(sources, -1))
		for i, source := range sources {
			if source.Revents&socket.POLLIN != 0 {
				fmt.Println("ready:", names[i])
			}
		}
	}

	address := must(socket.GetSockName(listener))
	caller := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Connect(caller, address))
	wait()
	conn, _, err := socket.Accept(listener)
	check(err)

	address = must(socket.GetSockName(server))
	sender := must(socket.Socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
	must(socket.SendTo(sender, []byte("hello"), 0, address))
	wait()
	must(socket.Send(pair[1], []byte("hi"), 0)) // and the datagram is still there
	wait()

	for _, fd := range []int{conn, caller, sender, pair[1], pair[0], server, listener} {
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
