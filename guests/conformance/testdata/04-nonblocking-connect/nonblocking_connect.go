// A connect that does not wait: it says EINPROGRESS, the socket becomes
// writable when it is decided, and SO_ERROR tells how.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	listener := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Bind(listener, socket.Inet("127.0.0.1", 0)))
	check(socket.Listen(listener, 1))
	open := must(socket.GetSockName(listener))

	silent := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)) // never listens
	check(socket.Bind(silent, socket.Inet("127.0.0.1", 0)))
	closed := must(socket.GetSockName(silent))

	call("a port that listens", open)
	call("a port that does not", closed)
	check(socket.Close(silent))
	check(socket.Close(listener))
}

func call(what string, address socket.Addr) {
	client := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.SetNonblock(client, true))
	fmt.Printf("%s: %s", what, socket.Name(socket.Connect(client, address)))
	fds := []socket.PollFD{{FD: int32(client), Events: socket.POLLOUT}}
	must(socket.Poll(fds, -1))
	result := socket.Errno(must(socket.GetSockOpt(client, socket.SOL_SOCKET, socket.SO_ERROR)))
	if result == 0 {
		fmt.Println(", then connected")
	} else {
		fmt.Printf(", then %s\n", result.Name())
	}
	check(socket.Close(client))
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
