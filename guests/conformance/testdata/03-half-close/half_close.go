// The client says that it has finished talking, and goes on listening: the
// server sees the end of the question, and can still answer.
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
	conn, _, err := socket.Accept(listener)
	check(err)

	must(socket.Send(client, []byte("question"), 0))
	check(socket.Shutdown(client, socket.SHUT_WR))
	_, err = socket.Send(client, []byte("more"), 0)
	fmt.Println("the client cannot send more:", socket.Name(err))

	readAll("server", conn)
	must(socket.Send(conn, []byte("answer"), 0))
	check(socket.Close(conn))
	readAll("client", client)
	check(socket.Close(client))
	check(socket.Close(listener))
}

// readAll receives until the other side has finished.
func readAll(who string, conn int) {
	buf := make([]byte, 1024)
	for {
		n := must(socket.Recv(conn, buf, 0))
		if n == 0 {
			fmt.Printf("the %s received the end\n", who)
			return
		}
		fmt.Printf("the %s received %s\n", who, buf[:n])
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
