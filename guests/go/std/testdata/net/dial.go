package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

func init() { cases["dial"] = dial }

// An address can be written in many ways, and each is dialed in its own.
func dial() {
	for _, at := range []struct{ network, on string }{{"tcp4", "127.0.0.1:0"}, {"tcp6", "[::1]:0"}} {
		l := must(net.Listen(at.network, at.on))
		_, port, _ := net.SplitHostPort(l.Addr().String())
		for _, host := range []string{"127.0.0.1", "0.0.0.0", "", "[::1]", "[::]", "[::ffff:127.0.0.1]"} {
			c, err := net.Dial("tcp", host+":"+port)
			told(at.network+" "+host, port, c, err)
		}
		check(l.Close())
		c, err := net.Dial("tcp", l.Addr().String())
		told(at.network+" closed", port, c, err)
	}
	for _, address := range []string{"127.0.0.1:99999", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1", "127.0.0.256:1", "127.0.0.1%lo:1", "",
		"127.0.0.1:01", "127.0.0.1:", "127.0.0.1.1:1", "127..0.1:1", ":127.0.0.1", "127.0.0.1:1:1", "127.0.0.1:1"} {
		c, err := net.Dial("tcp", address)
		told(strconv.Quote(address), "-", c, err)
	}
	c, err := net.Dial("tcpx", "127.0.0.1:1")
	told("tcpx", "-", c, err)
}

func told(what, port string, c net.Conn, err error) {
	var oe *net.OpError
	switch {
	case errors.As(err, &oe):
		show(what, err)
		fmt.Println(oe.Op, oe.Net, oe.Source, strings.ReplaceAll(fmt.Sprint(oe.Addr), port, "PORT"))
	case err != nil:
		show(what, err)
	default:
		local := c.LocalAddr().(*net.TCPAddr)
		fmt.Println(what, local.IP, strings.ReplaceAll(c.RemoteAddr().String(), port, "PORT"))
		c.Close()
	}
}
