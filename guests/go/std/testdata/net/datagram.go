package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

func init() {
	cases["udp"] = udp
	cases["unix"] = unix
	cases["syscalls"] = syscalls
	cases["names"] = names
	cases["pipe"] = pipe
}

func udp() {
	a := must(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	b := must(net.ListenPacket("udp", "127.0.0.1:0"))
	n, err := a.WriteTo([]byte("hello"), b.LocalAddr())
	fmt.Println(n, err)
	buf := make([]byte, 100)
	n, from, err := b.ReadFrom(buf)
	fmt.Println(string(buf[:n]), from.String() == a.LocalAddr().String(), err)

	must(b.WriteTo([]byte("too long for it"), a.LocalAddr()))
	n, _, flags, ap, err := a.ReadMsgUDPAddrPort(buf[:3], nil)
	fmt.Println(n, flags&syscall.MSG_TRUNC != 0, ap == b.LocalAddr().(*net.UDPAddr).AddrPort(), err)

	c := must(net.DialUDP("udp", nil, a.LocalAddr().(*net.UDPAddr)))
	must(c.Write(nil))
	n, cap, err := a.ReadFromUDPAddrPort(buf)
	fmt.Println("empty", n, err)
	n, oobn, err := a.WriteMsgUDPAddrPort([]byte("reply"), nil, cap)
	fmt.Println(n, oobn, err)
	n = must(c.Read(buf))
	fmt.Println(string(buf[:n]))
	_, err = c.WriteTo([]byte("x"), a.LocalAddr())
	show("writeto", err)
	_, err = a.WriteTo(make([]byte, 70000), c.LocalAddr())
	show("too big", err)
	_, err = a.WriteToUDPAddrPort([]byte("x"), netip.AddrPort{})
	show("nowhere", err)

	// Nobody there: a connected socket is told.
	gone := must(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	d := must(net.Dial("udp", gone.LocalAddr().String()))
	gone.Close()
	d.Write([]byte("x"))
	check(d.SetReadDeadline(time.Now().Add(5 * time.Second)))
	_, err = d.Read(buf)
	show("gone", err)

	check(a.SetReadDeadline(time.Now().Add(10 * time.Millisecond)))
	_, _, err = a.ReadFrom(buf)
	show("deadline", err)

	six := must(net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback}))
	must(six.WriteTo([]byte("six"), six.LocalAddr()))
	n, from, err = six.ReadFrom(buf)
	fmt.Println(string(buf[:n]), from.(*net.UDPAddr).IP, err)

	wild := must(net.ListenUDP("udp", nil))
	fmt.Println(wild.LocalAddr().(*net.UDPAddr).IP)
	p := wild.LocalAddr().(*net.UDPAddr).Port
	must(a.WriteTo([]byte("mapped"), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: p}))
	n, ua, err := wild.ReadFromUDP(buf)
	fmt.Println(string(buf[:n]), ua.IP, err)
}

func unix() {
	dir := must(os.MkdirTemp(".", "unix"))
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "s")
	l := must(net.Listen("unix", name))
	fmt.Println(l.Addr().Network(), l.Addr().String() == name)
	go func() {
		c := must(l.Accept())
		fmt.Printf("%q %q\n", c.RemoteAddr().String(), c.LocalAddr().Network())
		buf := make([]byte, 10)
		n := must(c.Read(buf))
		must(c.Write(buf[:n]))
		c.Close()
	}()
	c := must(net.Dial("unix", name))
	must(c.Write([]byte("local")))
	buf := make([]byte, 10)
	n := must(c.Read(buf))
	fmt.Println(string(buf[:n]))
	_, err := c.Read(buf)
	show("end", err)
	_, err = net.Listen("unix", name)
	fmt.Println(errors.Is(err, syscall.EADDRINUSE))
	check(l.Close())
	_, err = os.Lstat(name)
	fmt.Println("removed", errors.Is(err, os.ErrNotExist))
	_, err = net.Dial("unix", name)
	fmt.Println(errors.Is(err, syscall.ENOENT))

	g := must(net.ListenPacket("unixgram", filepath.Join(dir, "g")))
	h := must(net.DialUnix("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "h"), Net: "unixgram"}, g.LocalAddr().(*net.UnixAddr)))
	must(h.Write([]byte("dgram")))
	n, from, err := g.ReadFrom(buf)
	fmt.Println(string(buf[:n]), from.String() == h.LocalAddr().String(), err)
	must(g.WriteTo([]byte("back"), from))
	n = must(h.Read(buf))
	fmt.Println(string(buf[:n]))

	p := must(net.Listen("unixpacket", filepath.Join(dir, "p")))
	go func() {
		c := must(net.Dial("unixpacket", p.Addr().String()))
		must(c.Write([]byte("one")))
		must(c.Write([]byte("two")))
	}()
	s := must(p.Accept())
	time.Sleep(10 * time.Millisecond)
	n = must(s.Read(buf))
	fmt.Println(string(buf[:n]))

	check(os.Chdir(dir))
	r := must(net.Listen("unix", "relative"))
	go func() { must(net.Dial("unix", "relative")) }()
	must(r.Accept())
	check(r.Close())
	_, err = os.Lstat("relative")
	fmt.Println("removed", errors.Is(err, os.ErrNotExist))
	check(os.Chdir(".."))

	a := must(net.Listen("unix", "@socklab-test-"+filepath.Base(dir)))
	go func() { must(net.Dial("unix", a.Addr().String())) }()
	must(a.Accept())
	fmt.Println("abstract", a.Addr().String()[0] == '@')
}

// The calls themselves, on blocking sockets, from two goroutines.
func syscalls() {
	l := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0))
	check(syscall.SetsockoptInt(l, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	check(syscall.Bind(l, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	check(syscall.Listen(l, 5))
	addr := must(syscall.Getsockname(l))
	ticks := 0
	go func() {
		for {
			time.Sleep(time.Millisecond)
			ticks++
		}
	}()
	go func() {
		time.Sleep(20 * time.Millisecond)
		c := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0))
		check(syscall.Connect(c, addr))
		time.Sleep(20 * time.Millisecond)
		must(syscall.Write(c, []byte("hello")))
		time.Sleep(20 * time.Millisecond)
		check(syscall.Close(c))
	}()
	c, peer, err := syscall.Accept(l)
	check(err)
	fmt.Println(peer.(*syscall.SockaddrInet4).Addr)
	buf := make([]byte, 100)
	n, _, err := syscall.Recvfrom(c, buf, syscall.MSG_PEEK)
	fmt.Println(n, err)
	n, err = syscall.Read(c, buf)
	fmt.Println(string(buf[:n]), err)
	n, err = syscall.Read(c, buf)
	fmt.Println(n, err, ticks > 10)
	tv := syscall.NsecToTimeval(20e6)
	check(syscall.SetsockoptTimeval(l, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &tv))
	_, _, err = syscall.Accept(l)
	fmt.Println(err == syscall.EAGAIN, err)
	check(syscall.SetNonblock(l, true))
	_, _, err = syscall.Accept(l)
	fmt.Println(err == syscall.EAGAIN)

	// All of a send that the buffers do not hold, while others run.
	p := must(syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0))
	sent := make(chan string)
	go func() {
		n, err := syscall.SendmsgN(p[0], make([]byte, 4<<20), nil, nil, 0)
		sent <- fmt.Sprint("sent ", n, err)
	}()
	big := make([]byte, 4<<20)
	n, _, err = syscall.Recvfrom(p[1], big, syscall.MSG_WAITALL)
	fmt.Println("received", n, err)
	fmt.Println(<-sent)
	_, err = syscall.Dup(999999)
	fmt.Println(err)
	_, err = syscall.Socket(syscall.AF_INET, 77, 0)
	fmt.Println(err != nil)
}

func names() {
	addrs, err := net.LookupHost("127.0.0.1")
	fmt.Println(addrs, err)
	fmt.Println(net.LookupPort("tcp", "http"))
	fmt.Println(net.LookupPort("udp", "domain"))
	_, err = net.LookupPort("tcp", "no-such-service")
	show("port", err)
	ifs := must(net.Interfaces())
	fmt.Println(ifs[0].Name, ifs[0].Flags&net.FlagLoopback != 0)
	ips, err := net.LookupIP("localhost")
	fmt.Println(len(ips) > 0, ips[0].IsLoopback(), err)
	fmt.Println(net.ResolveTCPAddr("tcp", "127.0.0.1:http"))
	fmt.Println(must(os.Hostname()) != "")
	a, b := net.Pipe()
	go a.Write([]byte("x"))
	fmt.Println(b.Read(make([]byte, 5)))
}

func pipe() {
	r, w, err := os.Pipe()
	check(err)
	go func() {
		time.Sleep(10 * time.Millisecond)
		fmt.Fprint(w, "through the pipe")
		w.Close()
	}()
	buf := make([]byte, 100)
	n := must(r.Read(buf))
	fmt.Println(string(buf[:n]))
	_, err = r.Read(buf)
	show("end", err)
	check(r.Close())
	r, w, _ = os.Pipe()
	r.Close()
	_, err = w.Write([]byte("x"))
	show("broken", err)
}
