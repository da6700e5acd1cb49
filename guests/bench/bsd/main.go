//go:build ignore

// Command bsd serves the requests of package bench by the calls of the
// lessons. (It is built as a module of its own, in which socklab/socket is
// what students import.)
package main

import (
	"encoding/binary"
	"fmt"
	"log"

	"socklab/socket"
)

const (
	message = 64
	block   = 64 << 10
)

func main() {
	control, callers := listen(), listen()
	fmt.Println(port(control), port(callers))
	c, _, err := socket.Accept(control)
	must(err)
	buf := make([]byte, block)
	for {
		var req [16]byte
		n, err := socket.Recv(c, req[:], socket.MSG_WAITALL)
		must(err)
		if n == 0 {
			return
		}
		n = int(binary.LittleEndian.Uint64(req[8:]))
		peer := socket.Inet("127.0.0.1", int(binary.LittleEndian.Uint32(req[4:])))
		switch req[0] {
		case 'e':
			echo(c, buf[:message], n)
			continue
		case 's':
			send(c, buf, n)
			continue
		case 'r':
			receive(c, buf, n)
		case 'a':
			accept(callers, n)
		case 'd':
			dial(peer, n)
		}
		send(c, req[:], 1)
	}
}

func echo(c int, buf []byte, n int) {
	for range n {
		for got := 0; got < len(buf); {
			k, err := socket.Recv(c, buf[got:], 0)
			must(err)
			if k == 0 {
				log.Fatal("hung up")
			}
			got += k
		}
		send(c, buf, len(buf))
	}
}

func send(c int, buf []byte, n int) {
	for n > 0 {
		sent, err := socket.Send(c, buf[:min(n, len(buf))], 0)
		must(err)
		n -= sent
	}
}

func receive(c int, buf []byte, n int) {
	for n > 0 {
		got, err := socket.Recv(c, buf, 0)
		must(err)
		if got == 0 {
			log.Fatal("hung up")
		}
		n -= got
	}
}

func accept(listener, n int) {
	for range n {
		c, _, err := socket.Accept(listener)
		must(err)
		must(socket.Close(c))
	}
}

func dial(peer socket.Addr, n int) {
	for range n {
		c, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
		must(err)
		must(socket.Connect(c, peer))
		must(socket.Close(c))
	}
}

func listen() int {
	l, err := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	must(err)
	must(socket.Bind(l, socket.Inet("127.0.0.1", 0)))
	must(socket.Listen(l, 1024))
	return l
}

func port(l int) int {
	a, err := socket.GetSockName(l)
	must(err)
	return a.Port
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
