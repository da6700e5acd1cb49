// phone, with package net.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	conn, err := l.Accept()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	l.Close()
	fmt.Println("call from", conn.RemoteAddr())
	buf := make([]byte, 4096)
	n, _ := conn.Read(buf)
	for i, b := range buf[:n] {
		if b >= 'a' && b <= 'z' {
			buf[i] = b ^ 0x20
		}
	}
	conn.Write(buf[:n])
	conn.Close()
}
