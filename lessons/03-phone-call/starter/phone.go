//go:build ignore

// The line above says that this file is a program by itself, and not one with
// the file beside it.

// phone PORT: takes one call, answers in capital letters, hangs up.
//
// TODO: switch the phone on, accept a call, print who calls, hear, answer,
// hang up.
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
	_ = upper // TODO: listen, accept, print "call from IP:PORT", recv, send, close
}
