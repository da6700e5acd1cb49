// phone with Go's own package net.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		log.Fatal(err)
	}
	l.Close() // nobody else can call from now on
	fmt.Println("call from", conn.RemoteAddr())
	message := make([]byte, 4096)
	n, err := conn.Read(message)
	if err != nil {
		log.Fatal(err)
	}
	for i, b := range message[:n] {
		if b >= 'a' && b <= 'z' {
			message[i] = b ^ 0x20
		}
	}
	if _, err := conn.Write(message[:n]); err != nil {
		log.Fatal(err)
	}
	conn.Close()
}
