package wasi

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock/kernel"
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

func TestATracedPollTellsEachDescriptorOnce(t *testing.T) {
	r := &recorder{}
	b := newBench(t, Config{Recorder: r})
	one, other := b.socket(abi.SOCK_STREAM), b.socket(abi.SOCK_STREAM)
	subs := b.mem()[1024:][:3*subscriptionSize]
	clear(subs)
	for i, s := range []struct {
		fd   uint32
		kind byte
	}{{one, eventRead}, {other, eventRead}, {one, eventWrite}} {
		subs[i*subscriptionSize+8] = s.kind
		binary.LittleEndian.PutUint32(subs[i*subscriptionSize+16:], s.fd)
	}
	require.Equal(t, abi.OK, b.wasi("poll_oneoff", 1024, 2048, 3, 512))
	enter, exit := r.events[len(r.events)-2], r.events[len(r.events)-1]
	require.Contains(t, enter.Text(time.Time{}), "poll({3:POLLIN|POLLOUT 4:POLLIN}, -1)")
	require.Contains(t, exit.Text(time.Time{}), "poll({3:POLLERR|POLLHUP 4:POLLERR|POLLHUP}, -1) = 2", "the stack has nothing to poll")
}

func TestAShortReceiveTellsThatAMessageWasCut(t *testing.T) {
	r := &recorder{}
	d := newDevice(t, Config{Recorder: r, Stack: kernel.New()})
	require.Zero(t, d.sock(abi.SocketPair, uint32(abi.AF_UNIX), uint32(abi.SOCK_DGRAM), 0, 64, 68))
	copy(d.mem()[512:], "0123456789")
	require.Zero(t, d.sock(abi.SendTo, d.u32(64), 512, 10, 0, 0, 0, 72))
	copy(d.mem()[0:], numbers(256, 4))
	require.Equal(t, abi.OK, d.wasi("fd_read", d.u32(68), 0, 1, 128))
	require.Contains(t, r.events[len(r.events)-1].Text(time.Time{}), `"0123", 4, 0, MSG_TRUNC) = 4`)
}
