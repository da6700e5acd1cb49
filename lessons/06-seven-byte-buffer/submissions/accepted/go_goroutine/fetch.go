// A goroutine receives, another one collects.
package main

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"strconv"
)

type piece struct {
	data []byte
	err  error
}

func receive(conn net.Conn, size int, pieces chan<- piece) {
	for {
		buf := make([]byte, size)
		n, err := conn.Read(buf)
		pieces <- piece{buf[:n], err}
		if err != nil {
			return
		}
	}
}

func main() {
	size, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.Dial("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	pieces := make(chan piece)
	go receive(conn, size, pieces)
	var text bytes.Buffer
	for {
		p := <-pieces
		text.Write(p.data)
		if errors.Is(p.err, io.EOF) {
			break
		}
		if p.err != nil {
			log.Fatal(p.err)
		}
	}
	text.WriteTo(os.Stdout)
}
