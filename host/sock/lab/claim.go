package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"socklab/host/abi"
	"socklab/host/sock"
)

// claim draws a pair of addresses that no other lab of the machine uses, and
// opens the two ports that refuse.
//
// A claim is an abstract AF_UNIX name: it is seen by every process that
// shares this loopback, and goes when the process does.
func (l *Lab) claim() error {
	probe, err := l.hold(abi.SOCK_STREAM, netip.MustParseAddrPort("127.64.0.2:0"))
	if err == abi.EADDRNOTAVAIL {
		return fmt.Errorf("lab: this system's loopback is 127.0.0.1 alone: labs need all of 127.0.0.0/8, as Linux has it")
	} else if err != abi.OK {
		return fmt.Errorf("lab: %w", err)
	}
	probe.Close()
	const tries = 100
	for range tries {
		pair := [4]byte{127, byte(64 + rand.IntN(64)), byte(rand.IntN(256)), byte(2 + 2*rand.IntN(126))}
		l.v4 = netip.AddrFrom4(pair)
		pair[3]++
		l.v6 = netip.AddrFrom4(pair)

		lock, err := l.under.Socket(abi.AF_UNIX, abi.SOCK_DGRAM, 0)
		if err != abi.OK {
			return fmt.Errorf("lab: %w", err)
		}
		err = lock.Bind(abi.UnixAddr("\x00socklab-lab-" + l.v4.String()))
		if err == abi.EADDRINUSE {
			lock.Close()
			continue
		}
		l.held = append(l.held, lock)
		if err != abi.OK {
			return fmt.Errorf("lab: claiming %s: %w", l.v4, err)
		}
		return l.keepClosed()
	}
	return fmt.Errorf("lab: no free address in %d tries", tries)
}

// keepClosed makes the ports that connects and datagrams to nobody are sent
// to: a stream socket that never listens, and a datagram socket that hears
// only itself.
func (l *Lab) keepClosed() error {
	for _, typ := range []abi.Type{abi.SOCK_STREAM, abi.SOCK_DGRAM} {
		s, err := l.hold(typ, netip.AddrPortFrom(l.v4, 0))
		if err != abi.OK {
			return fmt.Errorf("lab: %s: %w", l.v4, err)
		}
		l.held = append(l.held, s)
		addr, err := s.LocalAddr()
		if err == abi.OK && typ == abi.SOCK_DGRAM {
			err = s.Connect(context.Background(), addr)
		}
		if err != abi.OK {
			return fmt.Errorf("lab: %s: %w", l.v4, err)
		}
		if typ == abi.SOCK_STREAM {
			l.refuse.stream = addr.IP
		} else {
			l.refuse.dgram = addr.IP
		}
	}
	return nil
}

// hold binds a socket of the Lab's own.
func (l *Lab) hold(typ abi.Type, at netip.AddrPort) (sock.Socket, abi.Errno) {
	s, err := l.under.Socket(abi.AF_INET, typ, 0)
	if err != abi.OK {
		return nil, err
	}
	if err := s.Bind(abi.InetAddr(at)); err != abi.OK {
		s.Close()
		return nil, err
	}
	return s, abi.OK
}
