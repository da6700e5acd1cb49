// expect: a1 NOT_SENT

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1]+":"+os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	w := bufio.NewWriter(conn)
	w.WriteString(os.Args[3])
	answer, _ := io.ReadAll(conn)
	if len(answer) == 0 {
		os.Exit(1)
	}
	fmt.Println(string(answer))
}
