// IPv6: a listener for both kinds of callers, an IPv4 address in IPv6's
// clothes, and a listener that leaves IPv4 to others.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	both := listen(0, 0)
	port := must(socket.GetSockName(both)).Port
	call(both, socket.Inet("::1", port))
	call(both, socket.Inet("127.0.0.1", port))
	call(both, socket.Inet("::ffff:127.0.0.1", port))
	check(socket.Close(both))

	other := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)) // never listens
	check(socket.SetSockOpt(other, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1))
	check(socket.Bind(other, socket.Inet("127.0.0.1", port)))
	only := listen(1, port) // the same, and not in the way
	call(only, socket.Inet("::1", port))
	call(only, socket.Inet("127.0.0.1", port))
	check(socket.Close(only))
	check(socket.Close(other))
}

func listen(only, port int) int {
	fd := must(socket.Socket(socket.AF_INET6, socket.SOCK_STREAM, 0))
	check(socket.SetSockOpt(fd, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)) // the port is used twice
	check(socket.SetSockOpt(fd, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only))
	check(socket.Bind(fd, socket.Inet("::", port)))
	check(socket.Listen(fd, 1))
	return fd
}

func call(listener int, address socket.Addr) {
	client := must(socket.Socket(address.Family(), socket.SOCK_STREAM, 0))
	if err := socket.Connect(client, address); err != nil {
		fmt.Printf("%s: %s\n", address.IP, socket.Name(err))
	} else {
		conn, caller, err := socket.Accept(listener)
		check(err)
		fmt.Printf("%s: called by %s\n", address.IP, caller.IP)
		check(socket.Close(conn))
	}
	check(socket.Close(client))
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
