// Command net does one thing with the network, by name, and prints what came
// of it: the same natively and in the sandbox.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
)

var cases = map[string]func(){}

func main() {
	do, ok := cases[os.Args[1]]
	if !ok {
		panic("no such case")
	}
	do()
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

var port = regexp.MustCompile(`:[0-9]{4,5}\b`)

// show prints an error, ports left out, and what kind it is.
func show(what string, err error) {
	if err == nil {
		fmt.Println(what, "ok")
		return
	}
	var kinds []string
	for name, kind := range kinds_ {
		if errors.Is(err, kind) {
			kinds = append(kinds, name)
		}
	}
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		kinds = append(kinds, "timeout")
	}
	var oe *net.OpError
	if errors.As(err, &oe) {
		kinds = append(kinds, oe.Op)
	}
	fmt.Println(what, port.ReplaceAllString(err.Error(), ":PORT"), sorted(kinds))
}

var kinds_ = map[string]error{
	"EOF": io.EOF, "closed": net.ErrClosed, "deadline": os.ErrDeadlineExceeded,
}

func sorted(s []string) string {
	for i := range s {
		for j := range i {
			if s[i] < s[j] {
				s[i], s[j] = s[j], s[i]
			}
		}
	}
	return strings.Join(s, " ")
}

// listen returns a listener on any free port of 127.0.0.1.
func listen() net.Listener { return must(net.Listen("tcp", "127.0.0.1:0")) }

// pair returns the two ends of a connection.
func pair() (client, server *net.TCPConn) {
	l := listen()
	defer l.Close()
	done := make(chan net.Conn)
	go func() { done <- must(l.Accept()) }()
	c := must(net.Dial("tcp", l.Addr().String()))
	return c.(*net.TCPConn), (<-done).(*net.TCPConn)
}

// free returns an address where nobody listens.
func free() string {
	l := listen()
	defer l.Close()
	return l.Addr().String()
}
