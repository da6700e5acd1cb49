package wasi

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/abi"
	"socklab/host/trace"
)

// good are parameters with which a call of the table succeeds, by kind: all
// pointers lie in memory.
func good(fn *abi.Func, fd uint32) []uint32 {
	var w []uint32
	at := uint32(1024)
	for _, p := range fn.Params {
		switch p.Kind {
		case abi.FD:
			w = append(w, fd)
		case abi.Int:
			w = append(w, 1)
		case abi.In:
			w = append(w, at, 16)
		case abi.Out:
			w = append(w, at, 512, at+1020)
		default:
			w = append(w, at)
		}
		at += 1024
	}
	return w
}

func TestEveryBadPointerIsEFAULTAndNothingHappens(t *testing.T) {
	for i := range abi.Funcs {
		fn := &abi.Funcs[i]
		word := 0
		for _, p := range fn.Params {
			first := word
			word += p.Kind.Words()
			if p.Kind == abi.FD || p.Kind == abi.Int {
				continue
			}
			// Each pointer, and each length that reaches beyond the memory.
			for w := first; w < first+p.Kind.Words(); w++ {
				t.Run(fmt.Sprintf("%s/%s/%d", fn.Name, p.Name, w-first), func(t *testing.T) {
					b := newBench(t, Config{})
					fd := b.socket(abi.SOCK_STREAM)
					params := good(fn, fd)
					params[w] = memorySize
					open := b.p.fds.open
					require.Equal(t, int32(abi.EFAULT), b.sock(fn.Call, params...))
					require.Equal(t, open, b.p.fds.open, "a descriptor was made or lost")
					s, _ := b.p.fds.socket(int32(fd))
					require.Empty(t, s.Socket.(*fakeSocket).sent)
				})
			}
		}
	}
}

func TestEveryCallWithGoodParametersSucceeds(t *testing.T) {
	for i := range abi.Funcs {
		fn := &abi.Funcs[i]
		t.Run(fn.Name, func(t *testing.T) {
			b := newBench(t, Config{})
			fd := b.socket(abi.SOCK_STREAM)
			params := good(fn, fd)
			for _, p := range []uint32{1024, 2048, 3072, 4096} { // an address wherever one may be read
				copy(b.mem()[p:], []byte{2, 0, 0x23, 0x28, 127, 0, 0, 1})
			}
			want := map[abi.Call]abi.Errno{ // as far as a guest with no peer and no children can
				abi.SendMsg:     abi.EINVAL, // an address is no control message
				abi.GetPeerName: abi.ENOTCONN, abi.Spawn: abi.ENOSYS, abi.WaitPID: abi.ECHILD, abi.Kill: abi.ESRCH,
			}[fn.Call]
			require.Equal(t, int32(want), b.sock(fn.Call, params...))
		})
	}
}

func TestABadDescriptorIsEBADFAndAFileIsENOTSOCK(t *testing.T) {
	for i := range abi.Funcs {
		fn := &abi.Funcs[i]
		if fn.Params[0].Kind != abi.FD || fn.Call == abi.SetNonblock || fn.Call == abi.Dup {
			continue
		}
		b := newBench(t, Config{Mounts: 1})
		for fd, want := range map[uint32]abi.Errno{99: abi.EBADF, 1<<32 - 1: abi.EBADF, 1 << 31: abi.EBADF, 3: abi.ENOTSOCK, 1: abi.ENOTSOCK} {
			require.Equal(t, int32(want), b.sock(fn.Call, good(fn, fd)...), "%s(%d)", fn.Name, int32(fd))
		}
	}
}

func TestDescriptorsAreTheLowestFree(t *testing.T) {
	b := newBench(t, Config{Mounts: 1})
	require.EqualValues(t, 4, b.socket(abi.SOCK_STREAM))
	require.EqualValues(t, 5, b.socket(abi.SOCK_STREAM))
	require.Equal(t, abi.OK, b.wasi("fd_close", 4))
	require.EqualValues(t, 4, b.socket(abi.SOCK_STREAM))
	require.Equal(t, abi.OK, b.wasi("fd_close", 0))
	require.EqualValues(t, 0, b.socket(abi.SOCK_STREAM), "POSIX: standard input's number is free too")
}

func TestSocketNumbersBeginWhereTheyAreTold(t *testing.T) {
	b := newBench(t, Config{FirstFD: 37})
	require.EqualValues(t, 37, b.socket(abi.SOCK_STREAM))
	require.EqualValues(t, 38, b.socket(abi.SOCK_STREAM))
}

func TestTheDescriptorTableHasAnEnd(t *testing.T) {
	b := newBench(t, Config{Mounts: 1, Descriptors: 2})
	b.socket(abi.SOCK_STREAM)
	b.socket(abi.SOCK_STREAM)
	params := []uint32{uint32(abi.AF_INET), 1, 0, 64}
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.Socket, params...))
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.Dup, 4, 64))
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.Accept, 4, 0, 0, 0, 0, 64))
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.SocketPair, uint32(abi.AF_UNIX), 1, 0, 64, 68))
	require.Equal(t, abi.EMFILE, b.wasi("path_open", 3, 0, 0, 1, 0, 0, 0, 0, 64))
	require.Equal(t, abi.OK, b.wasi("fd_close", 4))
	require.Zero(t, b.sock(abi.Socket, params...))
}

func TestDupSharesTheSocketUntilTheLastClose(t *testing.T) {
	b := newBench(t, Config{})
	fd := b.socket(abi.SOCK_STREAM)
	s, _ := b.p.fds.socket(int32(fd))
	fake := s.Socket.(*fakeSocket)
	require.Zero(t, b.sock(abi.Dup, fd, 64))
	twin := b.u32(64)
	require.NotEqual(t, fd, twin)
	require.Equal(t, abi.OK, b.wasi("fd_close", fd))
	require.Zero(t, fake.closed)
	require.Zero(t, b.sock(abi.Listen, twin, 1))
	require.Equal(t, abi.OK, b.wasi("fd_close", twin))
	require.Equal(t, 1, fake.closed)
}

func TestDupSharesTheFileUntilTheLastClose(t *testing.T) {
	b := newBench(t, Config{Mounts: 1, Devices: true})
	require.Equal(t, abi.OK, b.wasi("path_open", 3, 0, 0, 1, 0, 0, 0, 0, 60))
	fd := b.u32(60)
	require.Zero(t, b.sock(abi.Dup, fd, 64))
	twin := b.u32(64)
	f, _ := b.p.fds.get(int32(fd))
	g, errno := b.p.fds.get(int32(twin))
	require.Equal(t, abi.OK, errno)
	require.Same(t, f, g)
	require.Equal(t, abi.OK, b.wasi("fd_close", fd))
	require.Zero(t, b.inner["fd_close"])
	require.Equal(t, abi.OK, b.wasi("fd_renumber", twin, 0), "as dup2 does")
	require.Zero(t, b.inner["fd_close"])
	require.Equal(t, abi.OK, b.wasi("fd_close", 0))
	require.Equal(t, 1, b.inner["fd_close"])

	require.Equal(t, int32(abi.ENOTSUP), b.sock(abi.Dup, 3, 64), "a mount")
	require.Equal(t, int32(abi.ENOTSUP), b.sock(abi.Dup, 4, 64), "the devices' folder")
	for _, name := range []string{"call", "freeze"} {
		fd, errno := b.p.openDevice(name)
		require.Equal(t, abi.OK, errno)
		require.Equal(t, int32(abi.ENOTSUP), b.sock(abi.Dup, uint32(fd), 64), name)
	}
}

func TestRenumberMovesASocketAndClosesWhatWasThere(t *testing.T) {
	b := newBench(t, Config{Mounts: 1})
	from, to := b.socket(abi.SOCK_STREAM), b.socket(abi.SOCK_DGRAM)
	s, _ := b.p.fds.socket(int32(from))
	old, _ := b.p.fds.socket(int32(to))
	require.Equal(t, abi.OK, b.wasi("fd_renumber", from, to))
	moved, errno := b.p.fds.socket(int32(to))
	require.Equal(t, abi.OK, errno)
	require.Same(t, s, moved)
	require.Equal(t, 1, old.Socket.(*fakeSocket).closed)
	_, errno = b.p.fds.get(int32(from))
	require.Equal(t, abi.EBADF, errno)
	require.Equal(t, abi.OK, b.wasi("fd_renumber", to, to))
	require.Equal(t, abi.EBADF, b.wasi("fd_renumber", to, from), "a number that is free")
	require.Equal(t, abi.EBADF, b.wasi("fd_renumber", to, 1<<30))
	require.Equal(t, abi.EBADF, b.wasi("fd_renumber", 99, to))

	require.Equal(t, abi.OK, b.wasi("fd_renumber", to, 3), "onto a mount")
	require.Equal(t, 1, b.inner["fd_close"], "the mount was not closed")
	moved, errno = b.p.fds.socket(3)
	require.Equal(t, abi.OK, errno)
	require.Same(t, s, moved)
}

func TestClosingTheProcessClosesEverySocketOnce(t *testing.T) {
	p, err := NewProcess(Config{Stack: fakeStack{}})
	require.NoError(t, err)
	a := &fakeSocket{}
	fd, errno := p.addSocket(a, abi.AF_INET, abi.SOCK_STREAM, false)
	require.Equal(t, abi.OK, errno)
	f, _ := p.fds.get(fd)
	p.fds.add(f) // a dup
	p.Close()
	require.Equal(t, 1, a.closed)
}

func TestASocketIsAnOrdinaryDescriptor(t *testing.T) {
	b := newBench(t, Config{})
	fd := b.socket(abi.SOCK_STREAM)
	s, _ := b.p.fds.socket(int32(fd))
	m := b.mem()
	copy(m[512:], "hello world")
	// Two buffers, "hello" and " world", and a result at 256.
	copy(m[0:], []byte{0, 2, 0, 0, 5, 0, 0, 0, 5, 2, 0, 0, 6, 0, 0, 0})
	require.Equal(t, abi.OK, b.wasi("fd_write", fd, 0, 2, 256))
	require.EqualValues(t, 11, b.u32(256))
	require.Equal(t, "hello world", string(s.Socket.(*fakeSocket).sent))
	require.Equal(t, abi.OK, b.wasi("fd_read", fd, 0, 2, 256))
	require.EqualValues(t, 3, b.u32(256))
	require.Equal(t, "abclo world", string(m[512:523]))
	require.Equal(t, abi.OK, b.wasi("fd_fdstat_get", fd, 2048))
	require.EqualValues(t, filetypeStream, m[2048])
	require.Equal(t, abi.OK, b.wasi("fd_filestat_get", fd, 2048))
	require.EqualValues(t, filetypeStream, m[2048+16])
	require.Equal(t, abi.ESPIPE, b.wasi("fd_seek", fd, 0, 0, 2048))
	require.Equal(t, abi.OK, b.wasi("fd_fdstat_set_flags", fd, fdflagNonblock))
	require.True(t, s.Nonblock())
	require.Equal(t, abi.EINVAL, b.wasi("fd_write", fd, 0, maxIovecs+1, 256))
	require.Equal(t, abi.EFAULT, b.wasi("fd_write", fd, memorySize-8, 2, 256))
	require.Equal(t, abi.EFAULT, b.wasi("fd_read", fd, 0, 1, memorySize-3))
}

func TestADatagramFillsItsBuffersInTurn(t *testing.T) {
	b := newBench(t, Config{})
	fd := b.socket(abi.SOCK_DGRAM)
	m := b.mem()
	copy(m[0:], []byte{0, 2, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 9, 0, 0, 0})
	require.Equal(t, abi.OK, b.wasi("fd_read", fd, 0, 2, 256))
	require.EqualValues(t, 3, b.u32(256))
	require.Equal(t, "ab", string(m[512:514]))
	require.Equal(t, "c", string(m[768:769]))
}

// ends runs f and tells whether it ended the guest.
func ends(f func()) (ended bool) {
	defer func() {
		if e, ok := recover().(*sys.ExitError); ok && e.ExitCode() == stopCode {
			ended = true
		}
	}()
	f()
	return false
}

func TestOutputBeyondItsLimitEndsTheGuestAndKeepsTheRest(t *testing.T) {
	var out bytes.Buffer
	b := newBench(t, Config{Stdout: &out, Output: 8})
	copy(b.mem()[512:], "12345678")
	copy(b.mem()[0:], []byte{0, 2, 0, 0, 5, 0, 0, 0})
	require.False(t, ends(func() { b.wasi("fd_write", 1, 0, 1, 256) }))
	require.True(t, ends(func() { b.wasi("fd_write", 1, 0, 1, 256) }))
	require.Equal(t, "12345123", out.String())
	require.Equal(t, LimitOutput, b.p.Stopped().Limit)
	require.EqualValues(t, 8, b.p.Usage().Output)
}

func TestConnectionsAndTrafficHaveLimits(t *testing.T) {
	b := newBench(t, Config{Connections: 1})
	b.socket(abi.SOCK_STREAM)
	require.True(t, ends(func() { b.socket(abi.SOCK_STREAM) }))
	require.Equal(t, LimitConnections, b.p.Stopped().Limit)

	b = newBench(t, Config{Traffic: 10})
	fd := b.socket(abi.SOCK_STREAM)
	require.False(t, ends(func() { b.sock(abi.SendTo, fd, 512, 10, 0, 0, 0, 64) }))
	require.True(t, ends(func() { b.sock(abi.SendTo, fd, 512, 1, 0, 0, 0, 64) }))
	require.Equal(t, LimitTraffic, b.p.Stopped().Limit)
}

func TestAStoppedGuestEndsAtItsNextCall(t *testing.T) {
	for _, name := range wrapperNames() {
		b := newBench(t, Config{})
		b.p.Stop(Stop{})
		require.True(t, ends(func() { b.wasi(name, 0, 0, 0, 0, 0, 0, 0, 0, 0) }), name)
	}
	for i := range abi.Funcs {
		b := newBench(t, Config{})
		fd := b.socket(abi.SOCK_STREAM)
		b.p.Stop(Stop{})
		require.True(t, ends(func() { b.sock(abi.Call(i), good(&abi.Funcs[i], fd)...) }), abi.Funcs[i].Name)
		require.Empty(t, b.socketOf(fd).sent, "it ends before the call is made")
	}
}

func TestTheTraceTellsEveryCallTwice(t *testing.T) {
	r := &recorder{}
	b := newBench(t, Config{Name: "server", Recorder: r})
	fd := b.socket(abi.SOCK_STREAM)
	copy(b.mem()[512:], "ping")
	require.Zero(t, b.sock(abi.SendTo, fd, 512, 4, 0, 0, 0, 64))
	require.Zero(t, b.sock(abi.SendTo, fd, 512, 2, 0, 0, 0, 64))
	require.Equal(t, int32(abi.EBADF), b.sock(abi.Listen, 77, 1))
	require.Equal(t, abi.OK, b.wasi("fd_close", fd))

	var lines []string
	for i := 0; i < len(r.events); i += 2 {
		enter, exit := r.events[i], r.events[i+1]
		require.Equal(t, trace.Enter, enter.Kind)
		require.Equal(t, trace.Exit, exit.Kind)
		require.Equal(t, enter.Call.Seq, exit.Call.Seq)
		require.Equal(t, "server", exit.Call.Guest)
		lines = append(lines, fmt.Sprintf("%s %d=%d %s %q [%d,%d)", exit.Call.Name, exit.Call.FD, exit.Call.Ret, exit.Call.Err.Name(), exit.Call.Data, exit.Call.From, exit.Call.To))
	}
	require.Equal(t, strings.TrimSpace(`
socket -1=3 OK "" [0,0)
sendto 3=4 OK "ping" [0,4)
sendto 3=2 OK "pi" [4,6)
listen 77=-1 EBADF "" [0,0)
close 3=0 OK "" [0,0)`), strings.Join(lines, "\n"))
}

func TestAGuestEndedInsideACallIsAnAbort(t *testing.T) {
	r := &recorder{}
	b := newBench(t, Config{Recorder: r, Traffic: 1})
	fd := b.socket(abi.SOCK_STREAM)
	r.events = nil
	require.True(t, ends(func() { b.sock(abi.SendTo, fd, 512, 10, 0, 0, 0, 64) }))
	b.p.Close()
	require.Equal(t, trace.Abort, r.events[len(r.events)-1].Kind)
	require.Equal(t, "sendto", r.events[len(r.events)-1].Call.Name)
}

func TestTheTableHasAHandlerForEveryCall(t *testing.T) {
	for i := range abi.Funcs {
		require.NotNil(t, handlers[i], abi.Funcs[i].Name)
		require.LessOrEqual(t, len(abi.Funcs[i].Params), maxParams)
	}
}
