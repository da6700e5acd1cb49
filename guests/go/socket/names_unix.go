//go:build linux || darwin

package socket

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// Natively names are Go's affair: its resolver, and /etc/services.

func getAddrInfo(node, service string, hints AddrInfo) ([]AddrInfo, error) {
	if node == "" && service == "" {
		return nil, EAI_NONAME
	}
	var kinds []AddrInfo // the rows of each address
	for _, k := range [...]AddrInfo{
		{Type: SOCK_STREAM, Protocol: IPPROTO_TCP}, {Type: SOCK_DGRAM, Protocol: IPPROTO_UDP}, {Type: SOCK_RAW},
	} {
		if (hints.Type == 0 || hints.Type == k.Type) && (hints.Protocol == 0 || hints.Protocol == k.Protocol) {
			kinds = append(kinds, k)
		}
	}
	if kinds == nil {
		return nil, EAI_SOCKTYPE
	}
	port, err := servicePort(service, kinds[0].Type, hints.Flags)
	if err != nil {
		return nil, err
	}
	ips, err := nodeAddrs(node, hints)
	if err != nil {
		return nil, err
	}
	var all []AddrInfo
	for _, ip := range ips {
		for _, k := range kinds {
			k.Addr = Addr{IP: ip, Port: port}
			k.Family = k.Addr.Family()
			if all == nil && hints.Flags&AI_CANONNAME != 0 {
				k.CanonName = node
			}
			all = append(all, k)
		}
	}
	return all, nil
}

func servicePort(service string, typ, flags int) (int, error) {
	if service == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(service, 10, 16); err == nil {
		return int(n), nil
	}
	if _, err := strconv.Atoi(service); err == nil || flags&AI_NUMERICSERV != 0 {
		return 0, EAI_SERVICE
	}
	protocol := "tcp"
	if typ == SOCK_DGRAM {
		protocol = "udp"
	}
	port, err := getServByName(service, protocol)
	if err != nil {
		return 0, EAI_SERVICE
	}
	return port, nil
}

func nodeAddrs(node string, hints AddrInfo) ([]netip.Addr, error) {
	if hints.Family != AF_UNSPEC && hints.Family != AF_INET && hints.Family != AF_INET6 {
		return nil, EAI_FAMILY
	}
	fits := func(ip netip.Addr) bool { return hints.Family == AF_UNSPEC || (hints.Family == AF_INET) == ip.Is4() }
	var ips []netip.Addr
	if node == "" {
		ips = []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}
		if hints.Flags&AI_PASSIVE != 0 {
			ips = []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
		}
	} else if ip, err := netip.ParseAddr(node); err == nil {
		if !fits(ip) {
			return nil, EAI_ADDRFAMILY
		}
		return []netip.Addr{ip}, nil
	} else if hints.Flags&AI_NUMERICHOST != 0 {
		return nil, EAI_NONAME
	} else if ips, err = net.DefaultResolver.LookupNetIP(context.Background(), "ip", node); err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsTemporary {
			return nil, EAI_AGAIN
		}
		return nil, EAI_NONAME
	}
	var fit []netip.Addr
	for _, ip := range ips {
		if ip = ip.Unmap(); fits(ip) {
			fit = append(fit, ip)
		}
	}
	if fit == nil {
		return nil, EAI_NONAME
	}
	return fit, nil
}

func getNameInfo(addr Addr, flags int) (node, service string, err error) {
	if !addr.IP.IsValid() {
		return "", "", EAI_FAMILY
	}
	node, service = addr.IP.String(), strconv.Itoa(addr.Port)
	if flags&NI_NUMERICHOST == 0 {
		names, err := net.LookupAddr(node)
		if err == nil && len(names) > 0 {
			node = strings.TrimSuffix(names[0], ".")
		} else if flags&NI_NAMEREQD != 0 {
			return "", "", EAI_NONAME
		}
	}
	if flags&NI_NUMERICSERV == 0 {
		protocol := "tcp"
		if flags&NI_DGRAM != 0 {
			protocol = "udp"
		}
		if name, err := getServByPort(addr.Port, protocol); err == nil {
			service = name
		}
	}
	return node, service, nil
}

func getHostName() (string, error) { return os.Hostname() }

func getServByName(name, protocol string) (port int, err error) {
	err = eachService(func(names []string, p int, proto string) bool {
		for _, n := range names {
			if n == name && (protocol == "" || protocol == proto) {
				port = p
				return true
			}
		}
		return false
	})
	return port, err
}

func getServByPort(port int, protocol string) (name string, err error) {
	err = eachService(func(names []string, p int, proto string) bool {
		name = names[0]
		return p == port && (protocol == "" || protocol == proto)
	})
	if err != nil {
		return "", err
	}
	return name, nil
}

// eachService calls found for every line of the service database, until it
// says yes: services(5). ENOENT if it never does.
func eachService(found func(names []string, port int, protocol string) bool) error {
	f, err := os.Open("/etc/services")
	if err != nil {
		return ENOENT
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line) // name port/protocol aliases…
		if len(fields) < 2 {
			continue
		}
		number, protocol, _ := strings.Cut(fields[1], "/")
		port, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		if found(append(fields[:1:1], fields[2:]...), port, protocol) {
			return nil
		}
	}
	return ENOENT
}
