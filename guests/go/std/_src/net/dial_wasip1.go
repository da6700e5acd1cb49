package net

import (
	"context"
	"net/netip"
	"syscall"
)

// What follows takes nothing away and adds nothing: it spares a guest, whose
// code is some times slower than native code, the longest of the ways that
// package net goes to dial.

// straightDial is Dial. An address that is one, and neither a name nor one
// that stands for several, is dialed at once: what a Dialer does to find that
// out takes longer than the connection.
func straightDial(network, address string) (Conn, error) {
	var d Dialer
	to, ok := dottedQuad(address)
	if !ok {
		to, _ = netip.ParseAddrPort(address)
	}
	ip := to.Addr()
	if !ip.IsValid() || network != "tcp" || ip.IsUnspecified() || ip.Is4In6() || ip.Zone() != "" || d.MultipathTCP() {
		return d.Dial(network, address)
	}
	sd := &sysDialer{network: network, address: address}
	raddr := TCPAddrFromAddrPort(to)
	c, err := sd.dialTCP(context.Background(), nil, raddr)
	if err != nil {
		return nil, &OpError{Op: "dial", Net: network, Addr: raddr, Err: err}
	}
	return c, nil
}

// dottedQuad reads an address such as 127.0.0.1:9000, the most usual one, at a
// third of the cost of netip's parser. What it does not read may be right.
func dottedQuad(s string) (netip.AddrPort, bool) {
	var ip [4]byte
	n, part, digits := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			if digits++; digits > 1 && n == 0 {
				return netip.AddrPort{}, false // a leading zero
			}
			n = n*10 + int(c-'0')
			if n > 255 && part < 4 || n > 65535 {
				return netip.AddrPort{}, false
			}
		case digits > 0 && (c == '.' && part < 3 || c == ':' && part == 3):
			ip[part] = byte(n)
			n, part, digits = 0, part+1, 0
		default:
			return netip.AddrPort{}, false
		}
	}
	if part != 4 || digits == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(netip.AddrFrom4(ip), uint16(n)), true
}

// connectTwice is syscall.Connect. On loopback the handshake is over when
// connect(2) says that it is in progress: asking again is less than to wait.
func connectTwice(fd int, sa syscall.Sockaddr) error {
	err := syscall.Connect(fd, sa)
	if err == syscall.EINPROGRESS {
		if again := syscall.Connect(fd, sa); again != syscall.EALREADY {
			return again
		}
	}
	return err
}

// connectedTo is the address at the other end of a socket that connected to
// sa; nil if it may be another.
func connectedTo(sa syscall.Sockaddr) syscall.Sockaddr {
	switch a := sa.(type) {
	case *syscall.SockaddrInet4:
		if a.Addr != [4]byte{} {
			return a
		}
	case *syscall.SockaddrInet6:
		if a.Addr != [16]byte{} {
			return a
		}
	}
	return nil
}
