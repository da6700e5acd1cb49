// expect: k1 UNPRINTED, k3 GENERIC

// talk HOST PORT: sends each line of standard input, prints each answer.
package main

import (
	"bufio"
	"errors"
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

// readExactly fills p.
func readExactly(conn int, p []byte) error {
	for len(p) > 0 {
		n, err := socket.Recv(conn, p, 0)
		if err != nil {
			return err
		}
		if n == 0 {
			return errors.New("the server has hung up")
		}
		p = p[n:]
	}
	return nil
}

func main() {
	port, err := strconv.Atoi(os.Args[2])
	check(err)
	conn, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	check(err)
	check(socket.Connect(conn, socket.Inet(os.Args[1], port)))

	out := bufio.NewWriter(os.Stdout)
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
		answer := make([]byte, len(text))
		check(readExactly(conn, answer))
		fmt.Fprintln(out, string(answer))
	}
	socket.Close(conn)
}
