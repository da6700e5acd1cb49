package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

func init() {
	cases["echo50"] = echo50
	cases["crowd"] = crowd
	cases["deadlines"] = deadlines
	cases["halfclose"] = halfClose
	cases["refused"] = refused
	cases["reset"] = reset
	cases["closed"] = closed
	cases["cancel"] = cancel
	cases["file"] = file
	cases["options"] = options
	cases["dualstack"] = dualStack
	cases["buffers"] = buffers
	cases["bulk"] = bulk
	cases["rawconn"] = rawConn
}

// Fifty clients at once, each with a goroutine on both sides.
func echo50() {
	l := listen()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := range 50 {
		wg.Go(func() {
			c := must(net.Dial("tcp", l.Addr().String()))
			defer c.Close()
			for j := range 20 {
				msg := fmt.Sprintf("client %d message %d", i, j)
				must(io.WriteString(c, msg))
				buf := make([]byte, len(msg))
				must(io.ReadFull(c, buf))
				if string(buf) != msg {
					panic(string(buf))
				}
				mu.Lock()
				total += len(buf)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Println("echoed", total)
	show("close", l.Close())
}

// Two hundred connections, a goroutine blocked on each end of them all. (With
// the pipes that io.Copy splices through, these are 800 descriptors natively,
// of 1,024 that a machine may allow.)
func crowd() {
	l := listen()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, c)
		}
	}()
	var conns []net.Conn
	answers := make(chan byte)
	for range 200 {
		c := must(net.Dial("tcp", l.Addr().String()))
		conns = append(conns, c)
		go func() {
			var b [1]byte
			must(io.ReadFull(c, b[:]))
			answers <- b[0]
		}()
	}
	sum := 0
	for i, c := range conns {
		must(c.Write([]byte{byte(i)}))
		sum += int(<-answers)
	}
	fmt.Println(sum)
}

func deadlines() {
	c, s := pair()
	buf := make([]byte, 10)
	check(c.SetReadDeadline(time.Now().Add(30 * time.Millisecond)))
	_, err := c.Read(buf)
	show("read", err)
	_, err = c.Read(buf)
	show("read again", err)
	check(c.SetReadDeadline(time.Time{}))
	must(s.Write([]byte("x")))
	_, err = c.Read(buf)
	show("read without", err)

	check(s.SetWriteDeadline(time.Now().Add(30 * time.Millisecond)))
	big := make([]byte, 1<<20)
	for err = nil; err == nil; {
		_, err = s.Write(big)
	}
	show("write", err)

	check(c.SetDeadline(time.Now().Add(-time.Second)))
	_, err = c.Read(buf)
	show("past", err)

	l := listen().(*net.TCPListener)
	check(l.SetDeadline(time.Now().Add(20 * time.Millisecond)))
	_, err = l.Accept()
	show("accept", err)

	// A deadline moved while somebody waits.
	a, b := pair()
	go func() {
		time.Sleep(20 * time.Millisecond)
		a.SetReadDeadline(time.Unix(1, 0))
	}()
	_, err = a.Read(buf)
	show("moved", err)
	b.Close()
}

func halfClose() {
	c, s := pair()
	check(s.CloseRead())
	n, err := s.Read(make([]byte, 1))
	fmt.Println(n)
	show("read after", err)

	c, s = pair()
	go func() {
		all := must(io.ReadAll(s))
		fmt.Fprintf(s, "got %d bytes", len(all))
		check(s.CloseWrite())
	}()
	must(c.Write(make([]byte, 12345)))
	check(c.CloseWrite())
	_, err = c.Write([]byte("x"))
	show("write after", err)
	fmt.Printf("%s\n", must(io.ReadAll(c)))
}

func refused() {
	_, err := net.Dial("tcp", free())
	show("dial", err)
	fmt.Println(err.(*net.OpError).Err.(*os.SyscallError).Err == syscall.ECONNREFUSED)
	_, err = net.DialTimeout("tcp", free(), time.Second)
	show("timeout", err)
	l := listen()
	_, err = net.Listen("tcp", l.Addr().String())
	show("listen", err)
	_, err = net.Dial("tcp", "127.0.0.1:99999")
	show("port", err)
	_, err = net.Dial("nonsense", "x")
	show("network", err)
	_, err = net.Listen("tcp", "127.0.0.1:http?")
	show("service", err)
}

func reset() {
	c, s := pair()
	check(s.SetLinger(0))
	check(s.Close())
	_, err := c.Read(make([]byte, 1))
	show("read", err)
	c, s = pair()
	check(s.Close())
	for err = nil; err == nil; {
		_, err = c.Write([]byte("x"))
		time.Sleep(time.Millisecond)
	}
	fmt.Println(errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET))
}

func closed() {
	c, s := pair()
	done := make(chan error)
	go func() {
		_, err := c.Read(make([]byte, 1))
		done <- err
	}()
	time.Sleep(10 * time.Millisecond)
	check(c.Close())
	show("read", <-done)
	show("close", c.Close())
	_, err := c.Write([]byte("x"))
	show("write", err)
	s.Close()
	l := listen()
	go func() {
		_, err := l.Accept()
		done <- err
	}()
	time.Sleep(10 * time.Millisecond)
	check(l.Close())
	show("accept", <-done)
}

// A connect that cannot complete: the backlog is full.
func cancel() {
	fd := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0))
	check(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	check(syscall.Listen(fd, 0))
	addr := fmt.Sprintf("127.0.0.1:%d", must(syscall.Getsockname(fd)).(*syscall.SockaddrInet4).Port)
	var err error
	for err == nil { // until the backlog is full
		_, err = net.DialTimeout("tcp", addr, 50*time.Millisecond)
	}
	fmt.Println(err.(net.Error).Timeout())
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		time.Sleep(20 * time.Millisecond)
		stop()
	}()
	_, err = new(net.Dialer).DialContext(ctx, "tcp", addr)
	show("cancel", err)
	_, err = new(net.Dialer).DialContext(ctx, "tcp", addr)
	show("cancelled", err)
}

func file() {
	c, s := pair()
	f := must(c.File())
	check(c.Close())
	must(f.WriteString("through the file"))
	d := must(net.FileConn(f))
	check(f.Close())
	buf := make([]byte, 100)
	n := must(s.Read(buf))
	fmt.Printf("%s %T\n", buf[:n], d)
	must(s.Write([]byte("back")))
	n = must(d.Read(buf))
	fmt.Printf("%s %v\n", buf[:n], d.RemoteAddr().String() == s.LocalAddr().String())

	l := listen().(*net.TCPListener)
	f = must(l.File())
	check(l.Close())
	l2 := must(net.FileListener(f))
	go func() { must(net.Dial("tcp", l2.Addr().String())) }()
	must(l2.Accept())
	fmt.Printf("%T\n", l2)

	// Fd makes a descriptor blocking; then only its goroutine may block.
	a, b := pair()
	af := must(a.File())
	fd := int(af.Fd())
	go func() {
		time.Sleep(20 * time.Millisecond)
		must(b.Write([]byte("late")))
	}()
	n, err := syscall.Read(fd, buf)
	fmt.Printf("%s\n", buf[:n])
	show("read", err)
}

func options() {
	c, s := pair()
	get := func(c syscall.Conn, level, name int) (v int) {
		raw := must(c.SyscallConn())
		check(raw.Control(func(fd uintptr) { v = must(syscall.GetsockoptInt(int(fd), level, name)) }))
		return v
	}
	for _, c := range []*net.TCPConn{c, s} {
		fmt.Println("nodelay", get(c, syscall.IPPROTO_TCP, syscall.TCP_NODELAY) != 0,
			"keepalive", get(c, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE) != 0,
			get(c, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE), get(c, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL))
	}
	check(c.SetNoDelay(false))
	check(c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 7 * time.Second, Interval: 3 * time.Second, Count: 2}))
	fmt.Println(get(c, syscall.IPPROTO_TCP, syscall.TCP_NODELAY), get(c, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE),
		get(c, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL), get(c, syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT))
	check(c.SetReadBuffer(20000))
	check(c.SetWriteBuffer(20000))
	fmt.Println(get(c, syscall.SOL_SOCKET, syscall.SO_RCVBUF), get(c, syscall.SOL_SOCKET, syscall.SO_SNDBUF))

	var asked []string
	lc := net.ListenConfig{Control: func(network, address string, raw syscall.RawConn) error {
		asked = append(asked, network)
		return raw.Control(func(fd uintptr) {
			asked = append(asked, fmt.Sprint(must(syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR))))
			check(syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 30000))
		})
	}}
	l := must(lc.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	fmt.Println(asked, get(l.(*net.TCPListener), syscall.SOL_SOCKET, syscall.SO_RCVBUF))
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, Control: func(network, address string, raw syscall.RawConn) error {
		return syscall.EACCES
	}}
	_, err := d.Dial("tcp", l.Addr().String())
	show("control", err)
}

func dualStack() {
	l := must(net.Listen("tcp", ":0"))
	port := l.Addr().(*net.TCPAddr).Port
	fmt.Println(l.Addr().(*net.TCPAddr).IP)
	for _, host := range []string{"127.0.0.1", "::1", "localhost", "", "0.0.0.0", "::"} {
		c, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
		show(host, err)
		if err == nil {
			s := must(l.Accept())
			fmt.Println(c.RemoteAddr().(*net.TCPAddr).IP.IsLoopback(), s.RemoteAddr().String() == c.LocalAddr().String())
		}
	}
	l4 := must(net.Listen("tcp4", ":0"))
	fmt.Println(l4.Addr().(*net.TCPAddr).IP)
	l6 := must(net.Listen("tcp6", "[::1]:0"))
	fmt.Println(l6.Addr().(*net.TCPAddr).IP)
	_, err := net.Dial("tcp4", l6.Addr().String())
	show("mixed", err)
}

func buffers() {
	c, s := pair()
	b := net.Buffers{[]byte("one "), nil, []byte("two "), make([]byte, 100000), []byte(" three")}
	go func() {
		n, err := b.WriteTo(c)
		fmt.Println(n, err, len(b))
		c.Close()
	}()
	all := must(io.ReadAll(s))
	fmt.Printf("%d %q %q\n", len(all), all[:8], all[len(all)-5:])
}

// More than fits into any buffer, both ways at once.
func bulk() {
	c, s := pair()
	const size = 8 << 20
	var wg sync.WaitGroup
	for _, end := range []*net.TCPConn{c, s} {
		wg.Go(func() {
			must(end.Write(make([]byte, size)))
			check(end.CloseWrite())
		})
		wg.Go(func() {
			n, err := io.Copy(io.Discard, end)
			fmt.Println(n, err)
		})
	}
	wg.Wait()
}

func rawConn() {
	c, s := pair()
	must(s.Write([]byte("raw")))
	raw := must(c.SyscallConn())
	buf := make([]byte, 10)
	tries := 0
	check(raw.Read(func(fd uintptr) bool {
		tries++
		n, err := syscall.Read(int(fd), buf)
		if err == syscall.EAGAIN {
			return false
		}
		fmt.Printf("%s %v\n", buf[:n], err)
		return true
	}))
	check(raw.Write(func(fd uintptr) bool {
		n, err := syscall.Write(int(fd), []byte("written"))
		fmt.Println(n, err)
		return true
	}))
	n := must(s.Read(buf))
	fmt.Printf("%s\n", buf[:n])
}
