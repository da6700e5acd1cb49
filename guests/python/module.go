package python

import (
	"encoding/binary"
	"errors"
)

// What Adapt makes the interpreter export, for an engine.Image and its Entry.
const (
	// StackPointer is the global that marks the end of the C stack.
	StackPointer = "stack_pointer"
	// RunString is PyRun_SimpleStringFlags(const char *command, PyCompilerFlags *flags).
	RunString = "run_string"
)

// Where they are in the pinned interpreter, which has no names: the function
// is the one that _start calls with the text of -c. A test runs it.
const (
	stackPointerIndex = 0
	runStringIndex    = 4056
)

// commandAt is where the command for RunString lies in an image: at the far
// end of the C stack, which is the lowest of the memory and never reached
// while the command is read.
const commandAt = 64

// The sections of a module. Source: WebAssembly 2.0, "Modules", "Sections".
const (
	customSection    = 0
	exportSection    = 7
	dataSection      = 11
	dataCountSection = 12

	exportFunc   = 0
	exportGlobal = 3
)

// Version names what Adapt and Prepare make of an interpreter. It changes
// when they do.
const Version = "1"

var errModule = errors.New("not the interpreter that this version knows")

// Adapt takes the interpreter's module apart: what is data becomes the memory
// that an instance starts with, the rest is the module, with the exports that
// instances are resumed by and without what is there for debuggers.
func Adapt(wasm []byte) (module, memory []byte, err error) {
	r := reader{b: wasm}
	if string(r.bytes(8)) != "\x00asm\x01\x00\x00\x00" {
		return nil, nil, errModule
	}
	module = append(make([]byte, 0, len(wasm)), wasm[:8]...)
	for len(r.b) > 0 && !r.bad {
		id := r.bytes(1)[0]
		body := r.bytes(r.u32())
		switch id {
		case customSection, dataCountSection:
		case dataSection:
			if memory, err = dataOf(body); err != nil {
				return nil, nil, err
			}
		case exportSection:
			b := reader{b: body}
			n := b.u32()
			added := append(binary.AppendUvarint(nil, uint64(n)+2), b.b...)
			added = appendExport(added, StackPointer, exportGlobal, stackPointerIndex)
			added = appendExport(added, RunString, exportFunc, runStringIndex)
			module = appendSection(module, id, added)
			r.bad = r.bad || b.bad
		default:
			module = appendSection(module, id, body)
		}
	}
	if r.bad || memory == nil {
		return nil, nil, errModule
	}
	return module, memory, nil
}

func appendSection(to []byte, id byte, body []byte) []byte {
	to = binary.AppendUvarint(append(to, id), uint64(len(body)))
	return append(to, body...)
}

func appendExport(to []byte, name string, kind byte, index uint64) []byte {
	to = append(binary.AppendUvarint(to, uint64(len(name))), name...)
	return binary.AppendUvarint(append(to, kind), index)
}

// maxMemory bounds what data segments may fill, in bytes.
const maxMemory = 256 << 20

// dataOf is the memory that a data section describes.
func dataOf(section []byte) (memory []byte, err error) {
	const (
		activeInMemory0 = 0
		i32Const        = 0x41
		end             = 0x0b
	)
	r := reader{b: section}
	for n := r.u32(); n > 0 && !r.bad; n-- {
		mode, op := r.u32(), r.bytes(1)
		at := int(uint32(r.s32()))
		stop := r.bytes(1)
		data := r.bytes(r.u32())
		if r.bad || mode != activeInMemory0 || op[0] != i32Const || stop[0] != end || at+len(data) > maxMemory {
			return nil, errModule
		}
		if over := at + len(data) - len(memory); over > 0 {
			memory = append(memory, make([]byte, over)...)
		}
		copy(memory[at:], data)
	}
	if r.bad {
		return nil, errModule
	}
	return memory, nil
}

// reader reads a module. What goes beyond its end is zeros, and bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return make([]byte, min(n, 8))
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) u32() uint32 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > 1<<32-1 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return uint32(v)
}

// s32 reads a signed LEB128 number.
func (r *reader) s32() int32 {
	var v int64
	for shift := 0; shift < 35; shift += 7 {
		c := r.bytes(1)[0]
		v |= int64(c&0x7f) << shift
		if c&0x80 == 0 {
			if c&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return int32(v)
		}
	}
	r.bad = true
	return 0
}
