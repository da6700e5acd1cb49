package guesttest

import (
	"bytes"
	"strings"
	"sync"
)

// Output is what a guest has printed to a stream up to now. It may be read
// while the guest prints.
type Output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{} // closed by the next Write
}

func newOutput() *Output { return &Output{grown: make(chan struct{})} }

func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grown)
	o.grown = make(chan struct{})
	return o.text.Write(b)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// first is the first line, if it is whole, and what tells that there is more
// output.
func (o *Output) first() (line string, grown <-chan struct{}, whole bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	line, _, whole = strings.Cut(o.text.String(), "\n")
	return line, o.grown, whole
}
