package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"socklab/guests/bench"
)

// peer is the other end of what is measured, the same for the native program
// and for the guest. It makes the plain blocking calls, so that as little as
// can be of the time is its own. (Role "peer": a process of its own, pinned.)
type peer struct {
	targets []target
	accepts int    // a listening socket
	port    uint32 // and its port
	buf     []byte
}

// target is one running program.
type target struct {
	control int // a connection
	callers int // the port where it accepts connections
}

// batch is how many connections are made at a time.
const batch = 32

// peerRole does what standard input says, a line each, and prints how many
// nanoseconds it took.
//
//	target PORT PORT   another program to talk to, at these ports
//	OPERATION TARGET N
func peerRole(in io.Reader, out io.Writer) error {
	p := &peer{buf: make([]byte, bench.Block)}
	if err := p.listen(); err != nil {
		return err
	}
	for {
		var word string
		var a, b int
		if _, err := fmt.Fscanln(in, &word, &a, &b); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var took time.Duration
		var err error
		if word == "target" {
			err = p.add(a, b)
		} else {
			took, err = p.ask(word[0], p.targets[a], b)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", word, err)
		}
		fmt.Fprintln(out, took.Nanoseconds())
	}
}

func (p *peer) listen() (err error) {
	if p.accepts, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); err != nil {
		return err
	}
	if err := unix.Bind(p.accepts, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	if err := unix.Listen(p.accepts, 4096); err != nil {
		return err
	}
	sa, err := unix.Getsockname(p.accepts)
	if err == nil {
		p.port = uint32(sa.(*unix.SockaddrInet4).Port)
	}
	return err
}

func (p *peer) add(control, callers int) error {
	fd, err := rawConnect(control)
	if err != nil {
		return err
	}
	p.targets = append(p.targets, target{fd, callers})
	return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

// ask has a program do something n times, or to n bytes.
func (p *peer) ask(op byte, t target, n int) (time.Duration, error) {
	var req [16]byte
	req[0] = op
	binary.LittleEndian.PutUint32(req[4:], p.port)
	binary.LittleEndian.PutUint64(req[8:], uint64(n))
	begin := time.Now()
	if err := p.send(t.control, req[:]); err != nil {
		return 0, err
	}
	var err error
	switch op {
	case bench.Echo:
		err = p.roundTrips(t.control, n)
	case bench.Receive:
		err = p.blocks(n, func(b []byte) error { return p.send(t.control, b) })
	case bench.Send:
		err = p.blocks(n, func(b []byte) error { return p.receive(t.control, b) })
	case bench.Accept:
		err = p.call(t.callers, n)
	case bench.Dial:
		err = p.answer(n)
	}
	if err == nil && op != bench.Echo && op != bench.Send {
		err = p.receive(t.control, req[:1])
	}
	return time.Since(begin), err
}

func (p *peer) roundTrips(fd, n int) error {
	message := p.buf[:bench.Message]
	for range n {
		if err := p.send(fd, message); err != nil {
			return err
		}
		if err := p.receive(fd, message); err != nil {
			return err
		}
	}
	return nil
}

func (p *peer) blocks(n int, each func(b []byte) error) error {
	for n > 0 {
		b := p.buf[:min(n, len(p.buf))]
		if err := each(b); err != nil {
			return err
		}
		n -= len(b)
	}
	return nil
}

// call connects n times, a batch after the other, and waits for all to be
// closed: for the last one of a batch when the next is on its way, so that
// the program is not kept waiting, and wakes nobody in between.
func (p *peer) call(port, n int) error {
	var open [2][]int
	for k := 0; n > 0 || len(open[k]) > 0; k = 1 - k {
		if err := hangUpWhenClosed(open[k]); err != nil {
			return err
		}
		open[k] = open[k][:0]
		for ; n > 0 && len(open[k]) < batch; n-- {
			fd, err := rawConnect(port)
			if err != nil {
				return err
			}
			open[k] = append(open[k], fd)
		}
	}
	return hangUpWhenClosed(open[0])
}

// hangUpWhenClosed waits until the other end has closed the last of the
// connections, and hangs up all.
func hangUpWhenClosed(fds []int) error {
	if len(fds) == 0 {
		return nil
	}
	var b [1]byte
	if k, err := rawRead(fds[len(fds)-1], b[:]); err != nil || k != 0 {
		return fmt.Errorf("a connection was not closed, but had %d bytes: %w", k, err)
	}
	for _, fd := range fds {
		rawReset(fd)
	}
	return nil
}

// answer accepts n connections. It hangs up the one before, which the program
// has closed by then.
func (p *peer) answer(n int) error {
	last := -1
	for range n {
		fd, err := rawAccept(p.accepts)
		if err != nil {
			return err
		}
		if last >= 0 {
			rawReset(last)
		}
		last = fd
	}
	rawRead(last, p.buf[:1])
	rawReset(last)
	return nil
}

func (p *peer) send(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := rawWrite(fd, b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func (p *peer) receive(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := rawRead(fd, b)
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		b = b[n:]
	}
	return nil
}
