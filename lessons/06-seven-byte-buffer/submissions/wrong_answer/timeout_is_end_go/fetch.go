// expect: c3 TIMEOUT_AS_EOF

// fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

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

	check(socket.SetSockOptTime(conn, socket.SOL_SOCKET, socket.SO_RCVTIMEO, 600*time.Millisecond))
	var text []byte
	buf := make([]byte, size)
	for {
		n, err := socket.Recv(conn, buf, 0)
		if errors.Is(err, socket.EAGAIN) {
			break // nothing comes any more
		}
		check(err)
		if n == 0 {
			break
		}
		text = append(text, buf[:n]...)
	}
	socket.Close(conn)
	os.Stdout.Write(text)
}
