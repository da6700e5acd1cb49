// Command net serves the requests of package bench by Go's package net.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
)

const (
	message = 64
	block   = 64 << 10
)

func main() {
	control, callers := listen(), listen()
	fmt.Println(port(control), port(callers))
	c, err := control.Accept()
	must(err)
	buf := make([]byte, block)
	for {
		var req [16]byte
		if _, err := io.ReadFull(c, req[:]); errors.Is(err, io.EOF) {
			return
		} else {
			must(err)
		}
		n := int(binary.LittleEndian.Uint64(req[8:]))
		peer := fmt.Sprintf("127.0.0.1:%d", binary.LittleEndian.Uint32(req[4:]))
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
		_, err := c.Write(req[:1])
		must(err)
	}
}

func echo(c net.Conn, buf []byte, n int) {
	for range n {
		_, err := io.ReadFull(c, buf)
		must(err)
		_, err = c.Write(buf)
		must(err)
	}
}

func send(c net.Conn, buf []byte, n int) {
	for n > 0 {
		sent, err := c.Write(buf[:min(n, len(buf))])
		must(err)
		n -= sent
	}
}

func receive(c net.Conn, buf []byte, n int) {
	for n > 0 {
		got, err := c.Read(buf)
		must(err)
		n -= got
	}
}

func accept(l net.Listener, n int) {
	for range n {
		c, err := l.Accept()
		must(err)
		c.Close()
	}
}

func dial(peer string, n int) {
	for range n {
		c, err := net.Dial("tcp", peer)
		must(err)
		c.Close()
	}
}

func listen() net.Listener {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(err)
	return l
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
