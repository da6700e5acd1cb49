package wasi

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/abi"
	"socklab/host/sock"
)

// stdio reads or writes up to five bytes at 512.
func (b *bench) stdio(name string, fd uint32) (int, abi.Errno) {
	copy(b.mem()[0:], numbers(0, 0, 512, 5))
	errno := b.wasi(name, fd, 0, 2, 256)
	return int(b.u32(256)), errno
}

func TestStandardInputIsReadUntilItEnds(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	_, err = w.WriteString("hello")
	require.NoError(t, err)
	w.Close()
	for name, in := range map[string]io.Reader{"a reader": strings.NewReader("hello"), "a file": r, "a reader that ends with an error": iotest.DataErrReader(strings.NewReader("hello"))} {
		b := newBench(t, Config{Stdin: in})
		n, errno := b.stdio("fd_read", 0)
		require.Equal(t, abi.OK, errno, name)
		require.Equal(t, "hello", string(b.mem()[512:512+n]), name)
		n, errno = b.stdio("fd_read", 0)
		require.Equal(t, abi.OK, errno, name)
		require.Zero(t, n, name)
	}
	n, errno := newBench(t, Config{}).stdio("fd_read", 0)
	require.Equal(t, abi.OK, errno, "nothing is given")
	require.Zero(t, n)
	_, errno = newBench(t, Config{Stdin: iotest.ErrReader(errors.New("broken"))}).stdio("fd_read", 0)
	require.Equal(t, abi.EIO, errno)
}

func TestStandardInputMayNotWait(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	b := newBench(t, Config{Stdin: r})
	require.Equal(t, abi.OK, b.wasi("fd_fdstat_set_flags", 0, fdflagNonblock))
	_, errno := b.stdio("fd_read", 0)
	require.Equal(t, abi.EAGAIN, errno)
	require.Equal(t, abi.OK, b.wasi("fd_fdstat_get", 0, 1024))
	require.EqualValues(t, filetypeUnknown, b.mem()[1024], "no terminal")
	require.EqualValues(t, fdflagNonblock, b.mem()[1026])
	_, err = w.WriteString("hello")
	require.NoError(t, err)
	n, errno := b.stdio("fd_read", 0)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, 5, n)
	require.Equal(t, abi.OK, b.wasi("fd_fdstat_get", 1, 1024))
	require.EqualValues(t, filetypeCharDevice, b.mem()[1024])
	require.Zero(t, b.mem()[1026], "the flag is standard input's alone")
}

func TestAnOutputThatFailsIsToldAndNotCounted(t *testing.T) {
	b := newBench(t, Config{Stdout: errWriter{}, Output: 5})
	for range 3 {
		n, errno := b.stdio("fd_write", 1)
		require.Equal(t, abi.EIO, errno)
		require.Zero(t, n)
	}
	require.Zero(t, b.p.Usage().Output)
	n, errno := b.stdio("fd_write", 2)
	require.Equal(t, abi.OK, errno, "nobody listens")
	require.Equal(t, 5, n)
}

type errWriter struct{}

func (errWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestAnOutputThatNobodyReadsEndsTheGuestIfSIGPIPEDoes(t *testing.T) {
	for _, sigpipe := range []bool{false, true} {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		b := newBench(t, Config{Stdout: w, SIGPIPE: sigpipe})
		w.Close()
		n, errno := b.stdio("fd_write", 1)
		require.Equal(t, abi.OK, errno)
		require.Equal(t, 5, n)
		r.Close()
		if !sigpipe {
			_, errno = b.stdio("fd_write", 1)
			require.Equal(t, abi.EPIPE, errno)
			_, ok := b.p.Exited()
			require.False(t, ok)
			continue
		}
		require.PanicsWithError(t, sys.NewExitError(sigpipeCode).Error(), func() { b.stdio("fd_write", 1) })
		code, ok := b.p.Exited()
		require.True(t, ok)
		require.Equal(t, sigpipeCode, code)
	}
}

func TestAProcessKeepsNoFileOfItsStreams(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	before := openDescriptors(t)
	p, err := NewProcess(Config{Stack: fakeStack{}, Stdin: r, Stdout: w, Stderr: w})
	require.NoError(t, err)
	require.Greater(t, openDescriptors(t), before)
	p.Close()
	require.LessOrEqual(t, openDescriptors(t), before)

	gone, other, err := os.Pipe()
	require.NoError(t, err)
	gone.Close()
	other.Close()
	before = openDescriptors(t)
	_, err = NewProcess(Config{Stack: fakeStack{}, Stdin: r, Stdout: gone})
	require.ErrorContains(t, err, "standard streams")
	require.LessOrEqual(t, openDescriptors(t), before)
}

func TestPipesAreTheStandardStreams(t *testing.T) {
	var out bytes.Buffer
	in, both := &fakeSocket{}, &fakeSocket{}
	b := newBench(t, Config{Pipes: [3]sock.Socket{in, both, both}, Stdout: &out})
	n, errno := b.stdio("fd_read", 0)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, "abc", string(b.mem()[512:512+n]))
	copy(b.mem()[512:], "hello")
	for _, fd := range []uint32{1, 2} {
		_, errno = b.stdio("fd_write", fd)
		require.Equal(t, abi.OK, errno)
	}
	require.Equal(t, "hellohello", string(both.sent))
	require.Empty(t, out.String())
	require.Equal(t, abi.OK, b.wasi("fd_close", 1))
	require.Zero(t, both.closed, "standard error is the same pipe")
	b.p.Close()
	require.Equal(t, 1, both.closed)
	require.Equal(t, 1, in.closed)
}

func TestBuffersGoOutInOnePieceUpToALimit(t *testing.T) {
	b := newBench(t, Config{})
	fd := b.socket(abi.SOCK_STREAM)
	s, _ := b.p.fds.socket(int32(fd))
	var table []uint32
	for range 10 {
		table = append(table, 1024, 60000)
	}
	copy(b.mem(), numbers(table...))
	require.Equal(t, abi.OK, b.wasi("fd_write", fd, 0, 10, 256))
	require.EqualValues(t, gatherMax, b.u32(256))
	require.Len(t, s.Socket.(*fakeSocket).sent, gatherMax)
	require.EqualValues(t, gatherMax, b.p.Usage().Sent)
	require.Equal(t, abi.OK, b.wasi("fd_write", 1, 0, 10, 256))
	require.EqualValues(t, gatherMax, b.u32(256))
}

func TestASocketCallOfWASIIsToldItsResults(t *testing.T) {
	b := newBench(t, Config{})
	fd := b.socket(abi.SOCK_STREAM)
	s := b.socketOf(fd)
	copy(b.mem()[0:], numbers(512, 5))
	copy(b.mem()[512:], "hello")
	require.Equal(t, abi.OK, b.wasi("sock_send", fd, 0, 1, 0, 256))
	require.EqualValues(t, 5, b.u32(256))
	require.Equal(t, "hello", string(s.sent))
	b.mem()[264] = 0xff
	require.Equal(t, abi.OK, b.wasi("sock_recv", fd, 0, 1, riRecvPeek, 260, 264))
	require.EqualValues(t, 3, b.u32(260))
	require.Zero(t, b.mem()[264])
	require.Zero(t, b.p.Usage().Received, "a look")
	require.Equal(t, abi.OK, b.wasi("sock_recv", fd, 0, 1, riRecvWaitall, 260, 264))
	require.EqualValues(t, 3, b.p.Usage().Received)
	require.EqualValues(t, 5, b.p.Usage().Sent)
	for flags, nonblock := range map[uint32]bool{0: false, fdflagNonblock: true} {
		require.Equal(t, abi.OK, b.wasi("sock_accept", fd, flags, 268))
		require.NotEqual(t, fd, b.u32(268))
		require.Equal(t, nonblock, b.socketOf(b.u32(268)).nonblock)
	}
	flags, errno := receiveFlags(riRecvPeek | riRecvWaitall)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, abi.MSG_PEEK|abi.MSG_WAITALL, flags)
	require.EqualValues(t, roTruncated, receivedFlags(abi.MSG_TRUNC|abi.MSG_CTRUNC))
	require.Zero(t, receivedFlags(abi.MSG_CTRUNC))
}

func (b *bench) socketOf(fd uint32) *fakeSocket {
	s, errno := b.p.fds.socket(int32(fd))
	require.Equal(b.t, abi.OK, errno)
	return s.Socket.(*fakeSocket)
}

func TestASocketIsMadeNonblockingIfAskedTo(t *testing.T) {
	b := newBench(t, Config{})
	require.False(t, b.socketOf(b.socket(abi.SOCK_STREAM)).nonblock)
	require.True(t, b.socketOf(b.socket(abi.SOCK_STREAM|abi.SOCK_NONBLOCK)).nonblock)
}
