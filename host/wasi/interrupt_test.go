package wasi

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// silentStack makes sockets whose receives wait until their context ends.
type silentStack struct {
	fakeStack
	waiting chan struct{} // receives when one waits
}

func (s silentStack) Socket(abi.Family, abi.Type, abi.Protocol) (sock.Socket, abi.Errno) {
	return &silentSocket{waiting: s.waiting}, abi.OK
}

type silentSocket struct {
	fakeSocket
	waiting chan struct{}
}

func (s *silentSocket) Recv(ctx context.Context, _ []byte, _ abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	s.waiting <- struct{}{}
	<-ctx.Done()
	return 0, abi.Sockaddr{}, 0, abi.EINTR
}

func TestAnInterruptEndsTheCallUnderWay(t *testing.T) {
	stack := silentStack{waiting: make(chan struct{})}
	d := newDevice(t, Config{Stack: stack, Recorder: &recorder{}})
	fd := d.socket()
	calls := map[string]func() abi.Errno{
		"request": func() abi.Errno {
			reply := d.ask(numbers(uint32(abi.RecvFrom), fd, 16, 0, 0))
			return abi.Errno(reply[0])
		},
		"offset": func() abi.Errno {
			copy(d.mem()[0:], numbers(256, 16))
			stack := []uint64{uint64(d.fd), 0, 1, uint64(fd), 128}
			wrappers["fd_pread"]("fd_pread", nil)(d.ctx, d.mod, stack)
			return abi.Errno(stack[0])
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second is not interrupted by the first
				go func() {
					<-stack.waiting
					d.p.Interrupt()
				}()
				require.Equal(t, abi.ECANCELED, call())
				require.False(t, d.p.Interrupted())
			}
		})
	}
	t.Run("poll", func(t *testing.T) {
		// The poller of this bench has nothing to wait for but the context.
		d.p.Interrupt()
		require.Equal(t, numbers(uint32(abi.ECANCELED)), d.ask(numbers(requestPoll, 0xffffffff, 0xffffffff)))
		require.Equal(t, numbers(0), d.ask(numbers(requestPoll, 0, 0)))
	})
}

func TestAnInterruptBetweenCallsEndsTheNext(t *testing.T) {
	d := newDevice(t, Config{})
	fd := d.socket()
	d.p.Interrupt()
	require.True(t, d.p.Interrupted())
	require.Equal(t, numbers(uint32(abi.ECANCELED)), d.ask(numbers(uint32(abi.Listen), fd, 1)))
	require.Equal(t, numbers(0), d.ask(numbers(uint32(abi.Listen), fd, 1)))
}

func TestOnlyACallThatWasBrokenOffIsCancelled(t *testing.T) {
	require.False(t, newBench(t, Config{}).p.Interrupt(), "a guest without devices makes no such calls")
	d := newDevice(t, Config{})
	_, errno := d.p.interrupt.begin(d.ctx)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, abi.EINTR, d.p.interrupt.end(abi.EINTR), "by something else")
	require.True(t, d.p.Interrupt())
	require.Equal(t, abi.EAGAIN, d.p.interrupt.end(abi.EAGAIN))
	require.True(t, d.p.Interrupted(), "the guest has not heard of it")
	require.Equal(t, abi.ECANCELED, d.p.interrupt.end(abi.EINTR))
}

func TestTheEndOfAGuestIsNoInterrupt(t *testing.T) {
	stack := silentStack{waiting: make(chan struct{})}
	d := newDevice(t, Config{Stack: stack})
	ctx, cancel := context.WithCancel(context.Background())
	d.ctx = WithProcess(ctx, d.p)
	fd := d.socket()
	go func() {
		<-stack.waiting
		cancel()
	}()
	require.Panics(t, func() { d.ask(numbers(uint32(abi.RecvFrom), fd, 16, 0, 0)) })
}
