package wasi

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// refusing is a stack that refuses everything, with an errno that nothing else
// here gives.
type refusing struct{ fakeStack }

const refused, refusedName = abi.ENETDOWN, abi.EAI_FAIL

func (refusing) Socket(abi.Family, abi.Type, abi.Protocol) (sock.Socket, abi.Errno) {
	return nil, refused
}
func (refusing) SocketPair(abi.Family, abi.Type, abi.Protocol) (sock.Socket, sock.Socket, abi.Errno) {
	return nil, nil, refused
}
func (refusing) GetAddrInfo(context.Context, string, string, sock.Hints) ([]abi.AddrInfo, abi.EAI) {
	return nil, refusedName
}
func (refusing) GetNameInfo(context.Context, abi.Sockaddr, int) (string, string, abi.EAI) {
	return "", "", refusedName
}
func (refusing) ServiceByName(string, string) (int, bool) { return 0, false }
func (refusing) ServiceByPort(int, string) (string, bool) { return "", false }

type refusingSocket struct{ fakeSocket }

func (s *refusingSocket) Bind(abi.Sockaddr) abi.Errno                     { return refused }
func (s *refusingSocket) Listen(int) abi.Errno                            { return refused }
func (s *refusingSocket) Connect(context.Context, abi.Sockaddr) abi.Errno { return refused }
func (s *refusingSocket) Shutdown(abi.How) abi.Errno                      { return refused }
func (s *refusingSocket) SetOption(abi.Option, []byte) abi.Errno          { return refused }
func (s *refusingSocket) GetOption(abi.Option, []byte) (int, abi.Errno)   { return 0, refused }
func (s *refusingSocket) LocalAddr() (abi.Sockaddr, abi.Errno)            { return abi.Sockaddr{}, refused }
func (s *refusingSocket) PeerAddr() (abi.Sockaddr, abi.Errno)             { return abi.Sockaddr{}, refused }
func (s *refusingSocket) Pending() (int, abi.Errno)                       { return 0, refused }
func (s *refusingSocket) Accept(context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	return nil, abi.Sockaddr{}, refused
}
func (s *refusingSocket) Send(context.Context, []byte, abi.MsgFlags, abi.Sockaddr) (int, abi.Errno) {
	return 0, refused
}
func (s *refusingSocket) Recv(context.Context, []byte, abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return 0, abi.Sockaddr{}, 0, refused
}
func (s *refusingSocket) SendMsg(context.Context, []byte, abi.MsgFlags, abi.Sockaddr, []sock.Control) (int, abi.Errno) {
	return 0, refused
}
func (s *refusingSocket) RecvMsg(context.Context, []byte, abi.MsgFlags, *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return 0, abi.Sockaddr{}, 0, refused
}

// addresses puts one wherever a call with good parameters may read one.
func (b *bench) addresses() {
	for _, at := range []uint32{1024, 2048, 3072, 4096} {
		copy(b.mem()[at:], []byte{2, 0, 0x23, 0x28, 127, 0, 0, 1})
	}
}

func TestWhatTheStackRefusesTheGuestIsToldAndNothingIsWritten(t *testing.T) {
	for i := range abi.Funcs {
		fn := &abi.Funcs[i]
		want := int32(refused)
		switch fn.Call {
		case abi.GetAddrInfo, abi.GetNameInfo:
			want = int32(refusedName)
		case abi.GetServByName, abi.GetServByPort:
			want = int32(abi.ENOENT)
		case abi.GetHostName, abi.SetNonblock, abi.Dup, abi.Spawn, abi.WaitPID, abi.Kill, abi.EpollCreate: // the stack has no say in it
			continue
		}
		t.Run(fn.Name, func(t *testing.T) {
			b := newBench(t, Config{Stack: refusing{}})
			fd, errno := b.p.addSocket(&refusingSocket{}, abi.AF_UNIX, abi.SOCK_STREAM, false)
			require.Equal(t, abi.OK, errno)
			b.addresses()
			params := good(fn, uint32(fd))
			if fn.Call == abi.SendMsg {
				params[len(params)-2] = 0 // no control messages
			}
			before, open := bytes.Clone(b.mem()), b.p.fds.open
			require.Equal(t, want, b.sock(fn.Call, params...))
			require.Equal(t, before, b.mem())
			require.Equal(t, open, b.p.fds.open)
			require.Zero(t, b.p.Usage().Sent+b.p.Usage().Received)
		})
	}
}

func TestAnAddressThatIsNoneIsRefusedBeforeTheStackIsAsked(t *testing.T) {
	for call, want := range map[abi.Call]int32{
		abi.Bind: int32(abi.EINVAL), abi.Connect: int32(abi.EINVAL), abi.SendTo: int32(abi.EINVAL), abi.SendMsg: int32(abi.EINVAL),
		abi.GetNameInfo: int32(abi.EAI_FAMILY),
	} {
		fn := &abi.Funcs[call]
		b := newBench(t, Config{Stack: refusing{}})
		fd, _ := b.p.addSocket(&refusingSocket{}, abi.AF_INET, abi.SOCK_DGRAM, false)
		for _, at := range []uint32{1024, 2048, 3072, 4096} {
			b.mem()[at] = byte(abi.AF_INET6) // whose addresses are longer
		}
		params := good(fn, uint32(fd))
		if call == abi.SendMsg {
			params[len(params)-2] = 0 // no control messages
		}
		require.Equal(t, want, b.sock(call, params...), fn.Name)
	}
}

func TestEveryAnswerLiesWhereTheGuestAskedForIt(t *testing.T) {
	inet := "\x02\x00\x23\x28\x7f\x00\x00\x01"
	record := string(abi.AppendAddrInfo(nil, abi.AddrInfo{Family: abi.AF_INET, Type: abi.SOCK_STREAM, Addr: loopback, Canonical: "nodenodenodenode"}))
	for call, want := range map[abi.Call]map[uint32]string{ // by addresses that good gives
		abi.Socket:        {4096: "\x04\x00\x00\x00"},
		abi.SocketPair:    {4096: "\x04\x00\x00\x00", 5120: "\x05\x00\x00\x00"},
		abi.Accept:        {3072: inet, 3072 + 1020: "\x10\x00\x00\x00", 4096: "\x04\x00\x00\x00"},
		abi.SendTo:        {5120: "\x10\x00\x00\x00"},
		abi.RecvFrom:      {2048: "abc\x00", 2048 + 1020: "\x03\x00\x00\x00", 4096: inet, 4096 + 1020: "\x10\x00\x00\x00"},
		abi.GetSockOpt:    {4096: "\x01\x00\x00\x00", 4096 + 1020: "\x04\x00\x00\x00"},
		abi.GetSockName:   {2048: inet, 2048 + 1020: "\x10\x00\x00\x00"},
		abi.GetAddrInfo:   {7168: record, 7168 + 1020: string(numbers(uint32(len(record))))},
		abi.GetNameInfo:   {3072: "localhost\x00", 3072 + 1020: "\x09\x00\x00\x00", 4096: "http", 4096 + 1020: "\x04\x00\x00\x00"},
		abi.GetHostName:   {1024: "lab\x00", 1024 + 1020: "\x03\x00\x00\x00"},
		abi.GetServByName: {3072: "\x50\x00\x00\x00"},
		abi.GetServByPort: {3072: "http\x00", 3072 + 1020: "\x04\x00\x00\x00"},
		abi.Dup:           {2048: "\x04\x00\x00\x00"},
		abi.Pending:       {2048: "\x03\x00\x00\x00"},
		abi.SendMsg:       {6144: "\x10\x00\x00\x00"},
		abi.RecvMsg:       {2048: "abc\x00", 2048 + 1020: "\x03\x00\x00\x00", 4096: inet, 4096 + 1020: "\x10\x00\x00\x00", 5120 + 1020: "\x18\x00\x00\x00"},
	} {
		fn := &abi.Funcs[call]
		t.Run(fn.Name, func(t *testing.T) {
			b := newBench(t, Config{})
			fd := b.socket(abi.SOCK_DGRAM)
			params := good(fn, fd)
			switch call {
			case abi.GetNameInfo:
				b.addresses()
			case abi.GetAddrInfo:
				copy(b.mem()[1024:], "nodenodenodenode")
			case abi.SendTo:
				params[5] = 0 // no address
			case abi.SendMsg:
				params[5], params[7] = 0, 0 // and no control messages
			}
			require.Zero(t, b.sock(call, params...))
			for at, text := range want {
				require.Equal(t, text, string(b.mem()[at:at+uint32(len(text))]), "at %d", at)
			}
		})
	}
}

func TestAnAnswerThatIsTooLongIsCutAndItsLengthTold(t *testing.T) {
	b := newBench(t, Config{})
	whole := abi.AppendAddrInfo(nil, abi.AddrInfo{Family: abi.AF_INET, Type: abi.SOCK_STREAM, Addr: loopback, Canonical: "n"})
	b.mem()[1024] = 'n'
	copy(b.mem()[4096:], bytes.Repeat([]byte{'-'}, 100))
	for _, room := range []int{0, 1, len(whole) - 1, len(whole)} {
		require.Zero(t, b.sock(abi.GetAddrInfo, 1024, 1, 0, 0, 0, 0, 0, 0, 4096, uint32(room), 512), room)
		require.EqualValues(t, len(whole), b.u32(512), room)
		require.Equal(t, whole[:room], b.mem()[4096:4096+room], room)
		require.EqualValues(t, '-', b.mem()[4096+len(whole)], "beyond the room")
	}
	require.Zero(t, b.sock(abi.GetHostName, 2048, 2, 512))
	require.EqualValues(t, 3, b.u32(512))
	require.Equal(t, "la\x00", string(b.mem()[2048:2051]))
}

func TestANameThatIsTooLongIsNotAskedFor(t *testing.T) {
	b := newBench(t, Config{})
	for n, ok := range map[uint32]bool{maxName: true, maxName + 1: false, 2 * maxName: false} {
		result := func(eai bool) int32 {
			switch {
			case ok:
				return 0
			case eai:
				return int32(abi.EAI_NONAME)
			}
			return int32(abi.ENOENT)
		}
		require.Equal(t, result(true), b.sock(abi.GetAddrInfo, 1024, n, 0, 0, 0, 0, 0, 0, 0, 0, 0), "%d", n)
		require.Equal(t, result(true), b.sock(abi.GetAddrInfo, 0, 0, 1024, n, 0, 0, 0, 0, 0, 0, 0), "%d", n)
		require.Equal(t, result(false), b.sock(abi.GetServByName, 1024, n, 0, 0, 512), "%d", n)
		require.Equal(t, result(false), b.sock(abi.GetServByName, 0, 0, 1024, n, 512), "%d", n)
		require.Equal(t, result(false), b.sock(abi.GetServByPort, 80, 1024, n, 0, 0, 0), "%d", n)
		require.Zero(t, b.u32(0), "a length that nobody wants is written nowhere")
	}
}

// counting counts what is made, and closes what could not be kept.
type counting struct {
	fakeStack
	made []*fakeSocket
}

func (c *counting) Socket(abi.Family, abi.Type, abi.Protocol) (sock.Socket, abi.Errno) {
	c.made = append(c.made, &fakeSocket{})
	return c.made[len(c.made)-1], abi.OK
}

func (c *counting) SocketPair(abi.Family, abi.Type, abi.Protocol) (sock.Socket, sock.Socket, abi.Errno) {
	a, b := &fakeSocket{}, &fakeSocket{}
	c.made = append(c.made, a, b)
	return a, b, abi.OK
}

// countingListener counts whom it has let in.
type countingListener struct {
	fakeSocket
	accepted int
}

func (s *countingListener) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	s.accepted++
	return s.fakeSocket.Accept(ctx)
}

func TestWithoutRoomNothingIsMadeAndNobodyAccepted(t *testing.T) {
	stack := &counting{}
	b := newBench(t, Config{Stack: stack, Descriptors: 2})
	l := &countingListener{}
	fd, _ := b.p.addSocket(l, abi.AF_INET, abi.SOCK_STREAM, false)
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.SocketPair, uint32(abi.AF_UNIX), 1, 0, 64, 68), "room for one")
	require.Empty(t, stack.made)
	b.socket(abi.SOCK_STREAM)
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.Socket, uint32(abi.AF_INET), 1, 0, 64))
	require.Len(t, stack.made, 1)
	require.Equal(t, int32(abi.EMFILE), b.sock(abi.Accept, uint32(fd), 0, 0, 0, 0, 64))
	require.Zero(t, l.accepted, "who was accepted would be lost")
	late := &fakeSocket{}
	_, errno := b.p.addSocket(late, abi.AF_INET, abi.SOCK_STREAM, false)
	require.Equal(t, abi.EMFILE, errno)
	require.Equal(t, 1, late.closed)
}

func TestAGuestThatSpendsItsConnectionsOnAPairLeavesNoneOpen(t *testing.T) {
	for limit := 1; limit <= 2; limit++ {
		stack := &counting{}
		b := newBench(t, Config{Stack: stack, Connections: limit})
		b.socket(abi.SOCK_STREAM)
		require.True(t, ends(func() { b.sock(abi.SocketPair, uint32(abi.AF_UNIX), 1, 0, 64, 68) }))
		b.p.Close()
		for i, s := range stack.made {
			require.Equal(t, 1, s.closed, "socket %d of a limit of %d", i, limit)
		}
	}
}

func TestEveryRequestThatIsCutOffOrTooLongIsEINVAL(t *testing.T) {
	for i := range abi.Funcs {
		fn := &abi.Funcs[i]
		request := numbers(uint32(fn.Call))
		var in []int // where lengths stand
		for _, p := range fn.Params {
			switch p.Kind {
			case abi.FD:
				request = append(request, numbers(3)...)
			case abi.Int, abi.Out:
				request = append(request, numbers(1)...)
			case abi.In:
				in = append(in, len(request))
				request = append(append(request, numbers(5)...), "hello"...)
			}
		}
		d := newDevice(t, Config{})
		d.socket()
		for n := range request {
			require.Equal(t, abi.EINVAL, d.p.request(d.ctx, request[:n]), "%s: %d of %d bytes", fn.Name, n, len(request))
		}
		require.Equal(t, abi.EINVAL, d.p.request(d.ctx, append(bytes.Clone(request), 0)), fn.Name)
		for _, at := range in {
			for _, n := range []uint32{uint32(len(request)-at-4) + 1, 1 << 31, 1<<32 - 1} {
				bad := bytes.Clone(request)
				binary.LittleEndian.PutUint32(bad[at:], n)
				require.Equal(t, abi.EINVAL, d.p.request(d.ctx, bad), "%s: %d bytes at %d", fn.Name, n, at)
			}
		}
		require.Equal(t, abi.OK, d.p.request(d.ctx, request), fn.Name)
	}
	d := newDevice(t, Config{})
	for _, r := range [][]byte{numbers(uint32(len(abi.Funcs))), numbers(requestDup2, 3), numbers(requestDup2, 3, 4, 5),
		numbers(requestClose, 3, 3), numbers(requestEnv, 1), numbers(requestPoll, 0, 0, 1, 1, 2)} {
		require.Equal(t, abi.EINVAL, d.p.request(d.ctx, r), "%v", r)
	}
}

func TestADevicesAnswerIsWhatTheCallHasAnswered(t *testing.T) {
	d := newDevice(t, Config{})
	fd := d.socket()
	addr := make([]byte, 16)
	require.Equal(t, 16, loopback.Encode(addr))
	require.Equal(t, slices.Concat(numbers(0, 3), []byte("abc"), numbers(16), addr, numbers(0)),
		d.ask(numbers(uint32(abi.RecvFrom), fd, 16, 0, 16)))
	require.Equal(t, append(numbers(0, 3), "la"...), d.ask(numbers(uint32(abi.GetHostName), 2)), "cut, and its length told")
	s, _ := d.p.sockets.socket(int32(fd))
	require.Equal(t, numbers(0, 5), d.ask(slices.Concat(numbers(uint32(abi.SendTo), fd, 5), []byte("hello"), numbers(0, 0))))
	require.Equal(t, "hello", string(s.Socket.(*fakeSocket).sent))
}

func TestTheMostThatARequestMayAskFor(t *testing.T) {
	d := newDevice(t, Config{})
	fd := d.socket()
	require.Equal(t, abi.OK, d.p.request(d.ctx, numbers(uint32(abi.RecvFrom), fd, maxReply, 0, 0)))
	require.Equal(t, abi.EINVAL, d.p.request(d.ctx, numbers(uint32(abi.RecvFrom), fd, maxReply, 0, 1)), "in all")
}
