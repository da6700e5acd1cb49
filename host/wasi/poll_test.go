package wasi

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

// poll1 polls one descriptor as poll(2) has it, and returns how many events
// there were, and what they tell.
func (b *bench) poll1(fd, events uint32) (n, revents uint32) {
	b.t.Helper()
	subs := b.mem()[1024:][:2*subscriptionSize]
	clear(subs) // the second is a clock that has rung
	subs[8] = abi.EventPoll
	binary.LittleEndian.PutUint32(subs[16:], fd)
	binary.LittleEndian.PutUint32(subs[20:], events)
	require.Equal(b.t, abi.OK, b.wasi("poll_oneoff", 1024, 2048, 2, 512))
	for i := range b.u32(512) {
		if e := b.mem()[2048+i*eventSize:]; e[10] == abi.EventPoll {
			n, revents = n+1, uint32(binary.LittleEndian.Uint16(e[24:]))
		}
	}
	return n, revents
}

func TestPollOneoffIsPollAsWell(t *testing.T) {
	cfg := onLoopback()
	cfg.Mounts = 1
	b := newBench(t, cfg)
	x, y := b.pair()
	for _, c := range []struct {
		name            string
		do              func()
		fd, asked, told uint32
	}{
		{"writable", nil, x, pollIn | pollOut, pollOut},
		{"nothing asked", nil, x, 0, 0},
		{"the end of what is read", func() { require.Zero(t, b.sock(abi.Shutdown, y, uint32(abi.SHUT_WR))) }, x, pollRdHup, pollRdHup},
		{"a hangup that nobody asked for", func() { require.Equal(t, abi.OK, b.wasi("fd_close", y)) }, x, 0, pollHup},
		{"all", nil, x, pollIn | pollOut | pollRdHup, pollIn | pollOut | pollRdHup | pollHup},
		{"no descriptor", nil, y, 0, pollNval},
		{"output", nil, 1, pollIn | pollOut, pollOut},
		{"a file", nil, 3, pollIn, pollIn},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.do != nil {
				c.do()
			}
			n, told := b.poll1(c.fd, c.asked)
			require.Equal(t, c.told, told)
			require.Equal(t, min(told, 1), n)
		})
	}
}

func TestAnEpollInstanceIsANumber(t *testing.T) {
	b := newBench(t, Config{Descriptors: 1})
	require.Zero(t, b.sock(abi.EpollCreate, 64))
	fd := b.u32(64)
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.EpollCreate, 64))
	copy(b.mem()[0:], numbers(256, 4))
	require.Equal(t, abi.EINVAL, b.wasi("fd_read", fd, 0, 1, 128))
	require.Equal(t, abi.EINVAL, b.wasi("fd_write", fd, 0, 1, 128))
	require.Equal(t, int32(abi.ENOTSOCK), b.sock(abi.Listen, fd, 1))
	require.Equal(t, abi.OK, b.wasi("fd_close", fd))
	require.Zero(t, b.sock(abi.EpollCreate, 64))
	require.Equal(t, fd, b.u32(64), "the lowest that is free")
}
