// The same with Go's own net.
package main

import (
	"bufio"
	"io"
	"net"
	"os"
)

func main() {
	c, err := net.Dial("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		os.Exit(1)
	}
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if n := len(line); n > 0 && line[n-1] == '\n' {
			line = line[:n-1]
		}
		if len(line) > 0 {
			if _, err := c.Write(line); err != nil {
				os.Exit(1)
			}
			answer := make([]byte, len(line), len(line)+1)
			if _, err := io.ReadFull(c, answer); err != nil {
				os.Exit(1)
			}
			os.Stdout.Write(append(answer, '\n'))
		}
		if err != nil {
			break
		}
	}
	c.Close()
}
