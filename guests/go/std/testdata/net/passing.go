package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

func init() { cases["passing"] = passing }

// passing hands a listener over, with net's own calls, and looks at what else
// comes with a message.
func passing() {
	dir := must(os.MkdirTemp(".", "p"))
	defer os.RemoveAll(dir)
	l := must(net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unix"}))
	c := must(net.DialUnix("unix", nil, l.Addr().(*net.UnixAddr)))
	s := must(l.AcceptUnix())

	given := listen()
	f := must(given.(*net.TCPListener).File())
	n, oobn, err := c.WriteMsgUnix([]byte("take it"), syscall.UnixRights(int(f.Fd()), int(f.Fd())), nil)
	fmt.Println("sent", n, oobn, err)
	f.Close()
	given.Close()

	came := make(chan int)
	go func() { // who waits stops no other
		b, oob := make([]byte, 100), make([]byte, syscall.CmsgSpace(4))
		n, oobn, flags, _, err := s.ReadMsgUnix(b, oob)
		fmt.Println("received", string(b[:n]), oobn, flags&^syscall.MSG_CMSG_CLOEXEC, err)
		messages := must(syscall.ParseSocketControlMessage(oob[:oobn]))
		for _, fd := range must(syscall.ParseUnixRights(&messages[0])) {
			came <- fd
		}
		close(came)
	}()
	var fds []int
	for fd := range came {
		fds = append(fds, fd)
	}
	fmt.Println(len(fds), "came")
	taken := must(net.FileListener(os.NewFile(uintptr(fds[0]), "came")))
	go func() {
		c := must(net.Dial("tcp", taken.Addr().String()))
		fmt.Fprint(c, "hello")
		c.Close()
	}()
	fmt.Println(string(must(io.ReadAll(must(taken.Accept())))))

	_, _, err = c.WriteMsgUnix([]byte("x"), syscall.UnixRights(999), nil)
	fmt.Println(err)
	u := must(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	raw := must(u.SyscallConn())
	raw.Control(func(fd uintptr) { check(syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, 12, 1)) }) // IP_RECVTTL
	check2(u.WriteToUDP([]byte("hi"), u.LocalAddr().(*net.UDPAddr)))
	b, oob := make([]byte, 100), make([]byte, 100)
	n, oobn, flags, from, err := u.ReadMsgUDP(b, oob)
	fmt.Println(string(b[:n]), oobn, flags&^syscall.MSG_CMSG_CLOEXEC, from.Port == u.LocalAddr().(*net.UDPAddr).Port, err)
	messages := must(syscall.ParseSocketControlMessage(oob[:oobn]))
	fmt.Println(len(messages), messages[0].Header, messages[0].Data)
}

func check2(_ int, err error) { check(err) }
