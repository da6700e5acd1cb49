// expect: c1 STRIPPED, c3 STRIPPED, c5 PRINTED_EARLY, c6 EXIT_CODE

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1]+":"+os.Args[2])
	if err != nil {
		os.Exit(1)
	}
	s := bufio.NewScanner(conn)
	for s.Scan() {
		fmt.Print(s.Text())
	}
	if s.Err() != nil {
		os.Exit(1)
	}
}
