package policy

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"socklab/host/abi"
)

// Door is a place outside loopback that a guest may reach, by TCP and UDP.
type Door struct {
	Host string // a name in lower case, or an address
	Port uint16
}

// ParseDoor reads HOST:PORT, with an IPv6 address in brackets.
func ParseDoor(s string) (Door, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return Door{}, fmt.Errorf("%q is not HOST:PORT", s)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Door{}, fmt.Errorf("%q: the port must be a number from 1 to 65535", s)
	}
	if host == "" {
		return Door{}, fmt.Errorf("%q has no host", s)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" || ip.IsUnspecified() {
			return Door{}, fmt.Errorf("%q: the address must be one host's, without a zone", s)
		}
		return Door{Host: ip.Unmap().String(), Port: uint16(n)}, nil
	}
	return Door{Host: canonical(host), Port: uint16(n)}, nil
}

// String is what ParseDoor reads.
func (d Door) String() string { return net.JoinHostPort(d.Host, strconv.Itoa(int(d.Port))) }

// canonical is a host name as doors are compared by.
func canonical(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// named reports whether a door has the name.
func (p *Policy) named(host string) bool {
	for _, d := range p.o.Doors {
		if d.Host == host {
			return true
		}
	}
	return false
}

// open remembers the addresses of the doors of a name.
func (p *Policy) open(host string, addrs []netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.o.Doors {
		if d.Host == host {
			to := map[netip.Addr]bool{}
			for _, a := range addrs {
				to[a] = true
			}
			p.found[d] = to
		}
	}
}

// door reports whether one leads to the address.
func (p *Policy) door(to netip.AddrPort) bool {
	if len(p.o.Doors) == 0 {
		return false
	}
	ip := to.Addr()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.o.Doors {
		if d.Port == to.Port() && (p.found[d][ip] || d.Host == ip.String()) {
			return true
		}
	}
	return false
}

// plain is an address in its natural form: a mapped one is IPv4's.
func plain(sa abi.Sockaddr) netip.AddrPort {
	return netip.AddrPortFrom(sa.IP.Addr().Unmap(), sa.IP.Port())
}

func randomID() string { return strconv.FormatUint(rand.Uint64(), 36) }
