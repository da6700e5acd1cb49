package lab

import (
	"context"
	"encoding/binary"
	"net/netip"

	"socklab/host/abi"
	"socklab/host/sock"
)

const (
	levelIP   = abi.Level(abi.IPPROTO_IP)
	levelIPv6 = abi.Level(abi.IPPROTO_IPV6)
)

// ofIPv4 are the options of IPv6 that ask for control messages, and what they
// are where IPv6 travels as IPv4.
var ofIPv4 = map[abi.Option]abi.Option{
	{Level: levelIPv6, Num: abi.IPV6_RECVHOPLIMIT}: {Level: levelIP, Num: abi.IP_RECVTTL},
	{Level: levelIPv6, Num: abi.IPV6_RECVTCLASS}:   {Level: levelIP, Num: abi.IP_RECVTOS},
	{Level: levelIPv6, Num: abi.IPV6_RECVPKTINFO}:  {Level: levelIP, Num: abi.IP_PKTINFO},
}

// underneath is the option as the kernel's socket has it.
func (s *socket) underneath(opt abi.Option) abi.Option {
	if of, ok := ofIPv4[opt]; ok && s.family == abi.AF_INET6 {
		return of
	}
	return opt
}

// SendMsg sends p with control messages.
func (s *socket) SendMsg(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr, control []sock.Control) (int, abi.Errno) {
	var under []sock.Control
	for _, c := range control {
		if from, index, ok := sock.SourceOf(c); ok {
			sc, _ := inner(from)
			if sc == 0 || index > 1 {
				return 0, s.fail("sendmsg", abi.InetAddr(netip.AddrPortFrom(from, 0)), abi.EADDRNOTAVAIL)
			}
			c = sock.Control{Level: levelIP, Type: abi.IP_PKTINFO, Data: make([]byte, 12)}
			if !from.IsUnspecified() {
				ip := s.lab.addr(sc).As4()
				copy(c.Data[4:], ip[:])
			}
		}
		if c.Level == levelIPv6 {
			c.Level, c.Type = levelIP, map[int32]int32{abi.IPV6_HOPLIMIT: abi.IP_TTL, abi.IPV6_TCLASS: abi.IP_TOS}[c.Type]
		}
		under = append(under, c)
	}
	return s.send(ctx, p, flags, to, under)
}

// RecvMsg receives into p, from members only, with control messages.
func (s *socket) RecvMsg(ctx context.Context, p []byte, flags abi.MsgFlags, control *sock.Controls) (int, abi.Sockaddr, abi.MsgFlags, abi.Errno) {
	n, from, out, err := s.recv(ctx, p, flags, control)
	for i := range control.List {
		s.tell(&control.List[i])
	}
	return n, from, out, err
}

// tell makes a control message what the guest is told.
func (s *socket) tell(c *sock.Control) {
	if c.Level != levelIP {
		return
	}
	v6 := s.family == abi.AF_INET6
	switch {
	case c.Type == abi.IP_PKTINFO && len(c.Data) == 12:
		to := s.outer(abi.InetAddr(netip.AddrPortFrom(netip.AddrFrom4([4]byte(c.Data[8:])), 0)), netip.Addr{}).IP.Addr()
		if v6 {
			c.Level, c.Type = levelIPv6, abi.IPV6_PKTINFO
			c.Data = append(to.AsSlice(), c.Data[:4]...)
			return
		}
		copy(c.Data[4:], to.AsSlice())
		copy(c.Data[8:], to.AsSlice())
	case c.Type == abi.IP_TTL && v6:
		c.Level, c.Type = levelIPv6, abi.IPV6_HOPLIMIT
	case c.Type == abi.IP_TOS && v6 && len(c.Data) == 1:
		c.Level, c.Type = levelIPv6, abi.IPV6_TCLASS
		c.Data = binary.LittleEndian.AppendUint32(nil, uint32(c.Data[0]))
	}
}
