// A listening socket, a client and the server's end of its connection, in one
// program: what is sent comes back, and then the client hangs up.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	listener := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Bind(listener, socket.Inet("127.0.0.1", 0)))
	check(socket.Listen(listener, 1))
	address := must(socket.GetSockName(listener))

	client := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Connect(client, address))
	conn, caller, err := socket.Accept(listener)
	check(err)
	if caller == must(socket.GetSockName(client)) {
		fmt.Println("the server has a caller: the client")
	}

	buf := make([]byte, 1024)
	must(socket.Send(client, []byte("hello"), 0))
	n := must(socket.Recv(conn, buf, 0))
	fmt.Printf("the server received %s\n", buf[:n])
	must(socket.Send(conn, buf[:n], 0))
	n = must(socket.Recv(client, buf, 0))
	fmt.Printf("the client received %s\n", buf[:n])

	check(socket.Close(client))
	if must(socket.Recv(conn, buf, 0)) == 0 {
		fmt.Println("the client has hung up")
	}
	check(socket.Close(conn))
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
