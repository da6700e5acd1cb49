package wasi

import (
	"context"
	"encoding/binary"
	"net/netip"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental/wazerotest"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/trace"
)

// fakeStack answers at once and never blocks, so that decoding is what is
// tested.
type fakeStack struct{ sock.Stack }

func (fakeStack) Socket(f abi.Family, t abi.Type, _ abi.Protocol) (sock.Socket, abi.Errno) {
	return &fakeSocket{}, abi.OK
}

func (fakeStack) SocketPair(abi.Family, abi.Type, abi.Protocol) (sock.Socket, sock.Socket, abi.Errno) {
	return &fakeSocket{}, &fakeSocket{came: []sock.Socket{&fakeSocket{}, &fakeSocket{}, &fakeSocket{}}}, abi.OK
}

func (fakeStack) GetAddrInfo(_ context.Context, node, service string, _ sock.Hints) ([]abi.AddrInfo, abi.EAI) {
	if node == "" && service == "" {
		return nil, abi.EAI_NONAME
	}
	return []abi.AddrInfo{{Family: abi.AF_INET, Type: abi.SOCK_STREAM, Addr: loopback, Canonical: node}}, 0
}

func (fakeStack) GetNameInfo(context.Context, abi.Sockaddr, int) (string, string, abi.EAI) {
	return "localhost", "http", 0
}
func (fakeStack) Hostname() string                         { return "lab" }
func (fakeStack) ServiceByName(string, string) (int, bool) { return 80, true }
func (fakeStack) ServiceByPort(int, string) (string, bool) { return "http", true }

var loopback = abi.InetAddr(netip.MustParseAddrPort("127.0.0.1:9000"))

type fakeSocket struct {
	sent     []byte
	nonblock bool
	closed   int
	control  []sock.Control
	came     []sock.Socket // what a receive brings
	how      []abi.How     // of its shutdowns
}

type fakeSource struct{}

func (fakeSource) Pollable() {}

func (s *fakeSocket) Bind(abi.Sockaddr) abi.Errno                     { return abi.OK }
func (s *fakeSocket) Listen(int) abi.Errno                            { return abi.OK }
func (s *fakeSocket) Connect(context.Context, abi.Sockaddr) abi.Errno { return abi.OK }
func (s *fakeSocket) Shutdown(how abi.How) abi.Errno                  { s.how = append(s.how, how); return abi.OK }
func (s *fakeSocket) SetOption(abi.Option, []byte) abi.Errno          { return abi.OK }
func (s *fakeSocket) LocalAddr() (abi.Sockaddr, abi.Errno)            { return loopback, abi.OK }
func (s *fakeSocket) PeerAddr() (abi.Sockaddr, abi.Errno)             { return abi.Sockaddr{}, abi.ENOTCONN }
func (s *fakeSocket) SetNonblock(on bool)                             { s.nonblock = on }
func (s *fakeSocket) Nonblock() bool                                  { return s.nonblock }
func (s *fakeSocket) Pending() (int, abi.Errno)                       { return 3, abi.OK }
func (s *fakeSocket) Info() sock.Info                                 { return sock.Info{In: -1, Out: -1} }
func (s *fakeSocket) Source() sock.Source                             { return fakeSource{} }
func (s *fakeSocket) Close() abi.Errno                                { s.closed++; return abi.OK }

func (s *fakeSocket) Accept(context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	return &fakeSocket{}, loopback, abi.OK
}

func (s *fakeSocket) Send(_ context.Context, p []byte, _ abi.MsgFlags, _ abi.Sockaddr) (int, abi.Errno) {
	s.sent = append(s.sent, p...)
	return len(p), abi.OK
}

func (s *fakeSocket) Recv(_ context.Context, p []byte, _ abi.MsgFlags) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	return copy(p, "abc"), loopback, 0, abi.OK
}

func (s *fakeSocket) GetOption(_ abi.Option, v []byte) (int, abi.Errno) {
	return copy(v, "\x01\x00\x00\x00"), abi.OK
}

// Adopt takes everything.
func (fakeStack) Adopt(s sock.Socket) (sock.Socket, abi.Errno) { return s, abi.OK }

func (s *fakeSocket) SendMsg(_ context.Context, p []byte, _ abi.MsgFlags, _ abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	s.sent, s.control = append(s.sent, p...), control
	return len(p), abi.OK
}

func (s *fakeSocket) RecvMsg(_ context.Context, p []byte, _ abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	control.List = append(control.List, sock.Control{Level: abi.Level(abi.IPPROTO_IP), Type: abi.IP_TTL, Data: []byte{64, 0, 0, 0}})
	if s.came != nil {
		control.List = append(control.List, sock.Control{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: s.came})
	}
	return copy(p, "abc"), loopback, 0, abi.OK
}

// bench is a guest without wasm: a memory, a process, and calls by name.
type bench struct {
	t     testing.TB
	p     *Process
	ctx   context.Context
	mod   *wazerotest.Module
	inner map[string]int // how often wazero's own was called
}

const memorySize = 1 << 16

func newBench(t testing.TB, cfg Config) *bench {
	if cfg.Stack == nil {
		cfg.Stack = fakeStack{}
	}
	p, err := NewProcess(cfg)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	b := &bench{t: t, p: p, inner: map[string]int{}}
	b.ctx = WithProcess(context.Background(), p)
	b.mod = wazerotest.NewModule(wazerotest.NewFixedMemory(memorySize))
	return b
}

// mem is the guest's memory.
func (b *bench) mem() []byte {
	m, ok := b.mod.Memory().Read(0, memorySize)
	require.True(b.t, ok)
	return m
}

// sock makes a call of the module socklab.
func (b *bench) sock(c abi.Call, params ...uint32) int32 {
	fn := &abi.Funcs[c]
	require.Len(b.t, params, fn.Words(), fn.Name)
	return int32(b.run(sockFunc(fn), params))
}

// wasi makes a call of WASI. Delegated ones answer 0 without doing anything.
func (b *bench) wasi(name string, params ...uint32) abi.Errno {
	inner := functions{}
	for name := range wrappers {
		inner[name] = api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) {
			b.inner[name]++
			if len(stack) > 0 {
				stack[0] = 0
			}
		})
	}
	return abi.Errno(b.run(wrappers[name](name, inner), params))
}

func (b *bench) run(fn api.GoModuleFunc, params []uint32) uint64 {
	stack := make([]uint64, max(len(params), 1))
	for i, v := range params {
		stack[i] = uint64(v)
	}
	fn(b.ctx, b.mod, stack)
	return stack[0]
}

// u32 reads a number of the guest's memory.
func (b *bench) u32(at uint32) uint32 { return binary.LittleEndian.Uint32(b.mem()[at:]) }

// socket makes a socket and returns its descriptor.
func (b *bench) socket(typ abi.Type) uint32 {
	require.Zero(b.t, b.sock(abi.Socket, uint32(abi.AF_INET), uint32(typ), 0, 64))
	return b.u32(64)
}

// wrapperNames are the WASI calls that are ours, in a fixed order.
func wrapperNames() []string {
	var names []string
	for name := range wrappers {
		if name != "proc_exit" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// recorder keeps events.
type recorder struct{ events []trace.Event }

func (r *recorder) Record(e trace.Event) { r.events = append(r.events, e) }
