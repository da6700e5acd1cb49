package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"

	"socklab/socket"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	conn, err := l.Accept()
	if err != nil {
		panic(err)
	}
	in := bufio.NewScanner(conn)
	for in.Scan() && in.Text() != "quit" {
		if dir, ok := strings.CutPrefix(in.Text(), "cd "); ok {
			os.Chdir(dir)
			fmt.Fprintln(conn, "0 0")
			continue
		}
		out, status, err := socket.Command(in.Text())
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(conn, "%d %d\n%s", status, len(out), out)
	}
}
