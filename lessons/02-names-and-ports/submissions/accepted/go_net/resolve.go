// resolve with Go's own package net: a service is looked up by itself, and an
// address is what it looks like.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

var network = map[string]string{"any": "ip", "ipv4": "ip4", "ipv6": "ip6"}

func answer(host, service, family string) ([]string, string) {
	ctx := context.Background()
	port, err := net.DefaultResolver.LookupPort(ctx, "tcp", service)
	if err != nil {
		return nil, "SERVICE"
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, network[family], host)
	var bad *net.AddrError
	if errors.As(err, &bad) {
		return nil, "FAMILY"
	}
	if err != nil {
		return nil, "NONAME"
	}
	var lines []string
	for _, a := range addrs {
		a = a.Unmap()
		word := "ipv6"
		if a.Is4() {
			word = "ipv4"
		}
		lines = append(lines, fmt.Sprintf("%s %v %d", word, a, port))
	}
	return lines, ""
}

func main() {
	name, _ := os.Hostname()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintf(out, "host %s\n", name)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		w := strings.Fields(in.Text())
		lines, problem := answer(w[0], w[1], w[2])
		if problem != "" {
			lines = []string{"error " + problem}
		}
		for _, line := range lines {
			fmt.Fprintf(out, "%s %s -> %s\n", w[0], w[1], line)
		}
	}
}
