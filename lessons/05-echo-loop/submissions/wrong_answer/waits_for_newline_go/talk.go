// expect: k1 WAITS_FOR_MORE, k4 EOF_IGNORED

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
		panic(err)
	}
	in := bufio.NewScanner(os.Stdin)
	r := bufio.NewReader(conn)
	for in.Scan() {
		if in.Text() == "" {
			continue
		}
		fmt.Fprint(conn, in.Text())
		answer, _ := r.ReadString('\n')
		fmt.Println(answer)
	}
}
