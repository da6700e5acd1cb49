// Package kernel is the sock.Stack that stands on the machine's own sockets.
//
// Its sockets are the kernel's, made by the raw system calls: nothing is set
// on them that the guest did not ask for. Underneath, each is non-blocking
// and close-on-exec, and O_NONBLOCK as the guest sees it is a flag of the
// Socket. A call that blocks first tries the system call, and if that says
// EAGAIN parks its goroutine in Go's network poller, where it costs no
// thread, until the descriptor is ready, the context or the socket's timeout
// ends, or the socket is closed.
//
// It refuses what a guest has no business with (other families, protocols
// that would listen to the whole machine), and beyond that restricts
// nothing: see sock.Policy.
package kernel

import (
	"context"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Stack is the machine's sockets and the names that need no network to
// resolve.
type Stack struct {
	names sock.Names
}

var _ sock.Stack = (*Stack)(nil)

// New makes a Stack. Its host name is the machine's.
func New() *Stack {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	names := sock.LoopbackNames(host)
	if !hasIPv6() {
		names = names.WithoutIPv6()
	}
	return &Stack{names: names}
}

// hasIPv6 reports whether the machine has ::1.
var hasIPv6 = sync.OnceValue(func() bool {
	fd, e := sysSocket(kernelFamily(abi.AF_INET6), int(abi.SOCK_DGRAM), 0)
	if e != 0 {
		return false
	}
	defer unix.Close(fd)
	var sa rawAddr
	sa.encode(abi.InetAddr(netip.AddrPortFrom(netip.IPv6Loopback(), 0)))
	return sysBind(fd, &sa) == 0
})

// Socket makes a socket.
func (k *Stack) Socket(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	if err := permitted(family, typ, proto); err != abi.OK {
		return nil, err
	}
	if family == abi.AF_UNIX && typ == abi.SOCK_RAW {
		typ = abi.SOCK_DGRAM // as Linux has it
	}
	fd, e := sysSocket(kernelFamily(family), int(typ), int(proto))
	if e != 0 {
		return nil, errnoOf(e)
	}
	if typ == abi.SOCK_RAW {
		// A raw socket hears every echo reply of the machine: keep it to loopback's.
		if e := sysBindLoopback(fd); e != 0 {
			unix.Close(fd)
			return nil, errnoOf(e)
		}
	}
	return newSocket(fd, family, typ, proto), abi.OK
}

// SocketPair makes two connected AF_UNIX sockets.
func (k *Stack) SocketPair(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, sock.Socket, abi.Errno) {
	if err := permitted(family, typ, proto); err != abi.OK {
		return nil, nil, err
	}
	fds, e := sysSocketPair(kernelFamily(family), int(typ), int(proto))
	if e != 0 {
		return nil, nil, errnoOf(e)
	}
	return newSocket(fds[0], family, typ, proto), newSocket(fds[1], family, typ, proto), abi.OK
}

// permitted answers what the kernel is not to be asked. The order of the
// checks, and the errors, are those of socket(2).
func permitted(family abi.Family, typ abi.Type, proto abi.Protocol) abi.Errno {
	const typeMax, protocolMax = 11, 263 // SOCK_MAX, IPPROTO_MAX
	switch {
	case family != abi.AF_UNIX && family != abi.AF_INET && family != abi.AF_INET6:
		return abi.EAFNOSUPPORT
	case typ < 0 || typ >= typeMax:
		return abi.EINVAL
	case typ < abi.SOCK_STREAM || typ > abi.SOCK_SEQPACKET, typ == abi.SOCK_SEQPACKET && family != abi.AF_UNIX:
		return abi.EPROTONOSUPPORT // ESOCKTNOSUPPORT; SOCK_PACKET hears every frame
	case family == abi.AF_UNIX:
		return abi.OK
	case proto < 0 || proto >= protocolMax:
		return abi.EINVAL
	}
	switch proto {
	case abi.IPPROTO_IP, abi.IPPROTO_TCP, abi.IPPROTO_UDP, abi.IPPROTO_ICMP, abi.IPPROTO_ICMPV6, abi.IPPROTO_UDPLITE:
	default:
		if typ != abi.SOCK_RAW {
			return abi.EPROTONOSUPPORT
		}
	}
	if typ == abi.SOCK_RAW && proto != abi.IPPROTO_IP && proto != icmpOf(family) {
		return abi.EPERM // other raw protocols hear the whole machine's traffic
	}
	return abi.OK
}

func icmpOf(family abi.Family) abi.Protocol {
	if family == abi.AF_INET6 {
		return abi.IPPROTO_ICMPV6
	}
	return abi.IPPROTO_ICMP
}

// GetAddrInfo resolves the loopback names; see sock.Names.
func (k *Stack) GetAddrInfo(_ context.Context, node, service string, hints sock.Hints) ([]abi.AddrInfo, abi.EAI) {
	return k.names.GetAddrInfo(node, service, hints)
}

// GetNameInfo is the inverse.
func (k *Stack) GetNameInfo(_ context.Context, addr abi.Sockaddr, flags int) (node, service string, err abi.EAI) {
	return k.names.GetNameInfo(addr, flags)
}

// Hostname is the machine's name.
func (k *Stack) Hostname() string { return k.names.Hostname }

// ServiceByName finds a service's port.
func (k *Stack) ServiceByName(name, proto string) (int, bool) {
	return k.names.ServiceByName(name, proto)
}

// ServiceByPort finds a port's service.
func (k *Stack) ServiceByPort(port int, proto string) (string, bool) {
	return k.names.ServiceByPort(port, proto)
}
