// Two datagram sockets: each message comes whole and with its sender's
// address, one of no bytes too; what does not fit into the buffer is lost.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	server := must(socket.Socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
	check(socket.Bind(server, socket.Inet("127.0.0.1", 0)))
	address := must(socket.GetSockName(server))
	client := must(socket.Socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
	buf := make([]byte, 1024)

	must(socket.SendTo(client, []byte("hello"), 0, address))
	n, caller, err := socket.RecvFrom(server, buf, 0)
	check(err)
	must(socket.SendTo(server, buf[:n], 0, caller))
	n, sender, err := socket.RecvFrom(client, buf, 0)
	check(err)
	if sender == address {
		fmt.Printf("the server answered %s\n", buf[:n])
	}

	for _, message := range []string{"", "0123456789", "next"} {
		must(socket.SendTo(client, []byte(message), 0, address))
		n, _, err := socket.RecvFrom(server, buf[:4], 0)
		check(err)
		fmt.Printf("%d bytes were sent, %d received: %q\n", len(message), n, buf[:n])
	}
	check(socket.Close(client))
	check(socket.Close(server))
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
