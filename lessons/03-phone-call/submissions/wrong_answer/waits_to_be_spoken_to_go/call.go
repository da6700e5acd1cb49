// expect: a1 NOT_SENT

// call HOST PORT MESSAGE: makes one call, says the message, prints the answer.
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
	host, message := os.Args[1], os.Args[3]
	port, err := strconv.Atoi(os.Args[2])
	check(err)

	conn, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Connect(conn, socket.Inet(host, port)))

	var answer []byte
	buf := make([]byte, 1024)
	for {
		n, err := socket.Recv(conn, buf, 0)
		check(err)
		if n == 0 { // the other side has hung up
			break
		}
		answer = append(answer, buf[:n]...)
	}
	_, err = socket.Send(conn, []byte(message), 0)
	check(err)
	socket.Close(conn)
	if len(answer) == 0 {
		fmt.Fprintln(os.Stderr, "call: no answer")
		os.Exit(1)
	}
	fmt.Println(string(answer))
}
