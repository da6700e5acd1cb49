// resolve that checks numbers itself and asks for the service and the host in
// two calls.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"socklab/socket"
)

func portOf(service string) (int, bool) {
	if n, err := strconv.Atoi(service); err == nil {
		return n, n >= 0 && n <= 0xffff
	}
	port, err := socket.GetServByName(service, "tcp")
	return port, err == nil
}

func main() {
	name, err := os.Hostname()
	if err != nil {
		os.Exit(1)
	}
	text, _ := io.ReadAll(os.Stdin)
	fmt.Printf("host %s\n", name)
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		f := strings.Fields(line)
		head := f[0] + " " + f[1] + " ->"
		port, ok := portOf(f[1])
		if !ok {
			fmt.Println(head, "error", "SERVICE")
			continue
		}
		var all []socket.AddrInfo
		for range 3 { // it may say: try again
			all, err = socket.GetAddrInfo(f[0], "", socket.AddrInfo{Type: socket.SOCK_STREAM})
			if socket.Name(err) != "EAI_AGAIN" {
				break
			}
		}
		if err != nil {
			fmt.Println(head, "error", "NONAME")
			continue
		}
		none := true
		for _, a := range all {
			kind := map[bool]string{true: "ipv4", false: "ipv6"}[a.Addr.IP.Is4()]
			if f[2] == "any" || f[2] == kind {
				fmt.Println(head, kind, a.Addr.IP, port)
				none = false
			}
		}
		if none {
			fmt.Println(head, "error", "FAMILY")
		}
	}
}
