package kernel

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

var loopback = abi.InetAddr(netip.MustParseAddrPort("127.0.0.1:0"))

// pair is two connected TCP sockets.
func pair(t testing.TB) (client, server sock.Socket) {
	k := New()
	l, err := k.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	check(t, err)
	defer l.Close()
	check(t, l.Bind(loopback))
	check(t, l.Listen(1))
	addr, err := l.LocalAddr()
	check(t, err)
	client, err = k.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	check(t, err)
	check(t, client.Connect(context.Background(), addr))
	server, _, err = l.Accept(context.Background())
	check(t, err)
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func check(t testing.TB, err abi.Errno) {
	t.Helper()
	if err != abi.OK {
		t.Fatal(err.Name())
	}
}

// threads is how many this process has.
func threads(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("threads cannot be counted here")
	}
	n, err := strconv.Atoi(string(regexp.MustCompile(`Threads:\s*(\d+)`).FindSubmatch(b)[1]))
	require.NoError(t, err)
	return n
}

// parked waits until n goroutines are parked in Go's network poller.
func parked(t *testing.T, n int) {
	t.Helper()
	buf := make([]byte, 16<<20)
	require.Eventually(t, func() bool {
		return bytes.Count(buf[:runtime.Stack(buf, true)], []byte("[IO wait")) >= n
	}, 30*time.Second, 5*time.Millisecond)
}

func TestWaitingHoldsNoThread(t *testing.T) {
	const each = 350
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k := New()
	var all sync.WaitGroup
	wait := func(call func() abi.Errno) {
		all.Go(func() {
			if err := call(); err != abi.EINTR && !t.Failed() {
				t.Error(err.Name())
			}
		})
	}
	before := threads(t)
	for range each {
		l, err := k.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
		check(t, err)
		defer l.Close()
		check(t, l.Listen(1))
		wait(func() abi.Errno { _, _, err := l.Accept(ctx); return err })

		d, err := k.Socket(abi.AF_INET, abi.SOCK_DGRAM, 0)
		check(t, err)
		defer d.Close()
		check(t, d.Bind(loopback))
		wait(func() abi.Errno { _, _, _, err := d.Recv(ctx, make([]byte, 1), 0); return err })

		p, perr := NewPoller()
		require.NoError(t, perr)
		defer p.Close()
		wait(func() abi.Errno {
			_, err := p.Wait(ctx, []sock.PollItem{{Source: l.Source(), Want: sock.Readable}}, -1)
			return err
		})
	}
	parked(t, 3*each)
	// Some are made while so many make their system calls at once.
	require.Less(t, threads(t), before+each/3)
	cancel()
	all.Wait()
}

func TestSendAndReceiveAllocateNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client, server := pair(t)
	echoed := make(chan struct{})
	go func() {
		defer close(echoed)
		buf := make([]byte, 64)
		for {
			n, _, _, err := server.Recv(ctx, buf, abi.MSG_WAITALL)
			if err != abi.OK || n == 0 {
				return
			}
			server.Send(ctx, buf[:n], 0, abi.Sockaddr{})
		}
	}()
	buf := make([]byte, 64)
	round := func() {
		client.Send(ctx, buf, 0, abi.Sockaddr{})
		if n, _, _, err := client.Recv(ctx, buf, 0); err != abi.OK || n != len(buf) {
			t.Error(n, err.Name())
		}
	}
	round() // makes what is kept
	require.Zero(t, testing.AllocsPerRun(1000, round))
	cancel()
	<-echoed
}

func TestPollAllocatesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client, server := pair(t)
	p, err := NewPoller()
	require.NoError(t, err)
	defer p.Close()
	items := []sock.PollItem{{Source: server.Source(), Want: sock.Readable}, {Source: client.Source(), Want: sock.Readable}}
	buf := make([]byte, 64)
	round := func() {
		client.Send(ctx, buf, 0, abi.Sockaddr{})
		if n, err := p.Wait(ctx, items, -1); err != abi.OK || n != 1 {
			t.Error(n, err.Name())
		}
		server.Recv(ctx, buf, 0)
		if n, err := p.Wait(ctx, items[1:], 0); err != abi.OK || n != 0 { // another set
			t.Error(n, err.Name())
		}
	}
	round()
	require.Zero(t, testing.AllocsPerRun(1000, round))
}

// A context's end must not be left behind for a call with another context,
// nor a context be held by a socket that was closed.
func TestContextsComeAndGo(t *testing.T) {
	client, server := pair(t)
	buf := make([]byte, 1)
	for range 200 {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan abi.Errno)
		go func() {
			_, _, _, err := server.Recv(ctx, buf, 0)
			done <- err
		}()
		cancel()
		require.Equal(t, abi.EINTR, <-done)
		go client.Send(context.Background(), buf, 0, abi.Sockaddr{})
		_, _, _, err := server.Recv(context.Background(), buf, 0)
		require.Equal(t, abi.OK, err)
	}
}

func TestWaitClock(t *testing.T) {
	client, server := pair(t)
	var clock sock.WaitClock
	ctx := sock.WithWaitClock(context.Background(), &clock)
	client.Send(ctx, []byte("x"), 0, abi.Sockaddr{})
	buf := make([]byte, 1)
	_, _, _, err := server.Recv(ctx, buf, abi.MSG_PEEK)
	require.Equal(t, abi.OK, err)
	clock.Take()
	_, _, _, err = server.Recv(ctx, buf, 0)
	require.Equal(t, abi.OK, err)
	require.Zero(t, clock.Take(), "it did not wait")
	ending, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, _, _, err = server.Recv(ending, buf, 0)
	require.Equal(t, abi.EINTR, err)
	require.GreaterOrEqual(t, clock.Take(), 5*time.Millisecond)
}

func TestCallsDuringClose(t *testing.T) {
	for range 200 {
		client, server := pair(t)
		var all sync.WaitGroup
		buf := make([]byte, 10)
		for _, call := range []func(){
			func() { server.Recv(context.Background(), buf[:1], 0) },
			func() { server.Send(context.Background(), buf[1:2], 0, abi.Sockaddr{}) },
			func() { server.Info(); server.LocalAddr() },
			func() { server.Close() },
			func() { client.Send(context.Background(), buf[2:3], 0, abi.Sockaddr{}) },
		} {
			all.Go(call)
		}
		all.Wait()
		client.Close()
	}
}
