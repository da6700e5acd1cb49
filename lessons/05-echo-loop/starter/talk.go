//go:build ignore

// The line above says that this file is a program by itself, and not one with
// the file beside it.

// talk HOST PORT: sends each line of standard input, prints each answer.
//
// TODO: for each line that is not empty, send it, read exactly as many bytes
// as you sent, and print them. If the server hangs up before that, exit with 1.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"

	"socklab/socket"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "talk:", err)
		os.Exit(1)
	}
}

func main() {
	port, err := strconv.Atoi(os.Args[2])
	check(err)

	conn, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Connect(conn, socket.Inet(os.Args[1], port)))

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text := lines.Bytes()
		_ = text // TODO: say it, hear the answer, print it
	}

	socket.Close(conn)
}
