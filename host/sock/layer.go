package sock

import (
	"sync/atomic"

	"socklab/host/abi"
)

// SocketLayer is what a decorator of a Socket embeds. Every method goes to
// the Socket below, and so do the questions of Injector and Explainer: a
// decorator writes down only what it changes. A Gate is met with Find, so
// that sockets without one cost a poll nothing.
type SocketLayer struct{ Socket }

// Unwrap is the Socket below, for Find.
func (l SocketLayer) Unwrap() Socket { return l.Socket }

// Injected passes the question on.
func (l SocketLayer) Injected() string { return injected(l.Socket) }

// Explain passes the question on.
func (l SocketLayer) Explain() string { return explain(l.Socket) }

// StackLayer is what a decorator of a Stack embeds, as SocketLayer.
type StackLayer struct{ Stack }

// Injected passes the question on.
func (l StackLayer) Injected() string { return injected(l.Stack) }

// Explain passes the question on.
func (l StackLayer) Explain() string { return explain(l.Stack) }

func injected(below any) string {
	if i, ok := below.(Injector); ok {
		return i.Injected()
	}
	return ""
}

func explain(below any) string {
	if x, ok := below.(Explainer); ok {
		return x.Explain()
	}
	return ""
}

// Find returns the first of a Socket and the Sockets below it that is a T:
// the Gate of a fault under a policy, or what only package kernel offers.
func Find[T any](s Socket) (T, bool) {
	for s != nil {
		if t, ok := s.(T); ok {
			return t, true
		}
		u, ok := s.(interface{ Unwrap() Socket })
		if !ok {
			break
		}
		s = u.Unwrap()
	}
	var none T
	return none, false
}

// Confiner is what a socket of package kernel offers beside a guest's calls.
type Confiner interface {
	// Confine ties an internet socket to the loopback interface, for good: it
	// neither sends nor receives anywhere else, whatever address it is bound
	// to. It fails where the system has no such option.
	Confine() abi.Errno
	// Confined reports whether that has been done, here or by whoever else has
	// the socket.
	Confined() bool
}

// LateBinder is what a socket of package kernel offers beside a guest's calls.
type LateBinder interface {
	// BindLate gives a stream socket an address whose port Connect chooses, as
	// it does for a socket that is not bound. It fails where the system has no
	// such option (Linux: IP_BIND_ADDRESS_NO_PORT, ip(7)).
	BindLate(addr abi.Sockaddr) abi.Errno
}

// Note is a sentence about the last call, left for whoever asks first.
type Note struct{ text atomic.Pointer[string] }

// Leave leaves a sentence in the place of any other.
func (n *Note) Leave(text string) { n.text.Store(&text) }

// Take returns the sentence, "" if there is none, and forgets it.
func (n *Note) Take() string {
	if n.text.Load() == nil {
		return ""
	}
	if p := n.text.Swap(nil); p != nil {
		return *p
	}
	return ""
}
