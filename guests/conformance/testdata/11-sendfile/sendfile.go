// A file goes over a connection, a block of 8192 bytes at a time.
package main

import (
	"bytes"
	"fmt"
	"os"

	"socklab/socket"
)

func main() {
	content := bytes.Repeat([]byte("0123456789"), 1000)
	check(os.WriteFile("digits.txt", content, 0o666))
	listener := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Bind(listener, socket.Inet("127.0.0.1", 0)))
	check(socket.Listen(listener, 1))
	client := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Connect(client, must(socket.GetSockName(listener))))
	conn, _, err := socket.Accept(listener)
	check(err)

	file := must(os.Open("digits.txt"))
	sent, block := 0, make([]byte, 8192)
	for {
		n, _ := file.Read(block)
		if n == 0 {
			break
		}
		for part := block[:n]; len(part) > 0; {
			n := must(socket.Send(conn, part, 0))
			part, sent = part[n:], sent+n
		}
	}
	check(file.Close())
	check(socket.Close(conn))
	fmt.Println("sent", sent, "bytes")

	received := make([]byte, 20000)
	n := must(socket.Recv(client, received, socket.MSG_WAITALL))
	if bytes.Equal(received[:n], content) {
		fmt.Println("received the same", n)
	}
	check(socket.Close(client))
	check(socket.Close(listener))
	check(os.Remove("digits.txt"))
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
