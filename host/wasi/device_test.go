package wasi

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/abi"
)

// device is a guest that makes its calls through the call device.
type deviceBench struct {
	*bench
	fd uint32
}

func newDevice(t *testing.T, cfg Config) *deviceBench {
	cfg.Devices = true
	b := newBench(t, cfg)
	fd, errno := b.p.openDevice("call")
	require.Equal(t, abi.OK, errno)
	return &deviceBench{b, uint32(fd)}
}

// socket makes a socket by a request and returns its descriptor.
func (d *deviceBench) socket() uint32 {
	made := d.ask(numbers(uint32(abi.Socket), uint32(abi.AF_INET), uint32(abi.SOCK_STREAM), 0))
	return binary.LittleEndian.Uint32(made[4:])
}

func numbers(v ...uint32) (b []byte) {
	for _, n := range v {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// ask writes a request and reads the answer, through guest memory.
func (d *deviceBench) ask(request []byte) []byte {
	copy(d.mem()[256:], request)
	copy(d.mem()[0:], numbers(256, uint32(len(request))))
	require.Equal(d.t, abi.OK, d.wasi("fd_write", d.fd, 0, 1, 128))
	require.EqualValues(d.t, len(request), d.u32(128))
	copy(d.mem()[0:], numbers(4096, 4096))
	require.Equal(d.t, abi.OK, d.wasi("fd_read", d.fd, 0, 1, 128))
	return append([]byte(nil), d.mem()[4096:4096+d.u32(128)]...)
}

func TestADescriptorIsMadeAndClosedByRequests(t *testing.T) {
	d := newDevice(t, Config{})
	fd := d.socket()
	require.Equal(t, uint32(3), fd, "not the lowest")
	s, errno := d.p.sockets.socket(int32(fd))
	require.Equal(t, abi.OK, errno)
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, fd)))
	require.Equal(t, 1, s.Socket.(*fakeSocket).closed)
	require.Equal(t, numbers(uint32(abi.EBADF)), d.ask(numbers(requestClose, fd)))
	require.Equal(t, numbers(uint32(abi.ENOTSOCK)), d.ask(numbers(requestClose, 1)))
}

func TestADevicesDescriptorsAreASpaceOfTheirOwn(t *testing.T) {
	d := newDevice(t, Config{Mounts: 2, Descriptors: 1})
	require.Equal(t, uint32(3), d.socket())
	require.Equal(t, numbers(uint32(abi.EMFILE)), d.ask(numbers(uint32(abi.Socket), uint32(abi.AF_INET), uint32(abi.SOCK_STREAM), 0)))
	s, _ := d.p.sockets.socket(3)
	require.Equal(t, abi.OK, d.wasi("fd_close", 3), "closes a mount")
	require.Zero(t, s.Socket.(*fakeSocket).closed)
	d.p.Close()
	require.Equal(t, 1, s.Socket.(*fakeSocket).closed)
}

func TestReadingAtAnOffsetReceivesAndWritingSends(t *testing.T) {
	d := newDevice(t, Config{})
	fd := d.socket()
	copy(d.mem()[0:], numbers(256, 16))
	call := func(name string, offset uint64) abi.Errno {
		fn := wrappers[name](name, nil)
		stack := []uint64{uint64(d.fd), 0, 1, offset, 128}
		fn(d.ctx, d.mod, stack)
		return abi.Errno(stack[0])
	}
	require.Equal(t, abi.OK, call("fd_pread", uint64(fd)|uint64(abi.MSG_PEEK)<<32))
	require.Equal(t, uint32(3), d.u32(128))
	require.Equal(t, "abc", string(d.mem()[256:259]))
	require.Zero(t, d.p.Usage().Received, "a look counts as received")
	require.Equal(t, abi.OK, call("fd_pwrite", uint64(fd)))
	require.Equal(t, uint32(16), d.u32(128))
	require.Equal(t, abi.EBADF, call("fd_pwrite", 0), "standard input")
	require.Equal(t, abi.EBADF, call("fd_pread", 1), "standard output")
	require.Equal(t, abi.EBADF, call("fd_pread", 1<<31))
}

func TestADevicePollTellsWhatIsSo(t *testing.T) {
	d := newDevice(t, Config{})
	require.Equal(t, numbers(0, 0, pollOut, 2, pollNval),
		d.ask(numbers(requestPoll, 0xffffffff, 0xffffffff, 1, pollIn|pollOut, 2, pollIn, 99, pollIn)))
	require.Equal(t, numbers(0), d.ask(numbers(requestPoll, 0, 0)))
}

func TestARequestThatIsNoneIsEINVAL(t *testing.T) {
	d := newDevice(t, Config{})
	for _, r := range [][]byte{nil, {1, 2}, numbers(99), numbers(requestClose), numbers(requestArgs, 1),
		numbers(requestPoll), numbers(requestPoll, 0), numbers(requestPoll, 0, 0, 1)} {
		require.Equal(t, abi.EINVAL, d.p.request(d.ctx, r), "%v", r)
	}
	poll := func(n int) []byte { // of n descriptors that there are not
		return append(numbers(requestPoll, 0, 0), bytes.Repeat([]byte{0xff}, 8*n)...)
	}
	require.Equal(t, abi.OK, d.p.request(d.ctx, poll(maxSubscriptions)))
	require.Equal(t, abi.EINVAL, d.p.request(d.ctx, poll(maxSubscriptions+1)))
}

func TestAGuestMayAskForItsArgumentsAndEnvironment(t *testing.T) {
	d := newDevice(t, Config{Args: []string{"prog", "", "a\x00b"}, Env: []string{"K=V"}})
	require.Equal(t, "\x00\x00\x00\x00prog\x00\x00ab\x00", string(d.ask(numbers(requestArgs))))
	require.Equal(t, "\x00\x00\x00\x00K=V\x00", string(d.ask(numbers(requestEnv))))
}

func TestAGuestIsFrozenOnlyIfThatIsWanted(t *testing.T) {
	d := newDevice(t, Config{})
	fd, errno := d.p.openDevice("freeze")
	require.Equal(t, abi.OK, errno)
	require.Equal(t, abi.OK, d.wasi("fd_fdstat_get", uint32(fd), 64))

	frozen := 0
	d.p.cfg.Freeze = func(api.Module) { frozen++ }
	require.PanicsWithError(t, sys.NewExitError(freezeCode).Error(), func() { d.wasi("fd_fdstat_get", uint32(fd), 64) })
	require.Equal(t, 1, frozen)
}

func TestTheDeviceFolderHasNothingElse(t *testing.T) {
	d := newDevice(t, Config{})
	for _, path := range []string{"socket/2/1/0", "call/", "../call", "\x00"} {
		_, errno := d.p.openDevice(path)
		require.Equal(t, abi.ENOENT, errno, path)
	}
}

func TestALargeAnswersMemoryIsNotKept(t *testing.T) {
	d := newDevice(t, Config{})
	fd := d.socket()
	kept := cap(d.p.device.reply) + cap(d.p.device.room)
	for range 2 {
		require.Equal(t, abi.OK, d.p.request(d.ctx, numbers(uint32(abi.RecvFrom), fd, keptReply+1, 0, 0)))
		require.Positive(t, d.p.answer(make([]byte, 64)))
	}
	require.LessOrEqual(t, cap(d.p.device.reply)+cap(d.p.device.room), kept)
	require.Equal(t, abi.EINVAL, d.p.request(d.ctx, numbers(uint32(abi.RecvFrom), fd, maxReply+1, 0, 0)))
}

func TestDup2PutsADescriptorInTheirPlace(t *testing.T) {
	var out bytes.Buffer
	d := newDevice(t, Config{Stdout: &out, Descriptors: 4})
	a, b := d.socket(), d.socket()
	fake := func(fd uint32) *fakeSocket {
		s, errno := d.p.sockets.socket(int32(fd))
		require.Equal(t, abi.OK, errno)
		return s.Socket.(*fakeSocket)
	}
	dup2 := func(from, to uint32) abi.Errno {
		t.Helper()
		return abi.Errno(binary.LittleEndian.Uint32(d.ask(numbers(requestDup2, from, to))))
	}
	first, second := fake(a), fake(b)
	require.Equal(t, abi.OK, dup2(a, b))
	require.Equal(t, 1, second.closed)
	require.Same(t, first, fake(b))
	require.Equal(t, abi.OK, dup2(a, a))
	require.Equal(t, abi.OK, dup2(a, 6), "a free number")
	require.Equal(t, abi.OK, dup2(a, 5))
	for _, to := range []uint32{1<<32 - 1, 1 << 31, 1 << 20, 7} {
		require.Equal(t, abi.EBADF, dup2(a, to), "no number")
	}
	require.Equal(t, abi.EBADF, dup2(99, a))
	require.Equal(t, abi.EBADF, dup2(1<<32-1, a))
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, 6)))
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, 5)))
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, b)))
	require.Zero(t, first.closed)

	// Standard output, which the guest's libc writes to as well, and back.
	write := func() abi.Errno {
		copy(d.mem()[256:], "hello")
		copy(d.mem()[0:], numbers(256, 5))
		return d.wasi("fd_write", 1, 0, 1, 128)
	}
	at := func(name string, fd uint64) abi.Errno {
		copy(d.mem()[256:], "again")
		copy(d.mem()[0:], numbers(256, 5))
		return d.wasi(name, d.fd, 0, 1, uint32(fd), 128)
	}
	saved := binary.LittleEndian.Uint32(d.ask(numbers(uint32(abi.Dup), 1))[4:])
	require.Equal(t, abi.OK, dup2(a, 1))
	require.Equal(t, abi.OK, write())
	require.Equal(t, "hello", string(first.sent))
	require.Empty(t, out.String())
	require.Equal(t, abi.OK, at("fd_pwrite", uint64(saved)))
	require.Equal(t, abi.EBADF, at("fd_pread", uint64(saved)))
	require.Equal(t, "again", out.String())
	require.Equal(t, abi.OK, dup2(saved, 1))
	require.Equal(t, abi.OK, write())
	require.Equal(t, "againhello", out.String())
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, saved)))
	require.Equal(t, numbers(uint32(abi.EBADF)), d.ask(numbers(requestClose, saved)))
	require.Equal(t, numbers(uint32(abi.ENOTSOCK)), d.ask(numbers(requestClose, 1)))
	require.Equal(t, numbers(uint32(abi.ENOTSOCK)), d.ask(numbers(requestClose, 2)))
	require.Equal(t, abi.OK, dup2(a, 2), "standard error is the libc's as well")
	n, errno := d.stdio("fd_write", 2)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, 5, n)
	require.Equal(t, "againhello", out.String())
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, 2)))
	require.Equal(t, abi.EBADF, d.wasi("fd_write", 2, 0, 0, 128))

	// What is both the libc's and the device's is closed with either.
	require.Equal(t, abi.OK, dup2(a, 1))
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, a)))
	require.Zero(t, first.closed)
	require.Equal(t, abi.OK, d.wasi("fd_close", 1))
	require.Equal(t, 1, first.closed)
	_, errno = d.p.sockets.get(1)
	require.Equal(t, abi.EBADF, errno)
}

func TestTheDevicesAreOpenedInTheirFolder(t *testing.T) {
	d := newDevice(t, Config{})
	copy(d.mem()[1024:], "call freeze nothing")
	for at, want := range map[uint32]fdKind{1024: fdDevice, 1029: fdFreeze} {
		size := map[fdKind]uint32{fdDevice: 4, fdFreeze: 6}[want]
		require.Equal(t, abi.OK, d.wasi("path_open", 3, 0, at, size, 0, 0, 0, 0, 64))
		f, errno := d.p.fds.get(int32(d.u32(64)))
		require.Equal(t, abi.OK, errno)
		require.Equal(t, want, f.kind)
	}
	before := d.u32(64)
	require.Equal(t, abi.ENOENT, d.wasi("path_open", 3, 0, 1036, 7, 0, 0, 0, 0, 64))
	require.Equal(t, before, d.u32(64))
}

func TestAnAnswerIsReadInPieces(t *testing.T) {
	d := newDevice(t, Config{Args: []string{"hello", "world"}})
	require.Equal(t, abi.OK, d.p.request(d.ctx, numbers(requestArgs)))
	copy(d.mem()[0:], numbers(1024, 4, 2048, 5))
	require.Equal(t, abi.OK, d.wasi("fd_read", d.fd, 0, 2, 128))
	require.EqualValues(t, 9, d.u32(128))
	require.Equal(t, "hello", string(d.mem()[2048:2053]))
	require.Equal(t, abi.OK, d.wasi("fd_read", d.fd, 0, 2, 128))
	require.EqualValues(t, 7, d.u32(128))
	require.Equal(t, "\x00wor", string(d.mem()[1024:1028]))
	require.Equal(t, "ld\x00", string(d.mem()[2048:2051]))
	require.Equal(t, abi.OK, d.wasi("fd_read", d.fd, 0, 2, 128))
	require.Zero(t, d.u32(128))
}

func TestDup2LeavesAFileOfTheLibcAlone(t *testing.T) {
	d := newDevice(t, Config{Mounts: 1})
	a := d.socket()
	require.Equal(t, abi.OK, d.wasi("fd_close", 0))
	require.Equal(t, abi.OK, d.wasi("path_open", 3, 0, 0, 1, 0, 0, 0, 0, 60))
	require.EqualValues(t, 0, d.u32(60))
	require.Equal(t, numbers(uint32(abi.EBUSY)), d.ask(numbers(requestDup2, a, 0)))
	require.Equal(t, numbers(0), d.ask(numbers(requestDup2, a, 1)))
}

func TestDup2NeedsRoomForAnother(t *testing.T) {
	d := newDevice(t, Config{Descriptors: 2})
	a, b := d.socket(), d.socket()
	require.Equal(t, numbers(0), d.ask(numbers(requestDup2, a, b)))
	require.Equal(t, numbers(0), d.ask(numbers(requestDup2, a, 2)))
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, 2)))
	require.Equal(t, numbers(0), d.ask(numbers(requestDup2, a, 2)))
	d.p.sockets.max-- // as if more had been open before
	require.Equal(t, numbers(0), d.ask(numbers(requestClose, 2)))
	require.Equal(t, numbers(uint32(abi.EMFILE)), d.ask(numbers(requestDup2, a, 2)))
}
