package wasi

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

// edge makes a call of the socket extension.
func (b *bench) edge(e extension, params ...uint32) abi.Errno {
	require.Len(b.t, params, e.params, e.name)
	return abi.Errno(b.run(call(e.call)(e.name, nil), params))
}

// allExtensions are those of both versions.
func allExtensions() []extension {
	return append(extensions[:len(extensions):len(extensions)], older...)
}

// put writes numbers to guest memory.
func (b *bench) put(at uint32, numbers ...uint32) {
	for _, v := range numbers {
		binary.LittleEndian.PutUint32(b.mem()[at:], v)
		at += 4
	}
}

// edgeGood are parameters with which a call succeeds, and which of them are
// pointers, for a socket in fd. They point to:
//
//	0    an address of 16 bytes at 64
//	8    two buffers of 8 bytes, at 96 and 104
//	24   room for results
//	128  a list of one addrinfo, with its hints, name and what it points to
func (b *bench) edgeGood(e extension, fd uint32) (params []uint32, pointers []int) {
	b.put(0, 64, 16, 96, 8, 104, 8)
	b.put(64, 127, 0, 0, 0)
	b.put(128, 132) // to the list
	b.put(132, 0, 0, 0, 160, 200, 26, 0)
	b.put(160, 0, 26, 172)
	b.put(240, 0, 0, 0, 0, 0, 0, 0)
	copy(b.mem()[280:], "localhost\x00")
	b.put(300, 4) // an option's length
	switch fmt.Sprint(e.name, e.params) {
	case "sock_open3":
		return []uint32{1, 2, 24}, []int{2}
	case "sock_bind3", "sock_connect3":
		return []uint32{fd, 0, 9000}, []int{1}
	case "sock_listen2":
		return []uint32{fd, 1}, nil
	case "sock_accept2":
		return []uint32{fd, 24}, []int{1}
	case "sock_send_to7":
		return []uint32{fd, 8, 2, 0, 9000, 0, 24}, []int{1, 3, 6}
	case "sock_recv_from8":
		return []uint32{fd, 8, 2, 0, 0, 24, 28, 32}, []int{1, 3, 5, 6, 7}
	case "sock_recv_from7":
		return []uint32{fd, 8, 2, 0, 0, 28, 32}, []int{1, 3, 5, 6}
	case "sock_getlocaladdr3":
		return []uint32{fd, 0, 24}, []int{1, 2}
	case "sock_getlocaladdr4":
		return []uint32{fd, 0, 24, 28}, []int{1, 2, 3}
	case "sock_getpeeraddr3":
		return []uint32{fd, 0, 24}, []int{1, 2}
	case "sock_getpeeraddr4":
		return []uint32{fd, 0, 24, 28}, []int{1, 2, 3}
	case "sock_setsockopt5":
		return []uint32{fd, 0, 0, 300, 4}, []int{3}
	case "sock_getsockopt5":
		return []uint32{fd, 0, 0, 24, 300}, []int{3, 4}
	case "sock_getaddrinfo8":
		return []uint32{280, 10, 290, 0, 240, 128, 1, 24}, []int{0, 2, 4, 5, 7}
	}
	b.t.Fatalf("no parameters for %s of %d", e.name, e.params)
	return nil, nil
}

func TestEveryBadPointerOfTheExtensionIsEFAULT(t *testing.T) {
	for _, e := range allExtensions() {
		t.Run(fmt.Sprint(e.name, e.params), func(t *testing.T) {
			b := newBench(t, Config{})
			fd := b.socket(abi.SOCK_DGRAM)
			params, pointers := b.edgeGood(e, fd)
			want := abi.OK
			if e.name == "sock_getpeeraddr" {
				want = abi.ENOTCONN // as the fake socket has it
			}
			require.Equal(t, want, b.edge(e, params...))
			for _, i := range pointers {
				b := newBench(t, Config{})
				fd := b.socket(abi.SOCK_DGRAM)
				params, _ := b.edgeGood(e, fd)
				params[i] = memorySize
				if e.name == "sock_getaddrinfo" && i == 2 {
					params[3] = 1
				}
				open := b.p.fds.open
				require.Equal(t, abi.EFAULT, b.edge(e, params...), "parameter %d", i)
				require.Equal(t, open, b.p.fds.open)
				s, _ := b.p.fds.socket(int32(fd))
				require.Empty(t, s.Socket.(*fakeSocket).sent)
			}
		})
	}
}

// What is behind a pointer may be bad as well.
func TestBadPointersInsideAreEFAULT(t *testing.T) {
	byName := map[string]extension{}
	for _, e := range extensions {
		byName[e.name] = e
	}
	for name, at := range map[string][]uint32{
		"sock_bind":         {0, 4},
		"sock_connect":      {0, 4},
		"sock_send_to":      {0, 4, 8, 12, 16, 20},
		"sock_recv_from":    {0, 4, 8, 12, 16, 20},
		"sock_getlocaladdr": {0, 4},
		"sock_getsockopt":   {300},
		"sock_getaddrinfo":  {128, 144, 148, 152, 164, 168},
	} {
		for _, at := range at {
			t.Run(fmt.Sprint(name, at), func(t *testing.T) {
				b := newBench(t, Config{})
				fd := b.socket(abi.SOCK_DGRAM)
				params, _ := b.edgeGood(byName[name], fd)
				b.put(at, memorySize+1)
				require.Equal(t, abi.EFAULT, b.edge(byName[name], params...))
				s, _ := b.p.fds.socket(int32(fd))
				require.Empty(t, s.Socket.(*fakeSocket).sent)
			})
		}
	}
}

func TestAnswersOfTheExtensionStayInTheirRoom(t *testing.T) {
	b := newBench(t, Config{})
	byName := map[string]extension{}
	for _, e := range extensions {
		byName[e.name] = e
	}
	e := byName["sock_getaddrinfo"]
	params, _ := b.edgeGood(e, 0)
	b.put(164, 6) // bytes of an address
	b.put(176, 0xffffffff)
	require.Equal(t, abi.OK, b.edge(e, params...))
	require.EqualValues(t, 1, b.u32(24))
	require.Equal(t, []byte{0x23, 0x28, 127, 0, 0, 1, 0xff, 0xff}, b.mem()[172:180], "the port and the address, and no more")
	require.EqualValues(t, 9, b.u32(152), "the length of the name")

	b.put(164, 5)
	require.Equal(t, abi.OK, b.edge(e, params...))
	require.Zero(t, b.u32(24), "an answer that does not fit is left out")

	b.put(164, 6)
	b.put(152, 5) // bytes of a name
	copy(b.mem()[200:], "xxxxxx")
	require.Equal(t, abi.OK, b.edge(e, params...))
	require.Equal(t, "loca\x00x", string(b.mem()[200:206]))

	params[6] = 0
	require.Equal(t, abi.OK, b.edge(e, params...))
	require.Zero(t, b.u32(24), "more than were asked for")

	fd := b.socket(abi.SOCK_DGRAM)
	e = byName["sock_recv_from"]
	params, _ = b.edgeGood(e, fd)
	b.put(4, 4)
	b.put(68, 0xffffffff)
	require.Equal(t, abi.OK, b.edge(e, params...))
	require.EqualValues(t, 127|1<<24, b.u32(64))
	require.EqualValues(t, 0xffffffff, b.u32(68))
	require.EqualValues(t, 9000, binary.LittleEndian.Uint16(b.mem()[24:]))
	require.EqualValues(t, 3, b.u32(28))
	require.EqualValues(t, 3, b.p.Usage().Received)
}

// FuzzWasmEdge makes any call of the extension with any parameters on any
// memory. A bad one is an errno, never a panic.
func FuzzWasmEdge(f *testing.F) {
	all := allExtensions()
	for i := range all {
		for _, s := range seeds {
			f.Add(uint8(i), s, []byte{16, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 'p', 0})
		}
		b := newBench(f, Config{})
		params, _ := b.edgeGood(all[i], b.socket(abi.SOCK_DGRAM))
		var raw []byte
		for _, p := range params {
			raw = binary.LittleEndian.AppendUint32(raw, p)
		}
		f.Add(uint8(i), raw, append([]byte(nil), b.mem()[:512]...))
	}
	f.Fuzz(func(t *testing.T, i uint8, params, memory []byte) {
		e := all[int(i)%len(all)]
		hostile(t, memory).edge(e, words(params, e.params)...)
	})
}
