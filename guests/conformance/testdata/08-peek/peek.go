// Three ways to receive: to look without taking, not to wait, and to wait for
// all.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	pair := must(socket.SocketPair(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	receive := func(what string, size, flags int) {
		buf := make([]byte, size)
		n, err := socket.Recv(pair[1], buf, flags)
		if err != nil {
			fmt.Printf("%s: %s\n", what, socket.Name(err))
			return
		}
		fmt.Printf("%s: %s\n", what, buf[:n])
	}

	receive("not waiting, nothing there", 100, socket.MSG_DONTWAIT)
	must(socket.Send(pair[0], []byte("hello"), 0))
	receive("a look", 100, socket.MSG_PEEK)
	receive("a look at less", 2, socket.MSG_PEEK)
	receive("a look without waiting", 100, socket.MSG_PEEK|socket.MSG_DONTWAIT)
	receive("a part", 2, 0)
	must(socket.Send(pair[0], []byte(", world"), 0))
	receive("all ten of what came in two parts", 10, socket.MSG_WAITALL)
	receive("not waiting, nothing left", 100, socket.MSG_DONTWAIT)
	must(socket.Send(pair[0], []byte("bye"), 0))
	check(socket.Close(pair[0]))
	receive("all ten, but the end comes first", 10, socket.MSG_WAITALL)
	check(socket.Close(pair[1]))
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
