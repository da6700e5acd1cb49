package wasi

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"

	"socklab/host/abi"
)

// words cuts fuzzed bytes into parameters.
func words(b []byte, n int) []uint32 {
	w := make([]uint32, n)
	for i := range w {
		if len(b) >= 4 {
			w[i], b = binary.LittleEndian.Uint32(b), b[4:]
		}
	}
	return w
}

// hostile is a process with something to be confused about: sockets, a mount,
// devices, a recorder that looks at everything.
func hostile(t testing.TB, memory []byte) *bench {
	b := newBench(t, Config{Mounts: 1, Devices: true, Recorder: &recorder{}, Descriptors: 64, Spawn: noShell})
	b.socket(abi.SOCK_STREAM)
	b.socket(abi.SOCK_DGRAM)
	b.pair()
	copy(b.mem(), memory)
	return b
}

// noShell starts nothing.
func noShell(context.Context, context.Context, Command) (Child, error) { return nil, errOutput }

var seeds = [][]byte{
	nil,
	{5, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0},
	{5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	{6, 0, 0, 0, 0xf8, 0xff, 0, 0, 8, 0, 0, 0, 0xfc, 0xff, 0, 0},
}

// FuzzSockCalls makes any call of the table with any parameters on any
// memory. A bad one is an errno, never a panic.
func FuzzSockCalls(f *testing.F) {
	for c := range abi.Funcs {
		for _, s := range seeds {
			f.Add(uint8(c), s, []byte{2, 0, 0x23, 0x28, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})
		}
	}
	f.Fuzz(func(t *testing.T, c uint8, params, memory []byte) {
		fn := &abi.Funcs[int(c)%len(abi.Funcs)]
		hostile(t, memory).sock(fn.Call, words(params, fn.Words())...)
	})
}

// FuzzWASICalls does the same with the WASI calls that are ours.
func FuzzWASICalls(f *testing.F) {
	names := wrapperNames()
	for i := range names {
		for _, s := range seeds {
			f.Add(uint8(i), s, []byte{0, 1, 0, 0, 4, 0, 0, 0, 0, 2, 0, 0, 9, 0, 0, 0})
		}
		f.Add(uint8(i), []byte{3, 0, 0, 0}, bytes.Repeat([]byte{'0'}, 64)) // a mount, and sizes that are too large
	}
	f.Fuzz(func(t *testing.T, i uint8, params, memory []byte) {
		hostile(t, memory).wasi(names[int(i)%len(names)], words(params, 9)...)
	})
}

// FuzzPoll decodes subscriptions. Clocks that the input asks for are due at
// once, so that nothing waits.
func FuzzPoll(f *testing.F) {
	f.Add(make([]byte, subscriptionSize))
	two := make([]byte, 2*subscriptionSize)
	two[8], two[16], two[subscriptionSize+8] = eventRead, 5, eventWrite
	f.Add(two)
	f.Fuzz(func(t *testing.T, subs []byte) {
		subs = subs[:len(subs)/subscriptionSize*subscriptionSize]
		for i := 0; i < len(subs); i += subscriptionSize {
			if subs[i+8] == eventClock && subs[i+40]&clockAbsolute == 0 {
				clear(subs[i+24 : i+32])
			}
		}
		if len(subs) == 0 || len(subs) > memorySize/2 {
			return
		}
		// An item that is an error already makes the wait a look.
		bad := make([]byte, subscriptionSize)
		bad[8], bad[16] = eventRead, 0xff
		subs = append(subs, bad...)
		b := hostile(t, subs)
		n := uint32(len(subs) / subscriptionSize)
		b.wasi("poll_oneoff", 0, 0, n, memorySize-4) // events over subscriptions
		b.wasi("poll_oneoff", 0, memorySize/2, n, memorySize-4)
	})
}

// FuzzDevice writes any request to the call device and reads the answer.
func FuzzDevice(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{7, 0, 0, 0, 5, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0})
	f.Add([]byte{6, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 'h', 'i', 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 1, 0, 0, 5, 0, 0, 0})
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0})
	f.Add([]byte{2, 1, 0, 0})
	f.Fuzz(func(t *testing.T, request []byte) {
		if len(request) >= 12 && binary.LittleEndian.Uint32(request) == requestPoll {
			clear(request[4:12]) // nothing waits
		}
		b := hostile(t, nil)
		room := make([]byte, 64)
		if b.p.request(b.ctx, request) == abi.OK {
			if len(b.p.device.reply) < 4 {
				t.Fatal("an answer without a result")
			}
			for b.p.answer(room) > 0 {
			}
		}
	})
}

// FuzzControl sends any control messages over an AF_UNIX socket, and receives
// with any room for them.
func FuzzControl(f *testing.F) {
	one, _ := abi.AppendControl(nil, abi.Control{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Data: []byte{4, 0, 0, 0, 5, 0, 0, 0}}, 100)
	ttl, _ := abi.AppendControl(one, abi.Control{Level: abi.Level(abi.IPPROTO_IP), Type: abi.IP_TTL, Data: []byte{1, 0, 0, 0}}, 100)
	for _, s := range [][]byte{nil, one, ttl, one[:17], {255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 1, 0, 0, 0}} {
		f.Add(s, uint16(24))
	}
	f.Fuzz(func(t *testing.T, control []byte, room uint16) {
		const at, result = 1024, 512
		b := hostile(t, nil)
		if len(control) > memorySize/2 {
			return
		}
		x, y := b.pair()
		copy(b.mem()[at:], control)
		b.sock(abi.SendMsg, x, 0, 1, 0, 0, 0, at, uint32(len(control)), result)
		room %= memorySize / 2
		if b.sock(abi.RecvMsg, y, 0, 1, result, 0, 0, 0, result+4, at, uint32(room), result+8, result+12) != 0 {
			return
		}
		got := b.u32(result + 8)
		if got > uint32(room) {
			t.Fatalf("%d bytes of control messages in a room of %d", got, room)
		}
		for rest := b.mem()[at : at+got]; ; {
			_, next, ok, err := abi.DecodeControl(rest)
			if err != abi.OK {
				t.Fatalf("control messages that cannot be read: %v", rest)
			}
			if rest = next; !ok {
				break
			}
		}
	})
}
