package wasi

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

// What a trace tells does not depend on the way by which a guest has asked.

func TestALookMovesNothingInTheTrace(t *testing.T) {
	r := &recorder{}
	d := newDevice(t, Config{Recorder: r})
	fd := d.socket()
	copy(d.mem()[0:], numbers(256, 16))
	read := func(flags abi.MsgFlags) {
		stack := []uint64{uint64(d.fd), 0, 1, uint64(fd) | uint64(flags)<<32, 128}
		wrappers["fd_pread"]("fd_pread", nil)(d.ctx, d.mod, stack)
		require.Zero(t, stack[0])
	}
	read(abi.MSG_PEEK)
	look := r.events[len(r.events)-1].Call
	require.Equal(t, "abc", string(look.Data))
	require.Zero(t, look.From)
	require.Zero(t, look.To)
	read(0)
	taken := r.events[len(r.events)-1].Call
	require.EqualValues(t, 0, taken.From)
	require.EqualValues(t, 3, taken.To)
}

func TestAClockIsNoDescriptorOfAPoll(t *testing.T) {
	r := &recorder{}
	b := newBench(t, Config{Recorder: r})
	sub := b.mem()[1024:][:subscriptionSize]
	clear(sub)
	sub[8] = eventClock
	binary.LittleEndian.PutUint32(sub[16:], clockMonotonic)
	require.Equal(t, abi.OK, b.wasi("poll_oneoff", 1024, 2048, 1, 512))
	require.EqualValues(t, 1, b.u32(512), "events")
	require.EqualValues(t, 0, r.events[len(r.events)-1].Call.Ret, "descriptors")
}

func TestBothWaysToSetNonblockHaveOneName(t *testing.T) {
	r := &recorder{}
	b := newBench(t, Config{Recorder: r})
	fd := b.socket(abi.SOCK_STREAM)
	require.Zero(t, b.sock(abi.SetNonblock, fd, 1))
	one := r.events[len(r.events)-1].Call
	require.Equal(t, abi.OK, b.wasi("fd_fdstat_set_flags", fd, fdflagNonblock))
	other := r.events[len(r.events)-1].Call
	require.Equal(t, one.Name, other.Name)
	require.Equal(t, one.Args, other.Args)
}
