package lab

import (
	"context"
	"encoding/binary"
	"net/netip"
	"time"

	"socklab/host/abi"
)

var (
	optReuseAddr = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_REUSEADDR}
	optReusePort = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_REUSEPORT}
	optBroadcast = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_BROADCAST}
	optV6Only    = abi.Option{Level: abi.Level(abi.IPPROTO_IPV6), Num: abi.IPV6_V6ONLY}
)

// Bind gives the socket an address.
func (s *socket) Bind(addr abi.Sockaddr) abi.Errno {
	if addr.Family != s.family {
		if s.family == abi.AF_INET6 && addr.Family == abi.AF_INET {
			return abi.EINVAL // as Linux, which finds the address too short
		}
		return abi.EAFNOSUPPORT
	}
	ip, port := addr.IP.Addr(), addr.IP.Port()
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, _ := inner(ip)
	switch {
	case s.hold != nil:
		return abi.EINVAL
	case sc == 0:
		return s.fail("bind", addr, abi.EADDRNOTAVAIL)
	case ip.Is4In6() && s.v6only:
		return abi.EINVAL
	case ip == v6Any && !s.v6only:
		sc = dual
	}
	return s.fail("bind", addr, s.bind(sc, ip, port))
}

// bind binds, and registers the port. The caller holds the lock.
func (s *socket) bind(sc scope, asked netip.Addr, port uint16) abi.Errno {
	kept := s.lab.release(port)
	err := s.take(sc, port)
	// What has kept the port is closed, but a process that this one is starting
	// has it too until it has begun.
	for end := time.Now().Add(keptTime); kept && err == abi.EADDRINUSE && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
		err = s.take(sc, port)
	}
	if err != abi.OK {
		return err
	}
	s.asked = asked
	s.register(sc, false)
	return abi.OK
}

// keptTime is how long a process may take to begin.
const keptTime = 2 * time.Second

// take binds the kernel's socket.
func (s *socket) take(sc scope, port uint16) abi.Errno {
	switch {
	case s.outsider(sc, port):
		return abi.EADDRINUSE
	case sc == dual:
		return s.bindDual(port)
	}
	return s.Socket.Bind(s.form(netip.AddrPortFrom(s.lab.addr(sc), port)))
}

// bindDual binds a dual-stack socket to the address of ::1, and its shadow to
// the same port of 127.0.0.1's, where it keeps others away as the socket
// itself would natively.
func (s *socket) bindDual(port uint16) abi.Errno {
	typ := abi.SOCK_DGRAM
	if s.stream {
		typ = abi.SOCK_STREAM
	}
	for tries := 16; ; tries-- {
		shadow, err := s.lab.under.Socket(abi.AF_INET, typ, 0)
		if err != abi.OK {
			return err
		}
		for _, opt := range []abi.Option{optReuseAddr, optReusePort} {
			shadow.SetOption(opt, intValue(s.option(opt)))
		}
		if err = shadow.Bind(abi.InetAddr(netip.AddrPortFrom(s.lab.v4, port))); err == abi.OK {
			var at abi.Sockaddr
			if at, err = shadow.LocalAddr(); err == abi.OK {
				err = s.Socket.Bind(s.form(netip.AddrPortFrom(s.lab.v6, at.IP.Port())))
			}
		}
		if err == abi.OK {
			if !s.stream { // so that it hears only itself
				self, _ := shadow.LocalAddr()
				shadow.Connect(context.Background(), self)
			}
			s.shadow = shadow
			return abi.OK
		}
		shadow.Close()
		if err != abi.EADDRINUSE || port != 0 || tries == 0 {
			return err
		}
	}
}

// outsider reports whether a socket of another program, on the machine's
// wildcard address, would share the port. The kernel refuses that by itself
// unless both ask to share.
func (s *socket) outsider(sc scope, port uint16) bool {
	if port == 0 || !s.option(optReusePort) && (s.stream || !s.option(optReuseAddr)) {
		return false
	}
	s.lab.ports.mu.RLock()
	ours := len(s.lab.ports.live[portKey{s.stream, port}]) > 0
	s.lab.ports.mu.RUnlock()
	if ours {
		return false
	}
	typ := abi.SOCK_DGRAM
	if s.stream {
		typ = abi.SOCK_STREAM
	}
	probe, err := s.lab.under.Socket(abi.AF_INET, typ, 0)
	if err != abi.OK {
		return true
	}
	defer probe.Close()
	if s.stream { // connections in TIME_WAIT are nobody
		probe.SetOption(optReuseAddr, intValue(true))
	}
	return probe.Bind(abi.InetAddr(netip.AddrPortFrom(s.lab.addr(sc), port))) == abi.EADDRINUSE
}

// register makes the port known to the members. The caller holds the lock.
func (s *socket) register(sc scope, auto bool) {
	addr, err := s.Socket.LocalAddr()
	if err != abi.OK {
		return
	}
	s.sourced = true
	s.hold = &hold{
		guest: s.m.name, stream: s.stream, scope: sc, port: addr.IP.Port(), auto: auto,
		asked: s.asked, v6only: s.v6only, shadow: s.shadow, refs: 1,
		kernel: netip.AddrPortFrom(addr.IP.Addr().Unmap(), addr.IP.Port()),
	}
	s.lab.ports.add(s.hold)
}

// initV6Only makes the kernel's socket take the lab's addresses, which are
// IPv4's, and keeps the option's value for the guest.
func (s *socket) initV6Only() {
	s.v6only = s.option(optV6Only)
	s.Socket.SetOption(optV6Only, intValue(false))
}

// GetOption stores an option's value.
func (s *socket) GetOption(opt abi.Option, value []byte) (int, abi.Errno) {
	if opt == optV6Only && s.family == abi.AF_INET6 {
		s.mu.Lock()
		defer s.mu.Unlock()
		return copy(value, intValue(s.v6only)), abi.OK
	}
	return s.Socket.GetOption(s.underneath(opt), value)
}

// SetOption sets an option. IPV6_V6ONLY cannot change once the socket is bound.
func (s *socket) SetOption(opt abi.Option, value []byte) abi.Errno {
	if opt != optV6Only || s.family != abi.AF_INET6 {
		return s.Socket.SetOption(s.underneath(opt), value)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(value) < 4 || s.sourced {
		return abi.EINVAL
	}
	s.v6only = binary.LittleEndian.Uint32(value) != 0
	return abi.OK
}

// option tells whether an option of the kernel's socket is on.
func (s *socket) option(opt abi.Option) bool {
	var v [4]byte
	_, err := s.Socket.GetOption(opt, v[:])
	return err == abi.OK && binary.LittleEndian.Uint32(v[:]) != 0
}

func intValue(on bool) []byte {
	if on {
		return []byte{1, 0, 0, 0}
	}
	return []byte{0, 0, 0, 0}
}
