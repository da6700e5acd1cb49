package wasi

import (
	"context"
	"encoding/binary"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
)

// pair makes two connected AF_UNIX sockets and returns their descriptors.
func (b *bench) pair() (x, y uint32) {
	require.Zero(b.t, b.sock(abi.SocketPair, uint32(abi.AF_UNIX), uint32(abi.SOCK_STREAM), 0, 64, 68))
	return b.u32(64), b.u32(68)
}

// sendMsg sends a byte with control messages.
func (b *bench) sendMsg(fd uint32, control []byte) abi.Errno {
	copy(b.mem()[4096:], control)
	return abi.Errno(b.sock(abi.SendMsg, fd, 1024, 1, 0, 0, 0, 4096, uint32(len(control)), 512))
}

// recvMsg receives with room for control messages, and returns them.
func (b *bench) recvMsg(fd, room uint32) (all []abi.Control, out abi.MsgFlags) {
	b.t.Helper()
	require.Zero(b.t, b.sock(abi.RecvMsg, fd, 1024, 100, 512, 0, 0, 0, 516, 8192, room, 520, 524))
	for rest := b.mem()[8192 : 8192+b.u32(520)]; ; {
		c, next, ok, err := abi.DecodeControl(rest)
		require.Equal(b.t, abi.OK, err)
		if rest = next; !ok {
			return all, abi.MsgFlags(b.u32(524))
		}
		all = append(all, c)
	}
}

func rightsOf(fds ...uint32) []byte {
	var data []byte
	for _, fd := range fds {
		data = binary.LittleEndian.AppendUint32(data, fd)
	}
	b, _ := abi.AppendControl(nil, abi.Control{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Data: data}, 1<<16)
	return b
}

func onLoopback() Config { return Config{Stack: policy.New(kernel.New(), policy.Options{})} }

func openDescriptors(t *testing.T) int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no way to count descriptors")
	}
	return len(all)
}

func TestAPassedSocketIsANewDescriptor(t *testing.T) {
	b := newBench(t, onLoopback())
	x, y := b.pair()
	s := b.socket(abi.SOCK_STREAM)
	require.Equal(t, abi.OK, b.sendMsg(x, rightsOf(s, s)))
	all, out := b.recvMsg(y, 100)
	require.Zero(t, out)
	require.Equal(t, []abi.Control{{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Data: []byte{byte(s + 1), 0, 0, 0, byte(s + 2), 0, 0, 0}}}, all)
	require.Equal(t, 5, b.p.Usage().Connections, "the pair, the socket and the two that came")
	for _, fd := range []uint32{s, s + 1, s + 2} {
		require.Equal(t, abi.OK, b.wasi("fd_close", fd))
	}
}

func TestWhatCannotBePassed(t *testing.T) {
	explained := ""
	cfg := onLoopback()
	cfg.Mounts = 1
	cfg.Explain = func(_ string, _ abi.Errno, why string) { explained = why }
	b := newBench(t, cfg)
	x, _ := b.pair()
	for fd, want := range map[uint32]abi.Errno{99: abi.EBADF, 1<<32 - 1: abi.EBADF, 0: abi.EOPNOTSUPP, 1: abi.EOPNOTSUPP, 3: abi.EOPNOTSUPP} {
		explained = ""
		require.Equal(t, want, b.sendMsg(x, rightsOf(x, fd)), fd)
		if want == abi.EOPNOTSUPP {
			require.Contains(t, explained, "only sockets and pipes")
		}
	}
	require.Equal(t, abi.EINVAL, b.sendMsg(b.socket(abi.SOCK_DGRAM), rightsOf(x)))
	require.Contains(t, explained, "AF_UNIX")
	many := make([]uint32, sock.MaxRights+1)
	for i := range many {
		many[i] = x
	}
	require.Equal(t, abi.EINVAL, b.sendMsg(x, rightsOf(many...)))
	require.Equal(t, abi.EINVAL, b.sendMsg(x, rightsOf(x)[:19]), "a length beyond the end")
	bad := rightsOf(x)
	bad[0] = 22
	require.Equal(t, abi.EINVAL, b.sendMsg(x, bad), "half a descriptor")
	other, _ := abi.AppendControl(nil, abi.Control{Level: abi.SOL_SOCKET, Type: 2, Data: make([]byte, 12)}, 100)
	require.Equal(t, abi.EOPNOTSUPP, b.sendMsg(x, other))
	var flood []byte
	for range maxControls + 1 {
		flood = append(flood, rightsOf(x)...)
	}
	require.Equal(t, abi.EINVAL, b.sendMsg(x, flood))
}

func TestControlMessagesAreCutAsThereIsRoom(t *testing.T) {
	for room, want := range map[uint32]struct {
		fds int
		out abi.MsgFlags
	}{0: {0, abi.MSG_CTRUNC}, 15: {0, abi.MSG_CTRUNC}, 16: {0, abi.MSG_CTRUNC}, 19: {0, abi.MSG_CTRUNC},
		20: {1, abi.MSG_CTRUNC}, 23: {1, abi.MSG_CTRUNC}, 24: {2, abi.MSG_CTRUNC}, 27: {2, abi.MSG_CTRUNC}, 28: {3, 0}, 32: {3, 0}} {
		before := openDescriptors(t)
		b := newBench(t, onLoopback())
		x, y := b.pair()
		require.Equal(t, abi.OK, b.sendMsg(x, rightsOf(x, y, x)))
		open := b.p.fds.open
		all, out := b.recvMsg(y, room)
		require.Equal(t, want.out, out, room)
		require.Equal(t, open+want.fds, b.p.fds.open, room)
		if want.fds > 0 {
			require.Len(t, all[0].Data, 4*want.fds, room)
		}
		b.p.Close()
		require.Equal(t, before, openDescriptors(t), room)
	}
}

func TestPassedSocketsCountAgainstTheLimits(t *testing.T) {
	before := openDescriptors(t)
	cfg := onLoopback()
	cfg.Descriptors = 4
	b := newBench(t, cfg)
	x, y := b.pair()
	require.Equal(t, abi.OK, b.sendMsg(x, rightsOf(x, x, x)))
	all, out := b.recvMsg(y, 100)
	require.Equal(t, abi.MSG_CTRUNC, out)
	require.Len(t, all[0].Data, 8)
	require.EqualValues(t, abi.EMFILE, b.sock(abi.Socket, uint32(abi.AF_INET), uint32(abi.SOCK_STREAM), 0, 64))
	b.p.Close()
	require.Equal(t, before, openDescriptors(t))

	cfg = onLoopback()
	cfg.Connections = 3
	b = newBench(t, cfg)
	x, y = b.pair()
	require.Equal(t, abi.OK, b.sendMsg(x, rightsOf(x, x, x)))
	func() {
		defer func() { require.IsType(t, &sys.ExitError{}, recover()) }()
		b.recvMsg(y, 100)
	}()
	require.Equal(t, LimitConnections, b.p.Stopped().Limit)
	b.p.Close()
	require.Equal(t, before, openDescriptors(t), "those that were not given a number are closed")
}

func TestAFloodOfDescriptorsThatNobodyReceivesEnds(t *testing.T) {
	before := openDescriptors(t)
	cfg := onLoopback()
	cfg.Descriptors = 100
	b := newBench(t, cfg)
	ten := make([]uint32, 10)
	var err abi.Errno
	sent := 0
	for err == abi.OK && sent < 1000 {
		x, y := b.pair()
		for i := range ten {
			ten[i] = x
		}
		if err = b.sendMsg(x, rightsOf(ten...)); err == abi.OK {
			sent += len(ten)
		}
		b.wasi("fd_close", x)
		b.wasi("fd_close", y)
	}
	require.Equal(t, abi.ENOBUFS, err)
	require.Equal(t, 100, sent)
	b.p.Close()
	require.Equal(t, before, openDescriptors(t))
}

func TestDescriptorsThatWereReceivedNoLongerCount(t *testing.T) {
	cfg := onLoopback()
	cfg.Descriptors = 10
	b := newBench(t, cfg)
	x, y := b.pair()
	for range 50 {
		require.Equal(t, abi.OK, b.sendMsg(x, rightsOf(x)))
		all, _ := b.recvMsg(y, 100)
		require.Equal(t, abi.OK, b.wasi("fd_close", binary.LittleEndian.Uint32(all[0].Data)))
	}
	sent := 0
	for b.sendMsg(x, rightsOf(x)) == abi.OK { // and those that were not, still do
		sent++
		require.LessOrEqual(t, sent, b.p.fds.limit())
	}
	require.Equal(t, b.p.fds.limit(), sent)
}

func TestMessagesCountAsTraffic(t *testing.T) {
	b := newBench(t, Config{Traffic: 2})
	x, y := b.pair()
	require.Equal(t, abi.OK, b.sendMsg(x, nil))
	require.Equal(t, abi.OK, b.sendMsg(x, nil))
	require.EqualValues(t, 2, b.p.Usage().Sent)
	b.recvMsg(y, 100)
	require.EqualValues(t, 3, b.p.Usage().Received)
	require.Zero(t, b.sock(abi.RecvMsg, y, 1024, 100, 512, uint32(abi.MSG_PEEK), 0, 0, 516, 8192, 100, 520, 524))
	require.EqualValues(t, 3, b.p.Usage().Received, "a look")
	require.True(t, ends(func() { b.sendMsg(x, nil) }))
	require.Equal(t, LimitTraffic, b.p.Stopped().Limit)
}

func TestNoMoreDescriptorsArePassedAtOnceThanLinuxAllows(t *testing.T) {
	b := newBench(t, Config{})
	x, _ := b.pair()
	many := make([]uint32, sock.MaxRights+1)
	for i := range many {
		many[i] = x
	}
	require.Equal(t, abi.EINVAL, b.sendMsg(x, rightsOf(many...)))
	require.Equal(t, abi.EINVAL, b.sendMsg(x, append(rightsOf(many[:200]...), rightsOf(many[200:]...)...)))
	require.Equal(t, abi.OK, b.sendMsg(x, rightsOf(many[1:]...)))
	require.Len(t, b.socketOf(x).control[0].Sockets, sock.MaxRights)
	require.Nil(t, b.socketOf(x).control[0].Data, "numbers that mean nothing below")
	b.socketOf(x).control = nil
	require.Equal(t, abi.OK, b.sendMsg(x, rightsOf()))
	require.Empty(t, b.socketOf(x).control)
}

func TestSocketsThatComeAndHaveNoRoomAreClosed(t *testing.T) {
	for room, want := range map[uint32]int{24 + 20: 1, 24 + 28: 3} { // behind another message
		b := newBench(t, Config{})
		_, y := b.pair()
		came := append([]sock.Socket(nil), b.socketOf(y).came...)
		all, out := b.recvMsg(y, room)
		require.Equal(t, want < 3, out&abi.MSG_CTRUNC != 0)
		require.Len(t, all[1].Data, 4*want)
		for i, s := range came {
			require.Equal(t, i >= want, s.(*fakeSocket).closed == 1, "socket %d", i)
		}
	}
	b := newBench(t, Config{Descriptors: 2})
	_, y := b.pair()
	came := b.socketOf(y).came
	_, out := b.recvMsg(y, 100)
	require.Equal(t, abi.MSG_CTRUNC, out)
	for _, s := range came {
		require.Equal(t, 1, s.(*fakeSocket).closed, "no number is left")
	}
	_, out = b.recvMsg(b.socketOn(&fakeSocket{}), 18)
	require.Equal(t, abi.MSG_CTRUNC, out, "another message is cut as well")
}

// socketOn gives a socket a descriptor, whether there is room for it or not.
func (b *bench) socketOn(s sock.Socket) uint32 {
	return uint32(b.p.fds.add(&file{kind: fdSocket, sock: &openSocket{Socket: s, family: abi.AF_INET, typ: abi.SOCK_STREAM}}))
}

func TestASocketThatIsRefusedIsToldInTheTrace(t *testing.T) {
	before := openDescriptors(t)
	rec := &recorder{}
	machine, err := kernel.New().Socket(abi.AF_UNIX, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, abi.OK, machine.Bind(abi.UnixAddr("\x00socklab-wasi-message-test")))
	theirs, ours, err := kernel.New().SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, err)
	cfg := onLoopback()
	cfg.Recorder = rec
	b := newBench(t, cfg)
	fd, err := b.p.addSocket(ours, abi.AF_UNIX, abi.SOCK_STREAM, false)
	require.Equal(t, abi.OK, err)
	_, err = sock.SendMsg(context.Background(), theirs, []byte("x"), 0, abi.Sockaddr{},
		[]sock.Control{{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: []sock.Socket{machine}}})
	require.Equal(t, abi.OK, err)
	all, out := b.recvMsg(uint32(fd), 100)
	require.Empty(t, all)
	require.Equal(t, abi.MSG_CTRUNC, out)
	require.Contains(t, rec.events[len(rec.events)-1].Call.Note, "dropped")
	machine.Close()
	theirs.Close()
	b.p.Close()
	require.Equal(t, before, openDescriptors(t))
}
