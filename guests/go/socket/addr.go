package socket

import (
	"net/netip"
	"strconv"
	"syscall"
)

// Addr is a socket's address: an IP address and a port, or the path of an
// AF_UNIX socket. Addresses can be compared with ==. The zero Addr is no
// address.
type Addr struct {
	IP   netip.Addr
	Port int
	Path string // if it begins with @, a name without a file (Linux)

	bad string // what Inet was given instead of an IP address
}

// Inet is the address of a port of an IPv4 or IPv6 address, such as
// Inet("127.0.0.1", 9000). A name is not an address: [GetAddrInfo] turns
// names into addresses. Whatever is not an address is refused by the call
// that it is given to.
func Inet(ip string, port int) Addr {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return Addr{Port: port, bad: ip}
	}
	return Addr{IP: a, Port: port}
}

// Unix is the address of an AF_UNIX socket.
func Unix(path string) Addr { return Addr{Path: path} }

// Family is AF_INET, AF_INET6 or AF_UNIX; AF_UNSPEC for no address.
func (a Addr) Family() int {
	switch {
	case a.IP.Is4():
		return AF_INET
	case a.IP.IsValid():
		return AF_INET6
	case a.Path != "":
		return AF_UNIX
	}
	return AF_UNSPEC
}

// String is 127.0.0.1:9000, [::1]:9000, or the path.
func (a Addr) String() string {
	switch {
	case a.IP.Is4():
		return a.IP.String() + ":" + strconv.Itoa(a.Port)
	case a.IP.IsValid():
		return "[" + a.IP.String() + "]:" + strconv.Itoa(a.Port)
	case a.Path != "":
		return a.Path
	case a.bad != "":
		return a.bad + ":" + strconv.Itoa(a.Port)
	}
	return "-"
}

// AddrError is the error of an address that is none.
type AddrError struct {
	Addr   Addr
	Reason string
}

func (e *AddrError) Error() string { return e.Addr.String() + ": " + e.Reason }

// Unwrap is the error that the kernel would have given.
func (e *AddrError) Unwrap() error { return EINVAL }

func (a Addr) sockaddr() (syscall.Sockaddr, error) {
	switch {
	case a.bad != "":
		return nil, &AddrError{a, strconv.Quote(a.bad) + " is not an IP address; GetAddrInfo turns names into addresses"}
	case a.Port < 0 || a.Port > 65535:
		return nil, &AddrError{a, "a port is a number from 0 to 65535"}
	case a.IP.Is4():
		return &syscall.SockaddrInet4{Port: a.Port, Addr: a.IP.As4()}, nil
	case a.IP.IsValid():
		zone, _ := strconv.ParseUint(a.IP.Zone(), 10, 32)
		return &syscall.SockaddrInet6{Port: a.Port, Addr: a.IP.As16(), ZoneId: uint32(zone)}, nil
	case a.Path != "":
		return &syscall.SockaddrUnix{Name: a.Path}, nil
	}
	return nil, &AddrError{a, "no address given"}
}

func addrOf(sa syscall.Sockaddr) Addr {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return Addr{IP: netip.AddrFrom4(sa.Addr), Port: sa.Port}
	case *syscall.SockaddrInet6:
		ip := netip.AddrFrom16(sa.Addr)
		if sa.ZoneId != 0 {
			ip = ip.WithZone(strconv.FormatUint(uint64(sa.ZoneId), 10))
		}
		return Addr{IP: ip, Port: sa.Port}
	case *syscall.SockaddrUnix:
		if sa.Name == "@" { // unnamed, as Go has it on Linux
			return Addr{}
		}
		return Addr{Path: sa.Name}
	}
	return Addr{}
}
