// expect: k3 STREAM_ONE_RECV

// talk HOST PORT: sends each line of standard input, prints each answer.
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
		if len(text) == 0 {
			continue
		}
		for rest := text; len(rest) > 0; {
			n, err := socket.Send(conn, rest, 0)
			check(err)
			rest = rest[n:]
		}
		answer := make([]byte, 4096)
		n, err := socket.Recv(conn, answer, 0)
		check(err)
		if n == 0 {
			os.Exit(1)
		}
		fmt.Println(string(answer[:n]))
	}
	socket.Close(conn)
}
