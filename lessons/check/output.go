package check

import (
	"bytes"
	"io"
	"slices"
	"sync"
)

// output is what a guest writes: all of it up to outputMax, and the newest.
type output struct {
	mu   sync.Mutex
	all  bytes.Buffer
	tail []byte
	wake *bell
	read int // how far the script has looked, line by line
}

// outputMax is how much of a guest's output a check can look at, in bytes.
const outputMax = 4 << 20

// tailMax is how much of the newest output is kept beyond that.
const tailMax = 8 << 10

func newOutput(wake *bell) *output { return &output{wake: wake} }

var _ io.Writer = (*output)(nil)

// Write takes what the guest writes.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	if room := outputMax - o.all.Len(); room > 0 {
		o.all.Write(p[:min(len(p), room)])
	}
	o.tail = append(o.tail, p...)
	if len(o.tail) > tailMax {
		o.tail = slices.Clone(o.tail[len(o.tail)-tailMax:])
	}
	o.mu.Unlock()
	o.wake.ring()
	return len(p), nil
}

// text is all of it.
func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// first is the beginning, for a report.
func (o *output) first() string {
	s := o.text()
	return s[:min(len(s), tailMax)]
}

// last is the end, for a report.
func (o *output) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.tail)
}

// line takes the next complete line that the script has not seen.
func (o *output) line() (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	rest := o.all.Bytes()[o.read:]
	n := bytes.IndexByte(rest, '\n')
	if n < 0 {
		return "", false
	}
	o.read += n + 1
	return string(rest[:n]), true
}

// bell wakes a wait.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

func newBell() *bell { return &bell{} }

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// rung is closed at the next ring.
func (b *bell) rung() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}
