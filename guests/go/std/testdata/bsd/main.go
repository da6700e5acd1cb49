// Command bsd does one thing with the lessons' package, by name, and prints
// what came of it: the same natively and in the sandbox.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"socklab/socket"
)

var cases = map[string]func(){
	"call": call, "many": many, "errors": failures, "datagrams": datagrams, "unix": unix,
	"options": options, "nonblock": nonblock, "poll": poll, "pollmany": pollMany, "timeouts": timeouts,
	"names": names, "big": big, "shared": shared,
}

func main() { cases[os.Args[1]]() }

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func listen() (fd int, addr socket.Addr) {
	fd = must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Bind(fd, socket.Inet("127.0.0.1", 0)))
	check(socket.Listen(fd, 5))
	return fd, must(socket.GetSockName(fd))
}

func dial(to socket.Addr) int {
	fd := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.Connect(fd, to))
	return fd
}

func accept(l int) int {
	fd, _, err := socket.Accept(l)
	check(err)
	return fd
}

// ready waits until a descriptor can be received from, or accepts: a client is
// connected and a datagram sent before the other side has heard of it.
func ready(fd int) {
	must(socket.Poll([]socket.PollFD{{FD: int32(fd), Events: socket.POLLIN}}, -1))
}

func recv(fd int) string {
	buf := make([]byte, 100)
	return string(buf[:must(socket.Recv(fd, buf, 0))])
}

// One call: the backlog takes it, so that one goroutine can play both sides.
func call() {
	l, addr := listen()
	c := dial(addr)
	s, peer, err := socket.Accept(l)
	check(err)
	fmt.Println(peer == must(socket.GetSockName(c)), peer.IP, must(socket.GetPeerName(c)) == addr)
	fmt.Println(must(socket.Send(c, []byte("hello"), 0)))
	fmt.Println(must(socket.Recv(s, make([]byte, 3), socket.MSG_PEEK)), recv(s))
	check(socket.Shutdown(c, socket.SHUT_WR))
	fmt.Printf("%q\n", recv(s))
	must(socket.Send(s, []byte("bye"), 0))
	check(socket.Close(s))
	fmt.Println(recv(c))
	fmt.Printf("%q\n", recv(c))
	check(socket.Close(c))
	fmt.Println(socket.Close(c))

	c = dial(addr)
	d := must(socket.Dup(c))
	check(socket.Close(c))
	s = accept(l)
	must(socket.Send(d, []byte("dup"), 0))
	fmt.Println(recv(s), must(socket.GetPeerName(d)) == addr)
}

// Goroutines in every kind of call that blocks.
func many() {
	l, addr := listen()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 20 {
			s := accept(l)
			wg.Go(func() {
				for {
					m := recv(s)
					if m == "" {
						break
					}
					must(socket.Send(s, []byte(m), 0))
				}
				check(socket.Close(s))
			})
		}
	})
	var mu sync.Mutex
	sum := 0
	for i := range 20 {
		wg.Go(func() {
			c := dial(addr)
			for j := range 10 {
				m := fmt.Sprint(i, " ", j)
				must(socket.Send(c, []byte(m), 0))
				if recv(c) != m {
					panic(m)
				}
				mu.Lock()
				sum++
				mu.Unlock()
			}
			check(socket.Close(c))
		})
	}
	wg.Wait()
	fmt.Println(sum)
}

func failures() {
	try := func(err error) { fmt.Println(socket.Name(err), err) }
	l, addr := listen()
	other := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	try(socket.Bind(other, addr))
	_, _, err := socket.Accept(other)
	try(err)
	_, err = socket.Recv(other, make([]byte, 1), 0)
	try(err)
	_, err = socket.Send(l, []byte("x"), 0)
	try(err)
	check(socket.Close(l))
	err = socket.Connect(other, addr)
	fmt.Println(err == socket.ECONNREFUSED)
	try(err)
	_, err = socket.Socket(socket.AF_INET, socket.SOCK_SEQPACKET, 0)
	try(err)
	err = socket.Bind(other, socket.Inet("localhost", 80))
	fmt.Println(err)
	fmt.Println(socket.Bind(other, socket.Inet("127.0.0.1", 70000)))
	fmt.Println(socket.Bind(other, socket.Addr{}))
	try(socket.Shutdown(other, socket.SHUT_WR))
	_, err = socket.GetPeerName(other)
	try(err)
	try(socket.SetSockOpt(other, socket.SOL_SOCKET, 9999, 1))
	d := must(socket.Socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
	try(socket.Listen(d, 1))
	try(socket.Close(12345))
	fmt.Println(socket.Name(nil) == "", socket.Name(fmt.Errorf("wrapped: %w", socket.EPIPE)))
}

func datagrams() {
	a := must(socket.Socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
	b := must(socket.Socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
	check(socket.Bind(a, socket.Inet("127.0.0.1", 0)))
	check(socket.Bind(b, socket.Inet("127.0.0.1", 0)))
	to := must(socket.GetSockName(a))
	fmt.Println(must(socket.SendTo(b, []byte("0123456789"), 0, to)), must(socket.SendTo(b, nil, 0, to)), must(socket.SendTo(b, []byte("NEXT"), 0, to)))
	buf := make([]byte, 4)
	n, from, flags, err := socket.RecvMsg(a, buf, 0)
	fmt.Println(n, string(buf), from == must(socket.GetSockName(b)), flags&socket.MSG_TRUNC != 0, err)
	n, _, err = socket.RecvFrom(a, buf, 0)
	fmt.Println(n, err)
	ready(a)
	fmt.Println(must(socket.Pending(a)))
	n, _, err = socket.RecvFrom(a, buf, 0)
	fmt.Println(n, string(buf), err)
	_, err = socket.SendTo(b, make([]byte, 70000), 0, to)
	fmt.Println(err)
	check(socket.Connect(b, to))
	must(socket.Send(b, []byte("hi"), 0))
	fmt.Println(recv(a))
	_, err = socket.Recv(a, buf, socket.MSG_DONTWAIT)
	fmt.Println(err)
}

func unix() {
	l := must(socket.Socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	check(socket.Bind(l, socket.Unix("door")))
	check(socket.Listen(l, 0))
	fmt.Println(must(socket.GetSockName(l)))
	c := must(socket.Socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	check(socket.Connect(c, socket.Unix("door")))
	s, peer, err := socket.Accept(l)
	fmt.Println(peer, peer.Family() == socket.AF_UNSPEC, err)
	must(socket.Send(c, []byte("local"), 0))
	fmt.Println(recv(s))
	fmt.Println(socket.Bind(must(socket.Socket(socket.AF_UNIX, socket.SOCK_STREAM, 0)), socket.Unix("door")))
	check(os.Remove("door"))

	// A full backlog, and somebody who takes from it later.
	l = must(socket.Socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	check(socket.Bind(l, socket.Unix("narrow")))
	check(socket.Listen(l, 0))
	go func() {
		time.Sleep(30 * time.Millisecond)
		for range 3 {
			accept(l)
		}
	}()
	for range 3 {
		c := must(socket.Socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
		check(socket.Connect(c, socket.Unix("narrow")))
	}
	check(os.Remove("narrow"))

	p, err := socket.SocketPair(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0)
	check(err)
	must(socket.Send(p[0], []byte("one"), 0))
	must(socket.Send(p[0], []byte("two"), 0))
	fmt.Println(recv(p[1]), recv(p[1]))
}

func options() {
	fd := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	fmt.Println(must(socket.GetSockOpt(fd, socket.SOL_SOCKET, socket.SO_REUSEADDR)), must(socket.GetSockOpt(fd, socket.IPPROTO_TCP, socket.TCP_NODELAY)))
	check(socket.SetSockOpt(fd, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1))
	check(socket.SetSockOpt(fd, socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
	fmt.Println(must(socket.GetSockOpt(fd, socket.SOL_SOCKET, socket.SO_REUSEADDR)) != 0, must(socket.GetSockOpt(fd, socket.IPPROTO_TCP, socket.TCP_NODELAY)) != 0)
	fmt.Println(must(socket.GetSockOpt(fd, socket.SOL_SOCKET, socket.SO_TYPE)) == socket.SOCK_STREAM)

	l, addr := listen()
	c := dial(addr)
	s := accept(l)
	check(socket.SetSockOptLinger(s, true, 0))
	check(socket.Close(s))
	_, err := socket.Recv(c, make([]byte, 1), 0)
	fmt.Println(err)
}

func nonblock() {
	l, addr := listen()
	check(socket.SetNonblock(l, true))
	_, _, err := socket.Accept(l)
	fmt.Println(err)
	c := must(socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0))
	check(socket.SetNonblock(c, true))
	err = socket.Connect(c, addr)
	fmt.Println(err)
	fds := []socket.PollFD{{FD: int32(c), Events: socket.POLLOUT}}
	fmt.Println(must(socket.Poll(fds, time.Minute)), fds[0].Revents == socket.POLLOUT, must(socket.GetSockOpt(c, socket.SOL_SOCKET, socket.SO_ERROR)))
	ready(l)
	s := accept(l)
	_, err = socket.Recv(c, make([]byte, 1), 0)
	fmt.Println(err)
	for n := 1; err != socket.EAGAIN || n > 0; {
		n, err = socket.Send(c, make([]byte, 1<<20), 0)
	}
	fmt.Println("full")
	// What is accepted does not inherit O_NONBLOCK.
	go func() {
		time.Sleep(20 * time.Millisecond)
		must(socket.Send(s, []byte("x"), 0))
	}()
	check(socket.SetNonblock(c, false))
	fmt.Println(recv(c))
}

func poll() {
	l, addr := listen()
	c := dial(addr)
	ready(l)
	fds := []socket.PollFD{{FD: int32(l), Events: socket.POLLIN}, {FD: int32(c), Events: socket.POLLIN | socket.POLLOUT}, {FD: -1, Events: socket.POLLIN}}
	fmt.Println(must(socket.Poll(fds, -1)), fds[0].Revents, fds[1].Revents, fds[2].Revents)
	s := accept(l)
	fmt.Println(must(socket.Poll(fds[:1], 10*time.Millisecond)), must(socket.Poll(fds[:1], 0)), must(socket.Poll(nil, time.Millisecond)))
	must(socket.Send(s, []byte("x"), 0))
	fds[1].Events = socket.POLLIN
	fmt.Println(must(socket.Poll(fds, -1)), fds[1].Revents == socket.POLLIN)
	recv(c)
	check(socket.Close(s))
	fmt.Println(must(socket.Poll(fds, -1)), fds[1].Revents&socket.POLLIN != 0)
	check(socket.Close(c))
	fmt.Println(must(socket.Poll(fds, -1)), fds[1].Revents == socket.POLLNVAL)
}

// Poll on many, while another goroutine ticks and, in the end, writes.
func pollMany() {
	var fds []socket.PollFD
	var other []int
	for range 40 {
		p := must(socket.SocketPair(socket.AF_UNIX, socket.SOCK_STREAM, 0))
		fds = append(fds, socket.PollFD{FD: int32(p[0]), Events: socket.POLLIN})
		other = append(other, p[1])
	}
	go func() {
		for range 5 {
			time.Sleep(5 * time.Millisecond)
			fmt.Println("tick")
		}
		must(socket.Send(other[33], []byte("x"), 0))
	}()
	fmt.Println(must(socket.Poll(fds, time.Minute)), fds[33].Revents)
	recv(int(fds[33].FD))
	fmt.Println(must(socket.Poll(fds, 10*time.Millisecond)))
}

func timeouts() {
	p := must(socket.SocketPair(socket.AF_UNIX, socket.SOCK_STREAM, 0))
	check(socket.SetSockOptTime(p[0], socket.SOL_SOCKET, socket.SO_RCVTIMEO, 20*time.Millisecond))
	check(socket.SetSockOptTime(p[0], socket.SOL_SOCKET, socket.SO_SNDTIMEO, 20*time.Millisecond))
	try := func() {
		_, err := socket.Recv(p[0], make([]byte, 1), 0)
		fmt.Println(err)
		n, err := socket.Send(p[0], make([]byte, 8<<20), 0)
		fmt.Println(n > 0 && n < 8<<20, err)
		n, err = socket.Send(p[0], make([]byte, 8<<20), 0)
		fmt.Println(n, err)
		for range 100 { // until it is empty again
			if _, err := socket.Recv(p[1], make([]byte, 1<<20), socket.MSG_DONTWAIT); err != nil {
				return
			}
		}
	}
	try()
	go time.Sleep(time.Hour) // from here on there is another goroutine
	time.Sleep(time.Millisecond)
	try()
}

func names() {
	for _, ai := range must(socket.GetAddrInfo("127.0.0.1", "http", socket.AddrInfo{Type: socket.SOCK_STREAM})) {
		fmt.Println(ai.Family == socket.AF_INET, ai.Type == socket.SOCK_STREAM, ai.Addr)
	}
	for _, ai := range must(socket.GetAddrInfo("::1", "53", socket.AddrInfo{Family: socket.AF_INET6})) {
		fmt.Println(ai.Type, ai.Protocol, ai.Addr)
	}
	fmt.Println(len(must(socket.GetAddrInfo("localhost", "80", socket.AddrInfo{Type: socket.SOCK_STREAM}))) > 0)
	try := func(node, service string, hints socket.AddrInfo) {
		_, err := socket.GetAddrInfo(node, service, hints)
		fmt.Println(socket.Name(err), err)
	}
	try("nosuch.invalid", "http", socket.AddrInfo{})
	try("127.0.0.1", "no-such-service", socket.AddrInfo{})
	try("127.0.0.1", "70000", socket.AddrInfo{})
	try("127.0.0.1", "80", socket.AddrInfo{Family: socket.AF_CAN})
	try("localhost", "80", socket.AddrInfo{Flags: socket.AI_NUMERICHOST})
	try("", "", socket.AddrInfo{})
	fmt.Println(socket.GetServByName("http", "tcp"))
	fmt.Println(socket.GetServByName("nonsense", ""))
	fmt.Println(socket.GetServByPort(25, "tcp"))
	node, service, err := socket.GetNameInfo(socket.Inet("127.0.0.1", 80), socket.NI_NUMERICHOST)
	fmt.Println(node, service, err)
	node, service, err = socket.GetNameInfo(socket.Inet("127.0.0.1", 80), socket.NI_NUMERICHOST|socket.NI_NUMERICSERV)
	fmt.Println(node, service, err)
	fmt.Println(must(socket.GetHostName()) != "")
}

// A send that the buffers do not hold.
func big() {
	l, addr := listen()
	c := dial(addr)
	s := accept(l)
	const size = 16 << 20
	go func() {
		fmt.Println("sent", must(socket.Send(c, make([]byte, size), 0)))
		check(socket.Close(c))
	}()
	n, buf := 0, make([]byte, 64<<10)
	for {
		m := must(socket.Recv(s, buf, 0))
		if n += m; m == 0 {
			break
		}
	}
	fmt.Println("received", n)
}

// Two goroutines that wait for the same socket.
func shared() {
	l, addr := listen()
	got := make(chan int)
	for range 2 {
		go func() { got <- accept(l) }()
	}
	time.Sleep(5 * time.Millisecond)
	c := dial(addr)
	a := <-got
	d := dial(addr)
	b := <-got
	must(socket.Send(c, []byte("c"), 0))
	must(socket.Send(d, []byte("d"), 0))
	fmt.Println(recv(a), recv(b))
}
