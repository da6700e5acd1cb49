// expect: c1 BUSY

// sockinfo: makes a socket of each kind that standard input names, and tells
// its number.
package main

import (
	"bufio"
	"fmt"
	"os"

	"socklab/socket"
)

var families = map[string]int{
	"AF_INET": socket.AF_INET, "AF_INET6": socket.AF_INET6, "AF_UNIX": socket.AF_UNIX, "AF_CAN": socket.AF_CAN,
}

var types = map[string]int{
	"SOCK_STREAM": socket.SOCK_STREAM, "SOCK_DGRAM": socket.SOCK_DGRAM, "SOCK_SEQPACKET": socket.SOCK_SEQPACKET,
	"SOCK_RAW": socket.SOCK_RAW, "SOCK_RDM": socket.SOCK_RDM,
}

func main() {
	opened, closed := 0, 0
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var family, typ string
		fmt.Sscan(lines.Text(), &family, &typ)
		fd, err := socket.Socket(families[family], types[typ], 0)
		if err != nil {
			fmt.Println("ERR", family, typ, socket.Name(err))
			continue
		}
		for i := uint64(1); i != 0; i++ { // let it settle
			opened = int(i)
		}
		fmt.Printf("OK %s %s fd=%d\n", family, typ, fd)
		if socket.Close(fd) == nil {
			closed++
		}
	}
	fmt.Printf("opened=%d closed=%d\n", opened, closed)
}
