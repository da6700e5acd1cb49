// Package retain keeps listening sockets open from one instance of a program
// to the next. When the old instance is ended, its listeners and its bound
// datagram sockets are put aside instead of closed; the new instance's bind to
// the same address adopts what it finds there, with the connections and
// datagrams that wait in it. So a client that comes during a reload waits, and
// is never refused.
//
// It is the outermost decorator of the two instances' Stack, since it compares
// addresses as guests say them. What is below lives on with the sockets.
package retain

import (
	"context"
	"sync"
	"sync/atomic"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Retain is the decorator.
type Retain struct {
	sock.StackLayer
	era atomic.Uint64 // counts the calls of Hold

	mu    sync.Mutex
	kept  []*kept
	ends  sync.WaitGroup // of connections that are being ended
	ctx   context.Context
	close context.CancelFunc
}

var _ sock.Stack = (*Retain)(nil)

// New decorates a Stack.
func New(under sock.Stack) *Retain {
	r := &Retain{StackLayer: sock.StackLayer{Stack: under}}
	r.ctx, r.close = context.WithCancel(context.Background())
	return r
}

// Hold is called before the running instance is ended. Of the sockets that
// are open now, those that others come to are kept when they are closed, and
// the connections end in good order. Sockets made later are the next
// instance's.
func (r *Retain) Hold() { r.era.Add(1) }

// Release closes what was kept and nobody has adopted. It is called when the
// next instance has had the time to, and at the end. Connections that Finish
// is still at are closed.
func (r *Retain) Release() {
	r.mu.Lock()
	kept := r.kept
	r.kept = nil
	r.close()
	r.ctx, r.close = context.WithCancel(context.Background())
	r.mu.Unlock()
	for _, k := range kept {
		k.Close()
	}
	r.ends.Wait()
}

// Kept is the addresses of the sockets that wait to be adopted.
func (r *Retain) Kept() []abi.Sockaddr {
	r.mu.Lock()
	defer r.mu.Unlock()
	var at []abi.Sockaddr
	for _, k := range r.kept {
		at = append(at, k.key.addr)
	}
	return at
}

// Socket makes a socket.
func (r *Retain) Socket(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	s, err := r.Stack.Socket(family, typ, proto)
	if err != abi.OK {
		return nil, err
	}
	return r.wrap(s, key{family: family, typ: typ, proto: proto}), abi.OK
}

// Adopt takes in a socket that came. It is not kept for the next instance,
// which binds its own.
func (r *Retain) Adopt(came sock.Socket) (sock.Socket, abi.Errno) {
	s, err := sock.Adopt(r.Stack, came)
	if err != abi.OK {
		return nil, err
	}
	info := s.Info()
	return r.wrap(s, key{family: info.Family, typ: info.Type, proto: info.Proto}), abi.OK
}

func (r *Retain) wrap(s sock.Socket, k key) *socket {
	return &socket{SocketLayer: sock.SocketLayer{Socket: s}, r: r, era: r.era.Load(), key: k}
}

// key is what an adopted socket must agree in.
type key struct {
	family abi.Family
	typ    abi.Type
	proto  abi.Protocol
	v6only bool
	addr   abi.Sockaddr // as the guest bound it
}

// kept is a socket between two instances.
type kept struct {
	sock.Socket
	key key
	set map[abi.Option]bool // the options that the old instance has set
}

func (r *Retain) keep(k *kept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, k)
}

// take takes the kept sockets that are chosen, at most so many.
func (r *Retain) take(most int, chosen func(key) bool) (taken []*kept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rest []*kept
	for _, k := range r.kept {
		if len(taken) < most && chosen(k.key) {
			taken = append(taken, k)
		} else {
			rest = append(rest, k)
		}
	}
	r.kept = rest
	return taken
}

// rivals reports whether two sockets want the same port and cannot share it.
func (k key) rivals(other key) bool {
	return k.family != abi.AF_UNIX && other.family != abi.AF_UNIX && k.typ == other.typ && k != other &&
		k.addr.IP.Port() == other.addr.IP.Port()
}
