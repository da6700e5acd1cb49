package lab

import (
	"context"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/local"
)

// member is the Stack of one guest.
type member struct {
	sock.StackLayer
	lab     *Lab
	name    string
	resolve local.Resolver
	note    sock.Note
}

// Socket makes a socket. UDP-Lite is UDP to a lab's registry, and so could take
// its ports.
func (m *member) Socket(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	if proto == abi.IPPROTO_UDPLITE {
		m.note.Leave("a lab has no UDP-Lite")
		return nil, abi.EPROTONOSUPPORT
	}
	s, err := m.Stack.Socket(family, typ, proto)
	if family != abi.AF_UNIX && (typ == abi.SOCK_RAW || proto == abi.IPPROTO_ICMP || proto == abi.IPPROTO_ICMPV6) {
		if err == abi.OK {
			s.Close()
			err = abi.EPERM
		}
		if err == abi.EPERM {
			m.note.Leave("a lab has no raw sockets: one would hear the packets of every other lab")
		}
	}
	if err != abi.OK {
		return nil, err
	}
	return m.take(s, family, typ)
}

// SocketPair makes two connected AF_UNIX sockets.
func (m *member) SocketPair(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, sock.Socket, abi.Errno) {
	a, b, err := m.Stack.SocketPair(family, typ, proto)
	if err != abi.OK {
		return nil, nil, err
	}
	x, err := m.take(a, family, typ)
	if err != abi.OK {
		b.Close()
		return nil, nil, err
	}
	y, err := m.take(b, family, typ)
	if err != abi.OK {
		x.Close()
		return nil, nil, err
	}
	return x, y, abi.OK
}

// take makes a socket of the kernel one of the lab's.
func (m *member) take(under sock.Socket, family abi.Family, typ abi.Type) (sock.Socket, abi.Errno) {
	if family == abi.AF_UNIX {
		return m.lab.tracked(m.lab.space.Wrap(under, m.resolve))
	}
	s := &socket{SocketLayer: sock.SocketLayer{Socket: under}, m: m, lab: m.lab, family: family, stream: typ == abi.SOCK_STREAM}
	if family == abi.AF_INET6 {
		s.initV6Only()
	}
	return s, m.lab.add(s)
}

// tracked is an AF_UNIX socket, which the lab only has to close.
type tracked struct {
	sock.SocketLayer
	lab *Lab
}

func (l *Lab) tracked(s sock.Socket) (sock.Socket, abi.Errno) {
	t := &tracked{sock.SocketLayer{Socket: s}, l}
	return t, l.add(t)
}

// Accept takes the next connection.
func (t *tracked) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	s, from, err := t.Socket.Accept(ctx)
	if err != abi.OK {
		return nil, from, err
	}
	s, err = t.lab.tracked(s)
	return s, from, err
}

// Close closes the socket.
func (t *tracked) Close() abi.Errno {
	t.lab.drop(t)
	return t.Socket.Close()
}

// GetAddrInfo resolves the lab's names.
func (m *member) GetAddrInfo(_ context.Context, node, service string, hints sock.Hints) ([]abi.AddrInfo, abi.EAI) {
	return m.lab.names.GetAddrInfo(node, service, hints)
}

// GetNameInfo is the inverse.
func (m *member) GetNameInfo(_ context.Context, addr abi.Sockaddr, flags int) (node, service string, err abi.EAI) {
	return m.lab.names.GetNameInfo(addr, flags)
}

// Hostname is the lab's.
func (m *member) Hostname() string { return m.lab.names.Hostname }

// ServiceByName finds a service's port.
func (m *member) ServiceByName(name, proto string) (int, bool) {
	return m.lab.names.ServiceByName(name, proto)
}

// ServiceByPort finds a port's service.
func (m *member) ServiceByPort(port int, proto string) (string, bool) {
	return m.lab.names.ServiceByPort(port, proto)
}

// Explain tells why the last socket was refused.
func (m *member) Explain() string {
	if why := m.note.Take(); why != "" {
		return why
	}
	return m.StackLayer.Explain()
}
