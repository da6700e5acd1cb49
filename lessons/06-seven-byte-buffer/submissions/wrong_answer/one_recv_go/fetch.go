// expect: c1 STREAM_ONE_RECV, c2 STREAM_ONE_RECV, c3 STREAM_ONE_RECV, c5 STREAM_ONE_RECV, c6 STREAM_ONE_RECV

// fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up.
package main

import (
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

	buf := make([]byte, size)
	n, err := socket.Recv(conn, buf, 0)
	check(err)
	fmt.Print(string(buf[:n]))
	socket.Close(conn)
}
