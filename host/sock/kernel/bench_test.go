package kernel

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// interleaved runs blocks of n operations, ours and Go net's in turn, and
// reports the ratio of their times: of the best
// blocks, and the median. Pin the process to cores
// (taskset -c 0, or 0,1): unpinned the figures scatter.
func interleaved(b *testing.B, n int, ours, theirs func(n int)) {
	ours(n / 10)
	theirs(n / 10)
	var ratios, us, them []float64
	for range max(b.N, 3) {
		start := time.Now()
		ours(n)
		mid := time.Now()
		theirs(n)
		end := time.Now()
		us = append(us, float64(mid.Sub(start))/float64(n))
		them = append(them, float64(end.Sub(mid))/float64(n))
		ratios = append(ratios, us[len(us)-1]/them[len(them)-1])
	}
	slices.Sort(ratios)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(slices.Min(us), "ns/best")
	b.ReportMetric(slices.Min(us)/slices.Min(them), "best/net")
	b.ReportMetric(ratios[len(ratios)/2], "median/net")
}

var ctxs = map[string]func() (context.Context, context.CancelFunc){
	"background":  func() (context.Context, context.CancelFunc) { return context.Background(), func() {} },
	"cancellable": func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) },
}

// BenchmarkRoundTrip is 64 bytes there and back, both ends ours or net's.
func BenchmarkRoundTrip(b *testing.B) {
	for _, name := range []string{"background", "cancellable"} {
		b.Run("goroutines/"+name, func(b *testing.B) {
			ctx, cancel := ctxs[name]()
			defer cancel()
			client, server := pair(b)
			go echo(ctx, server)
			conn, peer := netPair(b)
			go io.Copy(peer, onlyReader{peer})
			interleaved(b, 2000, rounds(b, ctx, client), netRounds(b, conn))
		})
	}
	b.Run("processes", func(b *testing.B) {
		ctx, cancel := ctxs["cancellable"]()
		defer cancel()
		conn, err := net.Dial("tcp", child(b, "net"))
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		client, errno := New().Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
		check(b, errno)
		defer client.Close()
		check(b, client.Connect(ctx, abi.InetAddr(netip.MustParseAddrPort(child(b, "kernel")))))
		interleaved(b, 2000, rounds(b, ctx, client), netRounds(b, conn))
	})
}

// BenchmarkBulk is 64 KiB writes, and reads as they come.
func BenchmarkBulk(b *testing.B) {
	const block = 64 << 10
	ctx, cancel := ctxs["cancellable"]()
	defer cancel()
	client, server := pair(b)
	go func() {
		buf := make([]byte, block)
		for {
			if n, _, _, err := server.Recv(ctx, buf, 0); err != abi.OK || n == 0 {
				return
			}
		}
	}()
	conn, peer := netPair(b)
	go func() {
		buf := make([]byte, block)
		for {
			if _, err := peer.Read(buf); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, block)
	interleaved(b, 2000, func(n int) {
		for range n {
			if sent, err := client.Send(ctx, buf, 0, abi.Sockaddr{}); err != abi.OK || sent != block {
				b.Fatal(err.Name())
			}
		}
	}, func(n int) {
		for range n {
			if _, err := conn.Write(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkAccept is connections dialed, accepted and closed at both ends.
func BenchmarkAccept(b *testing.B) {
	k := New()
	ctx, cancel := ctxs["cancellable"]()
	defer cancel()
	l, err := k.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	check(b, err)
	defer l.Close()
	check(b, l.Bind(loopback))
	check(b, l.Listen(128))
	addr, _ := l.LocalAddr()
	go func() {
		for {
			s, _, err := l.Accept(ctx)
			if err != abi.OK {
				return
			}
			s.Close()
		}
	}()
	nl, nerr := net.Listen("tcp", "127.0.0.1:0")
	if nerr != nil {
		b.Fatal(nerr)
	}
	defer nl.Close()
	go func() {
		for {
			c, err := nl.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	one := make([]byte, 1)
	interleaved(b, 500, func(n int) {
		for range n {
			s, err := k.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
			check(b, err)
			check(b, s.Connect(ctx, addr))
			s.Recv(ctx, one, 0)
			s.Close()
		}
	}, func(n int) {
		for range n {
			c, err := net.Dial("tcp", nl.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			c.Read(one)
			c.Close()
		}
	})
}

// BenchmarkPoll is a Wait for one ready socket among many idle ones.
func BenchmarkPoll(b *testing.B) {
	for _, n := range []int{2, 10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			k := New()
			var items []sock.PollItem
			for i := range n {
				s, err := k.Socket(abi.AF_INET, abi.SOCK_DGRAM, 0)
				check(b, err)
				defer s.Close()
				check(b, s.Bind(loopback))
				items = append(items, sock.PollItem{Source: s.Source(), Want: sock.Readable})
				if i == n/2 {
					items[i].Want = sock.Writable
				}
			}
			p, err := NewPoller()
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			b.ReportAllocs()
			for b.Loop() {
				if n, err := p.Wait(context.Background(), items, -1); n != 1 || err != abi.OK {
					b.Fatal(n, err.Name())
				}
			}
		})
	}
}

func echo(ctx context.Context, s sock.Socket) {
	buf := make([]byte, 64)
	for {
		n, _, _, err := s.Recv(ctx, buf, 0)
		if err != abi.OK || n == 0 {
			return
		}
		s.Send(ctx, buf[:n], 0, abi.Sockaddr{})
	}
}

func rounds(b *testing.B, ctx context.Context, s sock.Socket) func(n int) {
	buf := make([]byte, 64)
	return func(n int) {
		for range n {
			s.Send(ctx, buf, 0, abi.Sockaddr{})
			if n, _, _, err := s.Recv(ctx, buf, 0); err != abi.OK || n != len(buf) {
				b.Fatal(n, err.Name())
			}
		}
	}
}

func netRounds(b *testing.B, c net.Conn) func(n int) {
	buf := make([]byte, 64)
	return func(n int) {
		for range n {
			c.Write(buf)
			if _, err := io.ReadFull(c, buf); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// onlyReader keeps io.Copy from splicing, with buffers of its own.
type onlyReader struct{ io.Reader }

func netPair(b *testing.B) (client, server net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		b.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// child starts an echo server in a process of its own and returns where it
// listens. It ends when its standard input does.
func child(b *testing.B, kind string) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ECHO_SERVER="+kind)
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return line[:len(line)-1]
}

// echoServer is the child's side.
func echoServer(kind string) {
	switch kind {
	case "kernel":
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		l, _ := New().Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
		l.Bind(loopback)
		l.Listen(1)
		addr, _ := l.LocalAddr()
		fmt.Println(addr)
		go func() {
			s, _, _ := l.Accept(ctx)
			echo(ctx, s)
		}()
	case "net":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return
		}
		fmt.Println(l.Addr())
		go func() {
			if c, err := l.Accept(); err == nil {
				io.Copy(c, onlyReader{c})
			}
		}()
	}
	io.Copy(io.Discard, os.Stdin)
}
