// resolve: turns names and services into addresses and ports.
//
// TODO: this program knows one name, one service and one address by heart.
// Ask the resolver instead, and print all that it answers.
package main

import (
	"bufio"
	"fmt"
	"os"

	"socklab/socket"
)

// The third word of a line, and what GetAddrInfo wants to be given for it.
var families = map[string]int{"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}

// The family of an answer, and the word for it.
var words = map[int]string{socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}

func main() {
	// TODO: the name of this host; the system knows it.
	fmt.Println("host", "localhost")

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var host, service, family string
		fmt.Sscan(lines.Text(), &host, &service, &family)

		// TODO: socket.GetAddrInfo(host, service, socket.AddrInfo{…}) returns
		// a list of answers, or an error whose name socket.Name tells. Each
		// answer has a Family and an Addr with its IP and Port.
		_ = families[family]
		fmt.Println(host, service, "->", words[socket.AF_INET], "127.0.0.1", 80)
	}
}
