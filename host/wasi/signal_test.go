package wasi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

const (
	interruptBit = 1 << (abi.SIGINT - 1)
	termBit      = 1 << (abi.SIGTERM - 1)
)

func TestSignalsThatAreWantedComeByOneDescriptor(t *testing.T) {
	b := newBench(t, onLoopback())
	require.False(t, b.p.Signal(abi.SIGINT), "nobody has asked")
	require.Zero(t, b.sock(abi.SignalFD, interruptBit|termBit, 64))
	fd := b.u32(64)
	for _, sig := range []int{abi.SIGTERM, abi.SIGINT} {
		require.True(t, b.p.Signal(sig))
	}
	for _, sig := range []int{abi.SIGKILL, 0, -1, 32} {
		require.False(t, b.p.Signal(sig), sig)
	}
	require.Zero(t, b.sock(abi.RecvFrom, fd, 1024, 100, 512, 0, 0, 0, 516, 520))
	require.Equal(t, "\x0f\x02", string(b.mem()[1024:1024+b.u32(512)]))
	require.Equal(t, int32(abi.EAGAIN), b.sock(abi.RecvFrom, fd, 1024, 100, 512, 0, 0, 0, 516, 520), "it does not block")

	require.Zero(t, b.sock(abi.SignalFD, termBit, 68))
	require.Equal(t, fd, b.u32(68))
	require.False(t, b.p.Signal(abi.SIGINT))
	require.True(t, b.p.Signal(abi.SIGTERM))
	require.Equal(t, abi.OK, b.wasi("fd_close", fd))
	require.False(t, b.p.Signal(abi.SIGTERM), "nobody hears")
}

func TestAGuestThatHearsNoSignalDoesNotHoldUpWhoSendsIt(t *testing.T) {
	b := newBench(t, onLoopback())
	require.Zero(t, b.sock(abi.SignalFD, interruptBit, 64))
	for range 10000 {
		require.True(t, b.p.Signal(abi.SIGINT))
	}
}

func TestADescriptorForSignalsIsUnderTheLimits(t *testing.T) {
	stack := &counting{}
	b := newBench(t, Config{Stack: stack, Descriptors: 1})
	b.socket(abi.SOCK_STREAM)
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.SignalFD, interruptBit, 64))
	require.Len(t, stack.made, 1)

	stack = &counting{}
	b = newBench(t, Config{Stack: stack, Connections: 1})
	b.socket(abi.SOCK_STREAM)
	require.True(t, ends(func() { b.sock(abi.SignalFD, interruptBit, 64) }))
	b.p.Close()
	for i, s := range stack.made {
		require.Equal(t, 1, s.closed, i)
	}
	require.False(t, b.p.Signal(abi.SIGINT))
}
