//go:build ignore

// upper PORT: answers every caller in capital letters.
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
		fmt.Fprintln(os.Stderr, "upper:", err)
		os.Exit(1)
	}
}

// sendAll sends all of p: one Send may take less.
func sendAll(conn int, p []byte) error {
	for len(p) > 0 {
		n, err := socket.Send(conn, p, 0)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// serve is one conversation. Whatever goes wrong in it ends it, and nothing
// else.
func serve(conn int) {
	defer socket.Close(conn)
	buf := make([]byte, 1024)
	for {
		n, err := socket.Recv(conn, buf, 0)
		if err != nil || n == 0 {
			return
		}
		if sendAll(conn, upper(buf[:n])) != nil {
			return
		}
	}
}

func main() {
	port, err := strconv.Atoi(os.Args[1])
	check(err)
	listener, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Bind(listener, socket.Inet("127.0.0.1", port)))
	check(socket.Listen(listener, 5))
	for {
		conn, _, err := socket.Accept(listener)
		check(err)
		serve(conn)
	}
}
