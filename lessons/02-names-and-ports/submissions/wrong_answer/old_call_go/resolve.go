// expect: c2 NAME_FIRST_ONLY, c4 FAMILY_FIXED

// resolve with the call that finds one address.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
)

func main() {
	name, _ := os.Hostname()
	fmt.Println("host", name)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var host, service, family string
		fmt.Sscan(lines.Text(), &host, &service, &family)
		port, err := net.LookupPort("tcp", service)
		if err != nil {
			fmt.Println(host, service, "-> error SERVICE")
			continue
		}
		if ip := net.ParseIP(host); ip != nil && ip.To4() == nil && family != "ipv4" {
			fmt.Println(host, service, "-> ipv6", ip, port)
			continue
		}
		addr, err := net.ResolveIPAddr("ip4", host)
		if err != nil || family == "ipv6" {
			fmt.Println(host, service, "-> error NONAME")
			continue
		}
		fmt.Println(host, service, "-> ipv4", addr, port)
	}
}
