// expect: c2 FAMILY_LABEL

// resolve: turns names and services into addresses and ports.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"socklab/socket"
)

var families = map[string]int{"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}

// reason is what the contract calls an error of the resolver.
func reason(err error) string {
	switch socket.Name(err) {
	case "EAI_SERVICE":
		return "SERVICE"
	case "EAI_FAMILY", "EAI_ADDRFAMILY":
		return "FAMILY"
	}
	return "NONAME"
}

// word is the family of an address.
func word(host string) string {
	if strings.Contains(host, ".") {
		return "ipv4"
	}
	return "ipv6"
}

func main() {
	name, err := socket.GetHostName()
	if err != nil {
		fmt.Fprintln(os.Stderr, "resolve:", err)
		os.Exit(1)
	}
	fmt.Println("host", name)

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var host, service, family string
		fmt.Sscan(lines.Text(), &host, &service, &family)
		hints := socket.AddrInfo{Family: families[family], Type: socket.SOCK_STREAM}
		answers, err := socket.GetAddrInfo(host, service, hints)
		if err != nil {
			fmt.Println(host, service, "-> error", reason(err))
			continue
		}
		for _, a := range answers {
			fmt.Println(host, service, "->", word(host), a.Addr.IP, a.Addr.Port)
		}
	}
}
