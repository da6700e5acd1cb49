// Names for addresses and for ports, and back.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	hints := socket.AddrInfo{Family: socket.AF_INET, Type: socket.SOCK_STREAM}
	for _, answer := range must(socket.GetAddrInfo("localhost", "http", hints)) {
		fmt.Println("localhost and http:", answer.Addr)
	}
	hints.Flags = socket.AI_PASSIVE
	for _, answer := range must(socket.GetAddrInfo("", "8080", hints)) {
		fmt.Println("to bind to:", answer.Addr)
	}
	hints.Flags = socket.AI_NUMERICHOST
	_, err := socket.GetAddrInfo("localhost", "http", hints)
	fmt.Println("localhost as a number:", socket.Name(err))

	node, service, err := socket.GetNameInfo(socket.Inet("127.0.0.1", 80), socket.NI_NUMERICHOST)
	check(err)
	fmt.Println("127.0.0.1:80 is", service, "at", node)
	fmt.Println("domain has port", must(socket.GetServByName("domain", "udp")))
	fmt.Println("port 443 is", must(socket.GetServByPort(443, "tcp")))
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
