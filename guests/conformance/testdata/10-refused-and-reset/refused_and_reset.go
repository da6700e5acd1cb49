// Three ways to be turned away: nobody listens, the other side hangs up hard,
// and one goes on talking after that.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	listener := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Bind(listener, socket.Inet("127.0.0.1", 0)))
	address := must(socket.GetSockName(listener))
	client := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	fmt.Println("before listen:", socket.Name(socket.Connect(client, address)))
	check(socket.Close(client))

	check(socket.Listen(listener, 1))
	client = must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Connect(client, address))
	conn, _, err := socket.Accept(listener)
	check(err)
	check(socket.SetSockOptLinger(conn, true, 0))
	check(socket.Close(conn)) // with a reset instead of an orderly end

	_, err = socket.Recv(client, make([]byte, 100), 0)
	fmt.Println("the first call after the reset:", socket.Name(err))
	_, err = socket.Send(client, []byte("hello?"), 0)
	fmt.Println("to send on:", socket.Name(err))
	check(socket.Close(client))
	check(socket.Close(listener))
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
