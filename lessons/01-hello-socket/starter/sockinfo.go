// sockinfo: makes a socket of each kind that standard input names, and tells
// its number.
//
// TODO: the answer to a line. This program makes no socket at all: it says OK
// to everything, and guesses the number.
package main

import (
	"bufio"
	"fmt"
	"os"

	"socklab/socket"
)

// The words of a line, and what Socket wants to be given for them.
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

		// TODO: socket.Socket(families[family], types[typ], 0) returns the
		// socket's number and an error. If there is an error, print the ERR
		// line with socket.Name(err). If not, print the OK line with the
		// number, and close the socket.
		fmt.Printf("OK %s %s fd=3\n", family, typ)
	}
	fmt.Printf("opened=%d closed=%d\n", opened, closed)
}
