// The same with Go's own net, a goroutine for each caller.
package main

import (
	"net"
	"os"
)

func upper(p []byte) {
	for i, b := range p {
		if b >= 'a' && b <= 'z' {
			p[i] = b - 32
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			continue
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 4096)
			for {
				n, err := c.Read(buf)
				upper(buf[:n])
				if _, werr := c.Write(buf[:n]); err != nil || werr != nil {
					return
				}
			}
		}()
	}
}
