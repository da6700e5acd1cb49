// Package lab gives the guests and native peers of one check a loopback of
// their own. To its members a Lab looks like a machine with 127.0.0.1 and
// ::1 and nobody else on it: a port that no member has bound refuses, whoever
// holds it on the real machine, and no other lab is ever met.
//
// Underneath, each Lab has two addresses of 127.64.0.0/10, drawn at random
// and claimed against every other lab of the machine: one stands for
// 127.0.0.1, the other, in its IPv4-mapped form on AF_INET6 sockets, for ::1.
// Addresses are translated both ways; everything else is the kernel's.
//
//   - connect and sendto go to the lab's address only if a member has bound
//     the port. Otherwise they go to a port that the Lab keeps closed, so that
//     the refusal is the kernel's, at the moment and in the way that it comes.
//   - A dual-stack socket (`::` without IPV6_V6ONLY) is bound to the address
//     of ::1. IPv4 connects find it there, since the Lab knows its members; a
//     shadow on the same port of the other address makes the kernel judge
//     conflicts as it would natively.
//   - A connection or datagram from elsewhere on the machine is dropped.
//   - What differs from a machine: 127.0.0.1 is the only address of
//     127.0.0.0/8, an IPv6 datagram is as short as IPv4's (65507 bytes), and
//     there are no raw sockets, since one would hear every other lab.
//
// A system whose loopback has a single address is not supported: New says so.
package lab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/local"
)

// Options are what a Lab may differ in.
type Options struct {
	// Seed decides what is left to chance inside: FreePort, and Names.
	Seed uint64
	// Hostname is the members' host name; "" is "lab".
	Hostname string
	// Names is what the members can resolve; nil is Names(Hostname, Seed).
	Names *sock.Names
}

// Lab is the world of one check. It is safe for concurrent use.
type Lab struct {
	under  sock.Stack
	names  sock.Names
	v4, v6 netip.Addr // what stands for 127.0.0.1 and for ::1; both are IPv4's
	space  *local.Space
	ports  registry
	held   []sock.Socket // the claim and the closed ports
	refuse struct{ stream, dgram netip.AddrPort }

	mu     sync.Mutex
	rng    *rand.Rand
	open   map[sock.Socket]struct{}
	closed bool

	reserved map[uint16][]sock.Socket // by FreePort
}

// New makes a Lab on a Stack that reaches the machine's own loopback, such as
// package kernel's. Close it to give its addresses back.
func New(under sock.Stack, o Options) (*Lab, error) {
	if o.Hostname == "" {
		o.Hostname = "lab"
	}
	l := &Lab{
		under: under,
		ports: registry{live: map[portKey][]*hold{}},
		rng:   rand.New(rand.NewPCG(o.Seed, 0x1ab)),
		open:  map[sock.Socket]struct{}{},

		reserved: map[uint16][]sock.Socket{},
	}
	if o.Names != nil {
		l.names = *o.Names
	} else {
		l.names = Names(o.Hostname, o.Seed)
	}
	if err := l.claim(); err != nil {
		l.Close()
		return nil, err
	}
	l.space = local.NewSpace("lab " + l.v4.String())
	return l, nil
}

// Stack is the network as one member sees it. The guest's name is what
// explanations call it; resolve finds its AF_UNIX paths, nil refuses them.
func (l *Lab) Stack(guest string, resolve local.Resolver) sock.Stack {
	return &member{StackLayer: sock.StackLayer{Stack: l.under}, lab: l, name: guest, resolve: resolve}
}

// Peer is the network as the native peers of a check see it.
func (l *Lab) Peer() sock.Stack { return l.Stack("peer", nil) }

// Names is what the members can resolve.
func (l *Lab) Names() sock.Names { return l.names }

// FreePort draws a port from lo to hi that is free, on the lab's addresses
// and so on the machine's wildcard address too, and keeps it for the lab until
// a member binds it.
func (l *Lab) FreePort(lo, hi int) (int, error) {
	if lo < 1 || hi > 65535 || lo > hi {
		return 0, fmt.Errorf("no ports from %d to %d", lo, hi)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range l.rng.Perm(hi - lo + 1) {
		if l.reserve(uint16(lo + i)) {
			return lo + i, nil
		}
	}
	return 0, fmt.Errorf("no free port from %d to %d", lo, hi)
}

// reserve keeps a port if nothing keeps it from being bound. It needs the lock.
func (l *Lab) reserve(port uint16) bool {
	if l.closed || l.reserved[port] != nil {
		return false
	}
	var all []sock.Socket
	for _, typ := range []abi.Type{abi.SOCK_STREAM, abi.SOCK_DGRAM} {
		for _, ip := range []netip.Addr{l.v4, l.v6} {
			s, err := l.hold(typ, netip.AddrPortFrom(ip, port))
			if err != abi.OK {
				closeAll(all)
				return false
			}
			all = append(all, s)
		}
	}
	l.reserved[port] = all
	return true
}

// release gives a port that was reserved to the member that is about to bind
// it, and tells whether it was.
func (l *Lab) release(port uint16) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.reserved[port]
	closeAll(kept)
	delete(l.reserved, port)
	return kept != nil
}

func closeAll(sockets []sock.Socket) {
	for _, s := range sockets {
		s.Close()
	}
}

// Close closes every socket of every member, wakes whoever waits in one, and
// gives up the lab's addresses. Sockets that are asked for afterwards fail
// with ENETDOWN.
func (l *Lab) Close() {
	l.mu.Lock()
	l.closed = true
	open := l.open
	l.open = map[sock.Socket]struct{}{}
	held := l.held
	l.held = nil
	for _, r := range l.reserved {
		held = append(held, r...)
	}
	clear(l.reserved)
	l.mu.Unlock()
	for s := range open {
		s.Close()
	}
	l.ports.close()
	closeAll(held)
}

// add takes a new socket in. It closes it if the lab is closed.
func (l *Lab) add(s sock.Socket) abi.Errno {
	l.mu.Lock()
	closed := l.closed
	if !closed {
		l.open[s] = struct{}{}
	}
	l.mu.Unlock()
	if closed {
		s.Close()
		return abi.ENETDOWN
	}
	return abi.OK
}

func (l *Lab) drop(s sock.Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, s)
}
