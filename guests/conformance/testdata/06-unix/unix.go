// A local socket's address is a file. The file outlives the listener: then
// nobody answers, and nobody else can bind there until it is removed.
package main

import (
	"fmt"
	"os"

	"socklab/socket"
)

func main() {
	address := socket.Unix("echo.sock")
	listener := must(socket.Socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	check(socket.Bind(listener, address))
	check(socket.Listen(listener, 1))
	fmt.Println("listening at", must(socket.GetSockName(listener)))

	client := must(socket.Socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	check(socket.Connect(client, address))
	conn, _, err := socket.Accept(listener)
	check(err)
	must(socket.Send(client, []byte("hello"), 0))
	buf := make([]byte, 1024)
	n := must(socket.Recv(conn, buf, 0))
	fmt.Printf("received %s\n", buf[:n])
	check(socket.Close(conn))
	check(socket.Close(client))
	check(socket.Close(listener))

	again := must(socket.Socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	fmt.Println("connect:", socket.Name(socket.Connect(again, address)))
	fmt.Println("bind:", socket.Name(socket.Bind(again, address)))
	check(os.Remove("echo.sock"))
	check(socket.Bind(again, address))
	fmt.Println("removed the file, bound again")
	check(socket.Close(again))
	check(os.Remove("echo.sock"))
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
