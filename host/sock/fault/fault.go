// Package fault makes the network misbehave in the ways that it may: short
// reads and writes, errors, delays, lost datagrams. It decorates a sock.Stack
// with a list of rules. A rule does nothing that a kernel could not do: it
// never changes or reorders the bytes of a stream, it goes only where it is
// legal (no short read of a datagram, no EAGAIN on a blocking socket), and an
// error that means the end of a connection is that connection's real end.
//
// A rule is a value of a small type, one a file, and has a text form that
// Parse reads: cap=3, cut=10,20, fail=recv:2:ECONNRESET. Calls are counted
// for each Stack, that is for each guest, from 1; a call that said EAGAIN is
// not counted, so that a program that waits and one that polls meet the same
// rule at the same step. What is left to chance comes from the seed.
//
// Every result that a rule has made is told through sock.Injector: the rule,
// and why a kernel may do this.
package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Rule is one fault. The types of this package are all there are.
type Rule interface {
	// String is the text form.
	String() string
	// Licence says in one sentence why a kernel may do this.
	Licence() string
	// check refuses what could not be legal on any socket.
	check() error
	// attach puts the rule to work on a socket; nil if it is none of its kind.
	attach(s *socket) effect
}

// effect is a rule at work on one socket. Types embed idle and write down
// what they do.
type effect interface {
	of() Rule
	// before runs ahead of a call. It may wait; returning true it answers in
	// the place of the kernel, with the result in the call.
	before(c *call) bool
	// limit cuts down how many of n > 0 bytes a stream call may move, to 1 at
	// least. It is called with the socket's lock held.
	limit(c *call, n int) int
	// after sees how many bytes a stream call has moved.
	after(c *call)
	// gate is sock.Gate's.
	gate(want sock.Events) gating
}

// Fault is the decorator.
type Fault struct {
	sock.StackLayer
	rules []Rule
	seed  uint64
	note  sock.Note

	counts  [numOps]atomic.Int64
	packets [2]atomic.Int64 // datagrams, by direction
	sockets atomic.Uint64

	mu   sync.Mutex
	rng  *rand.Rand
	idle sock.Socket // nothing ever happens on it; made when needed
}

var _ sock.Stack = (*Fault)(nil)

// New decorates a Stack. It fails if a rule could not be legal.
func New(under sock.Stack, seed uint64, rules ...Rule) (*Fault, error) {
	for _, r := range rules {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", r, err)
		}
	}
	return &Fault{
		StackLayer: sock.StackLayer{Stack: under}, rules: rules, seed: seed,
		rng: rand.New(rand.NewPCG(seed, 0)),
	}, nil
}

// Close frees what the rules have needed. The guest's sockets are its own to
// close.
func (f *Fault) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.idle != nil {
		f.idle.Close()
		f.idle = nil
	}
}

// Socket makes a socket.
func (f *Fault) Socket(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	if err, ok := f.stackCall(context.Background(), opSocket); ok {
		return nil, err.errno
	}
	s, err := f.Stack.Socket(family, typ, proto)
	f.counts[opSocket].Add(1)
	if err != abi.OK {
		return nil, err
	}
	return f.wrap(s, family, typ), abi.OK
}

// SocketPair makes two connected AF_UNIX sockets.
func (f *Fault) SocketPair(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, sock.Socket, abi.Errno) {
	if err, ok := f.stackCall(context.Background(), opSocketPair); ok {
		return nil, nil, err.errno
	}
	a, b, err := f.Stack.SocketPair(family, typ, proto)
	f.counts[opSocketPair].Add(1)
	if err != abi.OK {
		return nil, nil, err
	}
	return f.wrap(a, family, typ), f.wrap(b, family, typ), abi.OK
}

// Adopt takes in a socket that came: the rules hold for it as for others.
func (f *Fault) Adopt(came sock.Socket) (sock.Socket, abi.Errno) {
	s, err := sock.Adopt(f.Stack, came)
	if err != abi.OK {
		return nil, err
	}
	info := s.Info()
	return f.wrap(s, info.Family, info.Type), abi.OK
}

// GetAddrInfo resolves names.
func (f *Fault) GetAddrInfo(ctx context.Context, node, service string, hints sock.Hints) ([]abi.AddrInfo, abi.EAI) {
	if err, ok := f.stackCall(ctx, opGetAddrInfo); ok {
		return nil, err.eai
	}
	defer f.counts[opGetAddrInfo].Add(1)
	return f.Stack.GetAddrInfo(ctx, node, service, hints)
}

// Injected tells the rule behind the last call of the Stack itself.
func (f *Fault) Injected() string {
	if rule := f.note.Take(); rule != "" {
		return rule
	}
	return f.StackLayer.Injected()
}

// answer is an error of either kind.
type answer struct {
	errno abi.Errno
	eai   abi.EAI
}

// stackRule is a rule that has something to say about the Stack's own calls.
type stackRule interface {
	atStack(ctx context.Context, f *Fault, o op, nth int64) (answer, bool)
}

func (f *Fault) stackCall(ctx context.Context, o op) (answer, bool) {
	f.note.Take()
	nth := f.counts[o].Load() + 1
	for _, r := range f.rules {
		if sr, ok := r.(stackRule); ok {
			if a, ok := sr.atStack(ctx, f, o, nth); ok {
				f.counts[o].Add(1)
				f.note.Leave(mark(r))
				return a, true
			}
		}
	}
	return answer{}, false
}

// chance draws a number below n.
func (f *Fault) chance(n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rng.IntN(n)
}

// idleSource is a source that is never readable and has never hung up.
func (f *Fault) idleSource() (sock.Source, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.idle == nil {
		s, err := f.Stack.Socket(abi.AF_INET, abi.SOCK_DGRAM, 0)
		if err != abi.OK {
			return nil, false
		}
		f.idle = s
	}
	return f.idle.Source(), true
}

// mark is what a trace shows of a rule.
func mark(r Rule) string { return r.String() + ": " + r.Licence() }
