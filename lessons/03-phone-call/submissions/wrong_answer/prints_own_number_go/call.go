// call HOST PORT MESSAGE: rings somebody up, speaks, listens.
package main

import (
	"fmt"
	"os"
	"strconv"

	"socklab/socket"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	port, err := strconv.Atoi(os.Args[2])
	check(err)
	conn, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Connect(conn, socket.Inet(os.Args[1], port)))
	_, err = socket.Send(conn, []byte(os.Args[3]), 0)
	check(err)
	var answer []byte
	buf := make([]byte, 1024)
	for {
		n, err := socket.Recv(conn, buf, 0)
		check(err)
		if n == 0 {
			break
		}
		answer = append(answer, buf[:n]...)
	}
	socket.Close(conn)
	if len(answer) == 0 {
		fmt.Fprintln(os.Stderr, "they hung up without a word")
		os.Exit(1)
	}
	fmt.Println(string(answer))
}
