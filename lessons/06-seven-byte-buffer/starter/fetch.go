// fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up.
//
// TODO: this program receives once and prints what that brought. Go on until
// the server has hung up (Recv returns 0), and print then: the whole text,
// exactly. If Recv fails before that, print nothing and exit with code 1.
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
	fmt.Println(string(buf[:n])) // Println adds a newline; Print does not

	socket.Close(conn)
}
