// expect: c1 PIECES_WRONG, c2 GENERIC

// fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"socklab/socket"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "fetch:", err)
		os.Exit(1)
	}
}

func main() {
	port, err := strconv.Atoi(os.Args[2])
	check(err)
	size, err := strconv.Atoi(os.Args[3])
	check(err)
	conn, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Connect(conn, socket.Inet(os.Args[1], port)))

	var text [][]byte
	buf := make([]byte, size)
	for {
		n, err := socket.Recv(conn, buf, 0)
		check(err) // broken: what we have is not the text
		if n == 0 {
			break // the server has hung up: it is
		}
		text = append(text, buf[:n])
	}
	socket.Close(conn)
	_, err = os.Stdout.Write(bytes.Join(text, nil))
	check(err)
}
