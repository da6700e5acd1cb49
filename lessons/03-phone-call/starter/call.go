//go:build ignore

// The line above says that this file is a program by itself, and not one with
// the file beside it.

// call HOST PORT MESSAGE: rings somebody up, speaks, listens.
//
// TODO: say the message, then hear until the other side hangs up (Recv returns
// 0), and print what you heard. If that was nothing at all, exit with 1.
package main

import (
	"fmt"
	"os"
	"strconv"

	"socklab/socket"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "call:", err)
		os.Exit(1)
	}
}

func main() {
	port, err := strconv.Atoi(os.Args[2])
	check(err)
	message := []byte(os.Args[3])

	conn, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Connect(conn, socket.Inet(os.Args[1], port)))
	_ = message // TODO: speak, listen, print
	socket.Close(conn)
}
