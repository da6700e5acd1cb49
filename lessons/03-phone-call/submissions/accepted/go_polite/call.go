// call that says when it has finished talking, and one byte is enough for it
// at a time.
package main

import (
	"os"
	"strconv"
	"syscall"

	"socklab/socket"
)

func main() {
	port, err := strconv.Atoi(os.Args[2])
	if err != nil {
		os.Exit(1)
	}
	all, err := socket.GetAddrInfo(os.Args[1], os.Args[2], socket.AddrInfo{Type: socket.SOCK_STREAM})
	if err != nil || all[0].Addr.Port != port {
		os.Exit(1)
	}
	fd, err := socket.Socket(all[0].Family, all[0].Type, all[0].Protocol)
	if err != nil || socket.Connect(fd, all[0].Addr) != nil {
		os.Exit(1)
	}
	for rest := []byte(os.Args[3]); len(rest) > 0; {
		n, err := socket.Send(fd, rest[:1], 0)
		if err != nil {
			os.Exit(1)
		}
		rest = rest[n:]
	}
	socket.Shutdown(fd, socket.SHUT_WR)
	answer := []byte{}
	for {
		var b [1]byte
		n, err := syscall.Read(fd, b[:]) // a socket is a descriptor like any other
		if err != nil {
			os.Exit(1)
		}
		if n == 0 {
			break
		}
		answer = append(answer, b[0])
	}
	if len(answer) == 0 {
		os.Exit(1)
	}
	os.Stdout.Write(append(answer, '\n'))
}
