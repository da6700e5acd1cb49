package meter

import (
	"fmt"
	"unicode/utf8"
)

// reader takes values from the bytes of a module. Its first failure sticks:
// later reads return zero and move nowhere, so that a caller may read a whole
// production and look at err once. A loop over a count must also stop at err.
type reader struct {
	buf  []byte
	pos  int
	base int // offset of buf in the module, for messages
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("at offset %#x: %s", r.base+r.pos, fmt.Sprintf(format, args...))
	}
}

func (r *reader) left() int { return len(r.buf) - r.pos }

// more reports whether a loop over the content may go on.
func (r *reader) more() bool { return r.err == nil && r.pos < len(r.buf) }

func (r *reader) byte() byte {
	if r.err != nil || r.pos >= len(r.buf) {
		r.fail("unexpected end")
		return 0
	}
	b := r.buf[r.pos]
	r.pos++
	return b
}

// bytes returns the next n bytes, which stay part of the module.
func (r *reader) bytes(n int) []byte {
	if r.err != nil || n < 0 || n > r.left() {
		r.fail("unexpected end")
		return nil
	}
	b := r.buf[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return b
}

// u32 reads an unsigned LEB128 number of at most 32 bits.
func (r *reader) u32() uint32 {
	if r.err == nil && r.pos < len(r.buf) && r.buf[r.pos] < 0x80 {
		r.pos++
		return uint32(r.buf[r.pos-1])
	}
	return r.longU32()
}

func (r *reader) longU32() uint32 {
	var v uint32
	for i := range 5 {
		b := r.byte()
		if i == 4 && b > 0x0f {
			break
		}
		v |= uint32(b&0x7f) << (7 * i)
		if b < 0x80 {
			return v
		}
	}
	r.fail("number longer than 32 bits")
	return 0
}

// skipLEB passes over a LEB128 number of at most max bytes. What its unused
// bits hold is left to whoever compiles the module.
func (r *reader) skipLEB(max int) {
	for range max {
		if r.byte() < 0x80 {
			return
		}
	}
	r.fail("number longer than %d bytes", max)
}

// count reads the length of a vector whose elements take at least size bytes
// each, so that no count can ask for more than the module has.
func (r *reader) count(size int) int {
	n := int(r.u32())
	if n*size > r.left() {
		r.fail("a vector of %d elements in %d bytes", n, r.left())
		return 0
	}
	return n
}

// index reads an index into a space of n things.
func (r *reader) index(n int, what string) int {
	i := int(r.u32())
	if i >= n && r.err == nil {
		r.fail("%s %d of %d", what, i, n)
		return 0
	}
	return i
}

func (r *reader) name() []byte {
	b := r.bytes(r.count(1))
	if !utf8.Valid(b) {
		r.fail("a name that is not UTF-8")
	}
	return b
}

// zero reads a byte that must be zero.
func (r *reader) zero(what string) {
	if r.byte() != 0 {
		r.fail("%s is not supported", what)
	}
}

// end demands that everything was read.
func (r *reader) end() error {
	if r.err == nil && r.pos != len(r.buf) {
		r.fail("%d bytes too many", r.left())
	}
	return r.err
}

func appendU32(out []byte, v uint32) []byte {
	for v >= 0x80 {
		out = append(out, byte(v)|0x80)
		v >>= 7
	}
	return append(out, byte(v))
}

func appendName(out []byte, s string) []byte {
	return append(appendU32(out, uint32(len(s))), s...)
}

// padded is the width of a number that is written before its value is known.
const padded = 5

// putPadded writes v as an unsigned LEB128 number of exactly padded bytes.
func putPadded(out []byte, v uint32) {
	for i := range padded {
		out[i] = byte(v>>(7*i))&0x7f | 0x80
	}
	out[padded-1] &= 0x0f
}

func appendS64(out []byte, v int64) []byte {
	for v < -0x40 || v >= 0x40 {
		out = append(out, byte(v)|0x80)
		v >>= 7
	}
	return append(out, byte(v)&0x7f)
}
