// phone that hangs up in two steps: it says that it has finished talking, and
// waits until the caller has hung up too.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"socklab/socket"
)

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return v
}

func main() {
	port := must(strconv.Atoi(os.Args[1]))
	l := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP))
	must(0, socket.SetSockOpt(l, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1))
	must(0, socket.Bind(l, socket.Inet("127.0.0.1", port)))
	must(0, socket.Listen(l, 0))
	c, _, err := socket.Accept(l)
	must(0, err)

	buf := make([]byte, 2000)
	n := must(socket.Recv(c, buf, 0))
	answer := buf[:n]
	for i, b := range answer {
		if strings.IndexByte("abcdefghijklmnopqrstuvwxyz", b) >= 0 {
			answer[i] = b - 'a' + 'A'
		}
	}
	for len(answer) > 0 {
		answer = answer[must(socket.Send(c, answer[:(len(answer)+1)/2], 0)):]
	}
	must(0, socket.Shutdown(c, socket.SHUT_WR))
	fmt.Println("call from " + must(socket.GetPeerName(c)).String())
	for must(socket.Recv(c, buf, 0)) > 0 {
	}
	socket.Close(c)
	socket.Close(l)
}
