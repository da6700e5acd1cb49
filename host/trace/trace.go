// Package trace records what guests asked of the network and what they were
// told: every call with its arguments, result, errno, how long it blocked,
// which bytes of the stream it moved, and the TCP state it left.
//
// A call makes two events: Enter when the guest asks, Exit when it has its
// answer; or Abort, when the guest was ended inside the call. An Enter
// without its second event is a guest that waits now.
package trace

import (
	"time"

	"socklab/host/abi"
)

// Kind is the kind of an Event.
type Kind uint8

// The kinds.
const (
	Enter Kind = iota
	Exit
	Abort
)

// Event is one step of a call. Its Call is the receiver's own to keep; at
// Enter the result's fields are zero.
type Event struct {
	Kind Kind
	Call Call
}

// Recorder receives events. Record is called on the guest's goroutine, by
// many guests at once: it must be safe for that, quick, and never block.
type Recorder interface {
	Record(Event)
}

// Call is one call of one guest.
type Call struct {
	Seq   uint64 // numbers the calls of one guest, from 1
	Guest string // the guest's name, such as "server"
	Name  string // as its man page names it: socket, recv, read, poll, close …
	FD    int    // the descriptor it is about, or -1
	Sock  uint64 // the open socket behind FD, the same through dup and renumber; 0 for none
	Args  []Arg

	Ret   int64     // a count or a new descriptor; -1 with Err or EAI
	Err   abi.Errno // OK unless it failed
	EAI   abi.EAI   // set instead of Err by getaddrinfo and getnameinfo
	Data  []byte    // the first bytes that moved, at most DataMax
	Start time.Time // when the guest asked (monotonic)
	Took  time.Duration
	// Blocked is the part of Took that was spent waiting for somebody else.
	Blocked time.Duration
	// Stream offsets of the bytes moved, [From,To), of this socket and
	// direction; both 0 if none were.
	From, To int64
	State    string // TCP state afterwards, such as ESTABLISHED; "" if not TCP
	Queued   int    // bytes waiting to be received afterwards, -1 if unknown
	Injected string // the fault rule that made this result, "" if none did
	Note     string // why it failed, in words, where the host knows more than the errno says
}

// DataMax bounds Call.Data, in bytes.
const DataMax = 256

// Arg is one argument as it is shown. Out arguments are known at Exit only.
type Arg struct {
	Name string
	As   abi.As
	Int  int64
	Str  string // of AsText and AsAddr: the text or the printed address
	Raw  []byte // of bytes without a better form, at most DataMax of them
	Kind abi.Kind
}

// OK reports whether the call succeeded.
func (c *Call) OK() bool { return c.Err == abi.OK && c.EAI == 0 }

// Arg finds an argument by its name.
func (c *Call) Arg(name string) (Arg, bool) {
	for _, a := range c.Args {
		if a.Name == name {
			return a, true
		}
	}
	return Arg{}, false
}

// Pair is the two descriptors that socketpair made.
func (c *Call) Pair() (fd0, fd1 int, ok bool) {
	a, ok0 := c.Arg("fd0")
	b, ok1 := c.Arg("fd1")
	return int(a.Int), int(b.Int), ok0 && ok1
}
