package sock

import (
	"net/netip"

	"socklab/host/abi"
)

// Names is what a name resolver knows: a host name of its own, the addresses
// of hosts, and services. Nothing in it asks a network.
type Names struct {
	Hostname string
	Hosts    map[string][]netip.Addr // by lower-case name, in the order of preference
	Services []Service
}

// Service is an entry of the service database.
type Service struct {
	Name   string
	Port   int
	Protos []string // "tcp", "udp"
}

// LoopbackNames knows localhost and hostname, both of them loopback, and the
// usual services.
func LoopbackNames(hostname string) Names {
	loopback := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	return Names{
		Hostname: hostname,
		Hosts:    map[string][]netip.Addr{"localhost": loopback, hostname: loopback},
	}
}

// GetAddrInfo resolves as getaddrinfo(3).
func (n *Names) GetAddrInfo(node, service string, hints Hints) ([]abi.AddrInfo, abi.EAI) {
	return nil, abi.EAI_NONAME
}

// GetNameInfo is the inverse, as getnameinfo(3).
func (n *Names) GetNameInfo(addr abi.Sockaddr, flags int) (node, service string, err abi.EAI) {
	return "", "", abi.EAI_NONAME
}

// ServiceByName finds a service's port.
func (n *Names) ServiceByName(name, proto string) (int, bool) { return 0, false }

// ServiceByPort finds a port's service.
func (n *Names) ServiceByPort(port int, proto string) (string, bool) { return "", false }
