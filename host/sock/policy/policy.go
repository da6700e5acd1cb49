// Package policy keeps a guest on the machine's loopback. It decorates a
// sock.Stack: what the guest says about 127.0.0.1 and ::1 reaches the machine
// unchanged, and anything else is refused before the kernel hears of it.
//
//   - bind: loopback addresses as they are. A wildcard address is bound as it
//     is too, and reads back so, but the socket is tied to the loopback
//     interface (Linux: SO_BINDTODEVICE) before anybody can reach it; then the
//     kernel's own rules hold for what conflicts with it, and `::` takes IPv4
//     callers as well. Where the system cannot do that, the wildcard becomes
//     127.0.0.1 or ::1 (then without IPv4 callers). With Options.ListenOn it
//     means that address instead. Any other address is EADDRNOTAVAIL.
//   - connect, sendto: loopback, the wildcard (which means this host), the
//     doors in Options, and whoever wrote first to a datagram socket that
//     Options.ListenOn has opened. Anything else is EACCES.
//   - A socket without an address gets one of loopback where the kernel would
//     give it the wildcard: listen, and the first send of a datagram socket.
//   - AF_UNIX: see package local.
package policy

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/local"
)

// Options open what is closed without them.
type Options struct {
	// ListenOn is what a bind to the wildcard address opens. An unspecified
	// address opens every interface; the zero value, loopback alone.
	ListenOn netip.Addr
	// Doors are the places outside loopback that the guest may reach.
	Doors []Door
	// Lookup resolves the host names of doors, and of nothing else. Nil is the
	// machine's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Space and Resolve give AF_UNIX names their meaning; a nil Space is a
	// world of the guest's own.
	Space   *local.Space
	Resolve local.Resolver
}

// Policy is the decorator.
type Policy struct {
	sock.StackLayer
	o        Options
	confines bool // the system can tie a socket to the loopback interface
	note     sock.Note

	mu    sync.Mutex
	found map[Door]map[netip.Addr]bool // what doors by name have resolved to
}

var _ sock.Stack = (*Policy)(nil)

// New decorates a Stack.
func New(under sock.Stack, o Options) *Policy {
	if o.Lookup == nil {
		o.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if o.Space == nil {
		o.Space = local.NewSpace(randomID())
	}
	o.ListenOn = o.ListenOn.Unmap().WithZone("")
	p := &Policy{StackLayer: sock.StackLayer{Stack: under}, o: o, found: map[Door]map[netip.Addr]bool{}}
	if probe, err := under.Socket(abi.AF_INET, abi.SOCK_DGRAM, 0); err == abi.OK {
		p.confines = confine(probe) == abi.OK
		probe.Close()
	}
	return p
}

// Socket makes a socket.
func (p *Policy) Socket(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	s, err := p.Stack.Socket(family, typ, proto)
	if err != abi.OK {
		if err == abi.EPERM && typ == abi.SOCK_RAW {
			p.note.Leave("raw sockets need a privilege that socklab was not started with (Linux: CAP_NET_RAW), and carry only ICMP")
		}
		return nil, err
	}
	return p.wrap(s, family, typ), abi.OK
}

// SocketPair makes two connected AF_UNIX sockets.
func (p *Policy) SocketPair(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, sock.Socket, abi.Errno) {
	a, b, err := p.Stack.SocketPair(family, typ, proto)
	if err != abi.OK {
		return nil, nil, err
	}
	return p.wrap(a, family, typ), p.wrap(b, family, typ), abi.OK
}

func (p *Policy) wrap(s sock.Socket, family abi.Family, typ abi.Type) sock.Socket {
	if family == abi.AF_UNIX {
		return p.o.Space.Wrap(s, p.o.Resolve)
	}
	return &socket{SocketLayer: sock.SocketLayer{Socket: s}, p: p, family: family, stream: typ == abi.SOCK_STREAM}
}

// GetAddrInfo resolves what the Stack below resolves, and the doors.
func (p *Policy) GetAddrInfo(ctx context.Context, node, service string, hints sock.Hints) ([]abi.AddrInfo, abi.EAI) {
	host := canonical(node)
	if !p.named(host) || hints.Flags&abi.AI_NUMERICHOST != 0 {
		return p.Stack.GetAddrInfo(ctx, node, service, hints)
	}
	addrs, err := p.o.Lookup(ctx, host)
	if err != nil || len(addrs) == 0 {
		if dns, ok := err.(*net.DNSError); ok && dns.Temporary() {
			return nil, abi.EAI_AGAIN
		}
		return nil, abi.EAI_NONAME
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap().WithZone("")
	}
	p.open(host, addrs)
	names := sock.LoopbackNames(p.Hostname())
	names.Hosts[strings.ToLower(node)] = addrs
	return names.GetAddrInfo(node, service, hints)
}

// Explain tells why the last socket was refused.
func (p *Policy) Explain() string {
	if why := p.note.Take(); why != "" {
		return why
	}
	return p.StackLayer.Explain()
}

// confine ties a socket to the loopback interface.
func confine(s sock.Socket) abi.Errno {
	if c, ok := sock.Find[sock.Confiner](s); ok {
		return c.Confine()
	}
	return abi.EOPNOTSUPP
}
