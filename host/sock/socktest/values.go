package socktest

import (
	"encoding/binary"
	"strings"
	"sync/atomic"
)

// names counts the names that cases have bound.
var names atomic.Int64

// word is an int option's value.
func word(v int32) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }

// timeval is a struct timeval.
func timeval(sec, usec int64) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(sec))
	return binary.LittleEndian.AppendUint64(b, uint64(usec))
}

// linger is a struct linger.
func linger(on, seconds int32) []byte { return append(word(on), word(seconds)...) }

// text is n bytes that show where they were cut.
func text(n int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(digits[i%36:] + digits[:i%36])
	}
	return b.String()[:n]
}
