package sock

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"socklab/host/abi"
)

// Names is all that a name resolver knows: its own host name, the addresses
// of hosts, and services. It answers as the C library's resolver does, asks
// no network, and is not changed once it is in use.
type Names struct {
	Hostname string
	Hosts    map[string][]netip.Addr // by lower-case name, best first
	Services []Service
}

// LoopbackNames knows localhost and hostname, both of them loopback, and the
// usual services. ::1 comes before 127.0.0.1, as RFC 6724 sorts them and as
// most machines answer.
func LoopbackNames(hostname string) Names {
	v6 := netip.IPv6Loopback()
	both := []netip.Addr{v6, netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	return Names{
		Hostname: hostname,
		Hosts: map[string][]netip.Addr{
			"localhost": both, strings.ToLower(hostname): both,
			"ip6-localhost": {v6}, "ip6-loopback": {v6},
		},
		Services: Services(),
	}
}

// WithoutIPv6 returns what n knows, less the IPv6 addresses.
func (n Names) WithoutIPv6() Names {
	hosts := map[string][]netip.Addr{}
	for name, addrs := range n.Hosts {
		hosts[name] = slices.DeleteFunc(slices.Clone(addrs), netip.Addr.Is6)
	}
	n.Hosts = hosts
	return n
}

// endpoint is a kind of socket that GetAddrInfo answers with.
type endpoint struct {
	typ   abi.Type
	proto abi.Protocol
	name  string // in the service database
}

var endpoints = []endpoint{
	{abi.SOCK_STREAM, abi.IPPROTO_TCP, "tcp"},
	{abi.SOCK_DGRAM, abi.IPPROTO_UDP, "udp"},
	{abi.SOCK_RAW, abi.IPPROTO_IP, ""}, // of any protocol, and without services
}

// GetAddrInfo resolves as getaddrinfo(3) of glibc: one answer for each
// address and each type of socket. AI_ADDRCONFIG has no effect, since
// loopback addresses do not count for it.
//
// # Errors
//   - EAI_NONAME: an unknown name, or neither a node nor a service.
//   - EAI_SERVICE: an unknown service, or one that the type has not, or a port above 65535.
//   - EAI_FAMILY, EAI_SOCKTYPE, EAI_BADFLAGS, EAI_ADDRFAMILY: as the man page has them.
func (n *Names) GetAddrInfo(node, service string, hints Hints) ([]abi.AddrInfo, abi.EAI) {
	const known = abi.AI_PASSIVE | abi.AI_CANONNAME | abi.AI_NUMERICHOST | abi.AI_V4MAPPED | abi.AI_ALL |
		abi.AI_ADDRCONFIG | abi.AI_NUMERICSERV
	switch {
	case node == "" && service == "":
		return nil, abi.EAI_NONAME
	case hints.Flags&^known != 0, node == "" && hints.Flags&abi.AI_CANONNAME != 0:
		return nil, abi.EAI_BADFLAGS
	case hints.Family != abi.AF_UNSPEC && hints.Family != abi.AF_INET && hints.Family != abi.AF_INET6:
		return nil, abi.EAI_FAMILY
	}
	ends, ports, err := n.endpoints(service, hints)
	if err != 0 {
		return nil, err
	}
	addrs, err := n.addresses(node, hints)
	if err != 0 {
		return nil, err
	}
	var all []abi.AddrInfo
	for _, addr := range addrs {
		for i, end := range ends {
			sa := abi.InetAddr(netip.AddrPortFrom(addr, ports[i]))
			if zone, err := strconv.ParseUint(addr.Zone(), 10, 32); err == nil {
				sa.Zone = uint32(zone)
			}
			all = append(all, abi.AddrInfo{Family: sa.Family, Type: end.typ, Protocol: end.proto, Addr: sa})
		}
	}
	if hints.Flags&abi.AI_CANONNAME != 0 {
		all[0].Canonical = canonical(node)
	}
	return all, 0
}

// endpoints tells the types of socket that the hints admit and that have the
// service, and its port for each.
func (n *Names) endpoints(service string, hints Hints) (ends []endpoint, ports []uint16, err abi.EAI) {
	number, numeric := uint64(0), service == ""
	if isDigits(service) {
		numeric = true
		var perr error
		if number, perr = strconv.ParseUint(service, 10, 16); perr != nil {
			return nil, nil, abi.EAI_SERVICE
		}
	}
	if !numeric && hints.Flags&abi.AI_NUMERICSERV != 0 {
		return nil, nil, abi.EAI_NONAME
	}
	explicit := hints.Type != 0 || hints.Proto != 0 // then the first that fits, and that one only
	err = abi.EAI_SERVICE
	if hints.Type != 0 {
		err = abi.EAI_SOCKTYPE
	}
	for _, end := range endpoints {
		raw := end.typ == abi.SOCK_RAW
		if hints.Type != 0 && hints.Type != end.typ || hints.Proto != 0 && !raw && hints.Proto != end.proto {
			continue
		}
		if err = abi.EAI_SERVICE; raw && (!numeric || explicit && service != "") {
			break
		}
		port := int(number)
		if !numeric {
			var ok bool
			if port, ok = n.ServiceByName(service, end.name); !ok && !explicit {
				continue
			} else if !ok {
				break
			}
		}
		if raw {
			end.proto = hints.Proto
		}
		ends, ports = append(ends, end), append(ports, uint16(port))
		if explicit {
			break
		}
	}
	if len(ends) == 0 {
		return nil, nil, err
	}
	return ends, ports, 0
}

// addresses finds a node's addresses of the family asked for.
func (n *Names) addresses(node string, hints Hints) ([]netip.Addr, abi.EAI) {
	if node == "" {
		any4, any6 := netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()
		order := []netip.Addr{any6, any4}
		if hints.Flags&abi.AI_PASSIVE != 0 {
			order = []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
		}
		return ofFamily(order, hints), 0
	}
	if addr, ok := parseAddr(node); ok {
		found := ofFamily([]netip.Addr{addr}, hints)
		if len(found) == 0 && addr.Is4In6() {
			found = []netip.Addr{addr.Unmap()}
		}
		if len(found) == 0 {
			return nil, abi.EAI_ADDRFAMILY
		}
		return found, 0
	}
	if hints.Flags&abi.AI_NUMERICHOST != 0 {
		return nil, abi.EAI_NONAME
	}
	found := ofFamily(n.Hosts[n.lookup(node)], hints)
	if len(found) == 0 {
		return nil, abi.EAI_NONAME
	}
	return found, 0
}

// lookup is the key of a name in Hosts. Whatever ends in .localhost is
// localhost, and a final dot says nothing: RFC 6761 section 6.3.
func (n *Names) lookup(node string) string {
	name := strings.ToLower(strings.TrimSuffix(node, "."))
	if _, ok := n.Hosts[name]; !ok && strings.HasSuffix(name, ".localhost") {
		return "localhost"
	}
	return name
}

func canonical(node string) string {
	if _, ok := parseAddr(node); ok {
		return node
	}
	return strings.ToLower(strings.TrimSuffix(node, "."))
}

// ofFamily picks the addresses of the family that the hints ask for, and
// maps IPv4 ones if they ask for that.
func ofFamily(addrs []netip.Addr, hints Hints) (found []netip.Addr) {
	var mapped []netip.Addr
	for _, a := range addrs {
		switch {
		case hints.Family == abi.AF_UNSPEC, a.Is4() == (hints.Family == abi.AF_INET):
			found = append(found, a)
		case a.Is4() && hints.Flags&abi.AI_V4MAPPED != 0:
			mapped = append(mapped, netip.AddrFrom16(a.As16()))
		}
	}
	if len(found) == 0 || hints.Flags&abi.AI_ALL != 0 {
		found = append(found, mapped...)
	}
	return found
}

// GetNameInfo is the inverse, as getnameinfo(3).
//
// # Errors
//   - EAI_NONAME: no name, and NI_NAMEREQD asks for one.
//   - EAI_FAMILY: not an Internet address. EAI_BADFLAGS: an unknown flag.
func (n *Names) GetNameInfo(addr abi.Sockaddr, flags int) (node, service string, err abi.EAI) {
	const known = abi.NI_NUMERICHOST | abi.NI_NUMERICSERV | abi.NI_NOFQDN | abi.NI_NAMEREQD | abi.NI_DGRAM
	switch {
	case flags&^known != 0:
		return "", "", abi.EAI_BADFLAGS
	case addr.Family != abi.AF_INET && addr.Family != abi.AF_INET6:
		return "", "", abi.EAI_FAMILY
	}
	ip := addr.IP.Addr()
	node = ip.String()
	if addr.Zone != 0 {
		node += "%" + strconv.FormatUint(uint64(addr.Zone), 10)
	}
	name, named := "", false
	if flags&abi.NI_NUMERICHOST == 0 {
		name, named = n.hostOf(ip.Unmap())
	}
	if named {
		node = name
	} else if flags&abi.NI_NAMEREQD != 0 {
		return "", "", abi.EAI_NONAME
	}
	port := int(addr.IP.Port())
	service = strconv.Itoa(port)
	if flags&abi.NI_NUMERICSERV == 0 {
		proto := "tcp"
		if flags&abi.NI_DGRAM != 0 {
			proto = "udp"
		}
		if name, ok := n.ServiceByPort(port, proto); ok {
			service = name
		}
	}
	return node, service, 0
}

// hostOf finds an address's name: localhost if it has that one, then the own
// host name, then the first by the alphabet.
func (n *Names) hostOf(ip netip.Addr) (string, bool) {
	names := append([]string{"localhost", strings.ToLower(n.Hostname)}, slices.Sorted(maps.Keys(n.Hosts))...)
	for _, name := range names {
		if slices.Contains(n.Hosts[name], ip) {
			return name, true
		}
	}
	return "", false
}

// parseAddr reads a numeric address: IPv6, with a zone's number or without,
// or IPv4 in any form of inet_aton(3), such as 127.1.
func parseAddr(s string) (netip.Addr, bool) {
	if strings.Contains(s, ":") {
		addr, err := netip.ParseAddr(s)
		return addr, err == nil && (addr.Zone() == "" || isDigits(addr.Zone()))
	}
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, part := range parts {
		if part == "" || strings.ContainsAny(part, "_+-") || strings.HasPrefix(strings.ToLower(part), "0b") ||
			strings.HasPrefix(strings.ToLower(part), "0o") {
			return netip.Addr{}, false
		}
		width := 8
		if i == len(parts)-1 {
			width = 8 * (5 - len(parts)) // the last part fills what is left
		}
		v, err := strconv.ParseUint(part, 0, width)
		if err != nil {
			return netip.Addr{}, false
		}
		value = value<<width | v
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
