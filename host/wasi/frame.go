package wasi

import (
	"encoding/binary"

	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
)

// maxParams is the most parameters that a function of the table has.
const maxParams = 8

// frame is one call's arguments and results, the same whether they came as
// wasm parameters or as a device request. Bytes are views of where they came
// from, never copies. Each Process has one frame: a guest makes one call at a
// time.
type frame struct {
	fn  *abi.Func
	num [maxParams]int32  // of FD and Int; of Res and ResFD: the result
	buf [maxParams][]byte // of In and Out
	n   [maxParams]uint32 // of Out: how many bytes the full answer has
	res [maxParams][]byte // where a result goes: 4 bytes, or nil
}

// fromGuest reads wasm parameters.
func (f *frame) fromGuest(fn *abi.Func, mem api.Memory, stack []uint64) abi.Errno {
	f.fn = fn
	w := 0
	for i, p := range fn.Params {
		var ok bool
		f.n[i], f.buf[i], f.res[i] = 0, nil, nil
		switch p.Kind {
		case abi.FD, abi.Int:
			f.num[i] = int32(uint32(stack[w]))
		case abi.In:
			if f.buf[i], ok = mem.Read(uint32(stack[w]), uint32(stack[w+1])); !ok {
				return abi.EFAULT
			}
		case abi.Out:
			size, at := uint32(stack[w+1]), uint32(stack[w+2])
			if f.buf[i], ok = mem.Read(uint32(stack[w]), size); !ok {
				return abi.EFAULT
			}
			if at == 0 && size == 0 {
				break // not wanted
			}
			if f.res[i], ok = mem.Read(at, 4); !ok {
				return abi.EFAULT
			}
		case abi.Res, abi.ResFD:
			f.num[i] = 0
			if f.res[i], ok = mem.Read(uint32(stack[w]), 4); !ok {
				return abi.EFAULT
			}
		}
		w += p.Kind.Words()
	}
	return abi.OK
}

// toGuest writes the results of a call that succeeded.
func (f *frame) toGuest() {
	for i, p := range f.fn.Params {
		if f.res[i] == nil {
			continue
		}
		v := uint32(f.num[i])
		if p.Kind == abi.Out {
			v = f.n[i]
		}
		binary.LittleEndian.PutUint32(f.res[i], v)
	}
}

// maxReply bounds what one device request may ask to be answered.
const maxReply = 16 << 20

// fromDevice reads a request as it is written to the call device: the call's
// number, then for each parameter a 32-bit number (FD, Int), a length and
// bytes (In), a size (Out) or nothing (Res), all little endian. Out buffers
// are cut from room, which grows as needed.
//
// # Errors
//   - EINVAL: an unknown call, too short or too long a request, too much asked for.
func (f *frame) fromDevice(req []byte, room *[]byte) abi.Errno {
	word := func() (uint32, bool) {
		if len(req) < 4 {
			return 0, false
		}
		v := binary.LittleEndian.Uint32(req)
		req = req[4:]
		return v, true
	}
	c, ok := word()
	if !ok || c >= uint32(len(abi.Funcs)) {
		return abi.EINVAL
	}
	f.fn = &abi.Funcs[c]
	var sizes [maxParams]uint32
	total := 0
	for i, p := range f.fn.Params {
		f.n[i], f.buf[i], f.res[i], f.num[i] = 0, nil, nil, 0
		if p.Kind == abi.Res || p.Kind == abi.ResFD {
			continue
		}
		v, ok := word()
		if !ok {
			return abi.EINVAL
		}
		switch p.Kind {
		case abi.FD, abi.Int:
			f.num[i] = int32(v)
		case abi.In:
			if uint64(v) > uint64(len(req)) {
				return abi.EINVAL
			}
			f.buf[i], req = req[:v:v], req[v:]
		case abi.Out:
			sizes[i] = v
			if total += int(v); total > maxReply {
				return abi.EINVAL
			}
		}
	}
	if len(req) != 0 {
		return abi.EINVAL
	}
	if cap(*room) < total {
		*room = make([]byte, total)
	}
	rest := (*room)[:total]
	for i, p := range f.fn.Params {
		if p.Kind == abi.Out {
			f.buf[i], rest = rest[:sizes[i]:sizes[i]], rest[sizes[i]:]
		}
	}
	return abi.OK
}

// appendReply writes what the device answers: the result, and after a zero,
// for each Out its full length and the bytes that fitted, for each Res its
// value.
func (f *frame) appendReply(b []byte, result int32) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(result))
	if result != 0 {
		return b
	}
	for i, p := range f.fn.Params {
		switch p.Kind {
		case abi.Out:
			b = binary.LittleEndian.AppendUint32(b, f.n[i])
			b = append(b, f.buf[i][:min(int(f.n[i]), len(f.buf[i]))]...)
		case abi.Res, abi.ResFD:
			b = binary.LittleEndian.AppendUint32(b, uint32(f.num[i]))
		}
	}
	return b
}

// setAddr answers an address parameter.
func (f *frame) setAddr(i int, sa abi.Sockaddr) { f.n[i] = uint32(sa.Encode(f.buf[i])) }

// setText answers a text parameter; ERANGE-like truncation is the caller's to judge.
func (f *frame) setText(i int, s string) { f.n[i] = uint32(len(s)); copy(f.buf[i], s) }
