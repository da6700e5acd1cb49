//go:build ignore

// The line above says that this file is a program by itself, and not one with
// the file beside it.

// upper PORT: answers every caller in capital letters.
//
// TODO: this server takes one call and hears one sentence. Give it its two
// loops:
//   - outside, caller after caller, for ever;
//   - inside, sentence after sentence, until the caller hangs up (Recv returns 0).
//
// A caller who breaks off (an error of Recv or Send) must cost you that
// caller, not the program.
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

func main() {
	port, err := strconv.Atoi(os.Args[1])
	check(err)

	listener, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Bind(listener, socket.Inet("127.0.0.1", port)))
	check(socket.Listen(listener, 5))

	conn, _, err := socket.Accept(listener)
	check(err)
	buf := make([]byte, 1024)
	n, err := socket.Recv(conn, buf, 0)
	check(err)
	_, err = socket.Send(conn, upper(buf[:n]), 0)
	check(err)
	socket.Close(conn)
}
