// Two sockets that are connected from the start: a stream joins what is sent,
// datagrams keep messages apart, and a partner that has closed is noticed.
package main

import (
	"fmt"

	"socklab/socket"
)

func main() {
	buf := make([]byte, 1024)
	for _, typ := range []int{socket.SOCK_STREAM, socket.SOCK_DGRAM} {
		pair := must(socket.SocketPair(socket.AF_UNIX, typ, 0))
		must(socket.Send(pair[0], []byte("one"), 0))
		must(socket.Send(pair[0], []byte("two"), 0))
		n := must(socket.Recv(pair[1], buf, 0))
		fmt.Printf("sent one and two, received %s\n", buf[:n])

		must(socket.Send(pair[1], []byte("back"), 0)) // it goes both ways
		n = must(socket.Recv(pair[0], buf, 0))
		fmt.Printf("received %s\n", buf[:n])

		check(socket.Close(pair[1]))
		_, err := socket.Send(pair[0], []byte("more"), 0)
		fmt.Println("its partner has closed:", socket.Name(err))
		check(socket.Close(pair[0]))
	}
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
