//go:build ignore

// phone PORT: takes one call and answers in capital letters.
package main

import (
	"fmt"
	"os"
	"strconv"

	"socklab/socket"
)

// upper makes a-z A-Z and leaves every other byte as it is.
func upper(data []byte) []byte {
	out := make([]byte, len(data))
	for i, b := range data {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		out[i] = b
	}
	return out
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "phone:", err)
		os.Exit(1)
	}
}

func main() {
	port, err := strconv.Atoi(os.Args[1])
	check(err)

	listener, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Bind(listener, socket.Inet("127.0.0.1", port)))
	check(socket.Listen(listener, 1))

	conn, caller, err := socket.Accept(listener)
	check(err)
	fmt.Printf("call from %s:%d\n", caller.IP, caller.Port)

	buf := make([]byte, 1024)
	n, err := socket.Recv(conn, buf, 0)
	check(err)
	_, err = socket.Send(conn, upper(buf[:n]), 0)
	check(err)

	socket.Close(conn)
	socket.Close(listener)
}
