package socktest

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func socketCases() (cases []testCase) {
	for _, c := range []struct {
		family abi.Family
		typ    abi.Type
		proto  abi.Protocol
		real   abi.Protocol // what SO_PROTOCOL then says
	}{
		{inet, stream, 0, abi.IPPROTO_TCP},
		{inet, stream, abi.IPPROTO_TCP, abi.IPPROTO_TCP},
		{inet, dgram, 0, abi.IPPROTO_UDP},
		{inet, dgram, abi.IPPROTO_UDP, abi.IPPROTO_UDP},
		{inet6, stream, 0, abi.IPPROTO_TCP},
		{inet6, stream, abi.IPPROTO_TCP, abi.IPPROTO_TCP},
		{inet6, dgram, 0, abi.IPPROTO_UDP},
		{inet6, dgram, abi.IPPROTO_UDP, abi.IPPROTO_UDP},
		{unix, stream, 0, 0},
		{unix, dgram, 0, 0},
		{unix, seqpacket, 0, 0},
	} {
		cases = append(cases, testCase{fmt.Sprintf("%s, %s and protocol %d make a socket that says so", c.family.Name(), c.typ.Name(), c.proto), func(t *T) {
			t.need(c.family)
			s, err := t.Stack.Socket(c.family, c.typ, c.proto)
			t.ok(err)
			defer s.Close()
			require.Equal(t, int32(c.typ), t.get(s, abi.SOL_SOCKET, abi.SO_TYPE))
			require.Equal(t, int32(c.family), t.get(s, abi.SOL_SOCKET, abi.SO_DOMAIN))
			require.Equal(t, int32(c.real), t.get(s, abi.SOL_SOCKET, abi.SO_PROTOCOL))
			require.Equal(t, c.family, s.Info().Family)
			require.Equal(t, c.typ, s.Info().Type)
		}})
	}
	for _, c := range []struct {
		what   string
		family abi.Family
		typ    abi.Type
		proto  abi.Protocol
		want   abi.Errno
	}{
		{"no family", 0, stream, 0, abi.EAFNOSUPPORT},
		{"netlink", abi.AF_NETLINK, abi.SOCK_RAW, 0, abi.EAFNOSUPPORT},
		{"packets of the wire", abi.AF_PACKET, abi.SOCK_RAW, 0, abi.EAFNOSUPPORT},
		{"packets of the wire by the old way", inet, 10, 3, abi.EPROTONOSUPPORT},
		{"the CAN bus", abi.AF_CAN, abi.SOCK_RAW, 1, abi.EAFNOSUPPORT},
		{"a family that is not one", 999, stream, 0, abi.EAFNOSUPPORT},
		{"a family below zero", -1, stream, 0, abi.EAFNOSUPPORT},
		{"type 0", inet, 0, 0, abi.EPROTONOSUPPORT},
		{"a type that is not one", inet, 77, 0, abi.EINVAL},
		{"a type below zero", inet, -1, 0, abi.EINVAL},
		{"a stream of UDP", inet, stream, abi.IPPROTO_UDP, abi.EPROTONOSUPPORT},
		{"datagrams of TCP", inet, dgram, abi.IPPROTO_TCP, abi.EPROTONOSUPPORT},
		{"a stream of UDP-Lite", inet, stream, abi.IPPROTO_UDPLITE, abi.EPROTONOSUPPORT},
		{"a stream of SCTP", inet, stream, 132, abi.EPROTONOSUPPORT},
		{"a stream of multipath TCP", inet, stream, 262, abi.EPROTONOSUPPORT},
		{"a protocol below zero", inet, stream, -1, abi.EINVAL},
		{"a protocol that is not one", inet, stream, 1000, abi.EINVAL},
		{"packets in sequence over IP", inet, seqpacket, 0, abi.EPROTONOSUPPORT},
		{"reliable datagrams", inet, abi.SOCK_RDM, 0, abi.EPROTONOSUPPORT},
		{"reliable datagrams of AF_UNIX", unix, abi.SOCK_RDM, 0, abi.EPROTONOSUPPORT},
		{"a protocol of AF_UNIX", unix, stream, 6, abi.EPROTONOSUPPORT},
		{"a raw socket that hears all TCP", inet, abi.SOCK_RAW, abi.IPPROTO_TCP, abi.EPERM},
		{"a raw socket of no protocol", inet, abi.SOCK_RAW, 0, abi.EPROTONOSUPPORT},
	} {
		cases = append(cases, testCase{fmt.Sprintf("%s is refused with %s", c.what, c.want.Name()), func(t *T) {
			_, err := t.Stack.Socket(c.family, c.typ, c.proto)
			t.is(c.want, err)
		}})
	}
	cases = append(cases, pairCases()...)
	return append(cases, []testCase{
		{"a raw ICMP socket is made, or refused with EPERM", func(t *T) {
			s, err := t.Stack.Socket(inet, abi.SOCK_RAW, abi.IPPROTO_ICMP)
			t.oneOf(err, abi.OK, abi.EPERM)
			if err == abi.OK {
				t.ok(s.Close())
			}
		}},
		{"an ICMP echo request to loopback is answered", func(t *T) {
			s, err := t.Stack.Socket(inet, abi.SOCK_RAW, abi.IPPROTO_ICMP)
			if err != abi.OK {
				t.Skip("the machine does not let this process make raw sockets")
			}
			defer s.Close()
			id := uint16(names.Add(1))
			request := []byte{8, 0, 0, 0, byte(id >> 8), byte(id), 0, 1, 's', 'o', 'c', 'k', 'l', 'a', 'b', '!'}
			sum := uint32(0)
			for i := 0; i < len(request); i += 2 {
				sum += uint32(request[i])<<8 | uint32(request[i+1])
			}
			sum = ^(sum>>16 + sum&0xffff)
			request[2], request[3] = byte(sum>>8), byte(sum)
			n, err := s.Send(t.ctx, request, 0, at("127.0.0.1:0"))
			t.ok(err)
			require.Equal(t, len(request), n)
			packet := make([]byte, 1500)
			for { // a raw socket also hears the request, and whatever others send
				n, from, _, err := s.Recv(t.ctx, packet, 0)
				t.ok(err)
				const header = 20 // the IP header comes along
				if n == header+len(request) && packet[header] == 0 && string(packet[header+4:n]) == string(request[4:]) {
					require.Equal(t, "127.0.0.1", from.IP.Addr().String())
					break
				}
			}
		}},
		{"a new socket blocks, until it is told not to", func(t *T) {
			s := t.socket(inet, stream)
			require.False(t, s.Nonblock())
			s.SetNonblock(true)
			require.True(t, s.Nonblock())
			s.SetNonblock(false)
			require.False(t, s.Nonblock())
		}},
		{"a new socket has no address and no peer", func(t *T) {
			s := t.socket(inet, stream)
			addr, err := s.LocalAddr()
			t.ok(err)
			require.Equal(t, "0.0.0.0:0", addr.String())
			_, err = s.PeerAddr()
			t.is(abi.ENOTCONN, err)
		}},
		{"two sockets of a stack are two", func(t *T) {
			a, b := t.socket(inet, stream), t.socket(inet, stream)
			t.ok(a.Close())
			_, err := b.LocalAddr()
			t.ok(err)
		}},
	}...)
}

func pairCases() (cases []testCase) {
	for _, typ := range []abi.Type{stream, dgram, seqpacket} {
		cases = append(cases, testCase{"a socketpair of " + typ.Name() + " is connected both ways", func(t *T) {
			a, b, err := t.Stack.SocketPair(unix, typ, 0)
			t.ok(err)
			defer a.Close()
			defer b.Close()
			t.send(a, "to b")
			t.gets(b, "to b")
			t.send(b, "to a")
			t.gets(a, "to a")
			addr, err := a.LocalAddr()
			t.ok(err)
			require.Equal(t, "unnamed", addr.String())
			addr, err = a.PeerAddr()
			t.ok(err)
			require.Equal(t, "unnamed", addr.String())
		}})
	}
	return append(cases,
		testCase{"a socketpair of AF_INET is refused with EOPNOTSUPP", func(t *T) {
			_, _, err := t.Stack.SocketPair(inet, stream, 0)
			t.is(abi.EOPNOTSUPP, err)
		}},
		testCase{"a socketpair of AF_PACKET is refused with EAFNOSUPPORT", func(t *T) {
			_, _, err := t.Stack.SocketPair(abi.AF_PACKET, abi.SOCK_RAW, 0)
			t.is(abi.EAFNOSUPPORT, err)
		}},
		testCase{"what one end of a socketpair sends does not come back to it", func(t *T) {
			a, b, err := t.Stack.SocketPair(unix, stream, 0)
			t.ok(err)
			defer a.Close()
			defer b.Close()
			t.send(a, "x")
			t.is(abi.EAGAIN, t.tryRecv(a))
		}},
	)
}

// closedCases: every method of a socket that is closed.
func closedCases() (cases []testCase) {
	opt := abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_KEEPALIVE}
	for _, c := range []struct {
		name string
		call func(t *T, s sock.Socket) abi.Errno
	}{
		{"bind", func(t *T, s sock.Socket) abi.Errno { return s.Bind(t.local(inet)) }},
		{"listen", func(t *T, s sock.Socket) abi.Errno { return s.Listen(1) }},
		{"accept", func(t *T, s sock.Socket) abi.Errno { _, _, err := s.Accept(t.ctx); return err }},
		{"connect", func(t *T, s sock.Socket) abi.Errno { return s.Connect(t.ctx, at("127.0.0.1:9")) }},
		{"send", func(t *T, s sock.Socket) abi.Errno { _, err := s.Send(t.ctx, []byte("x"), 0, none); return err }},
		{"receive", func(t *T, s sock.Socket) abi.Errno {
			_, _, _, err := s.Recv(t.ctx, make([]byte, 1), 0)
			return err
		}},
		{"shutdown", func(t *T, s sock.Socket) abi.Errno { return s.Shutdown(abi.SHUT_RDWR) }},
		{"getsockopt", func(t *T, s sock.Socket) abi.Errno { _, err := s.GetOption(opt, make([]byte, 4)); return err }},
		{"setsockopt", func(t *T, s sock.Socket) abi.Errno { return s.SetOption(opt, word(1)) }},
		{"getsockname", func(t *T, s sock.Socket) abi.Errno { _, err := s.LocalAddr(); return err }},
		{"getpeername", func(t *T, s sock.Socket) abi.Errno { _, err := s.PeerAddr(); return err }},
		{"FIONREAD", func(t *T, s sock.Socket) abi.Errno { _, err := s.Pending(); return err }},
		{"close", func(t *T, s sock.Socket) abi.Errno { return s.Close() }},
	} {
		cases = append(cases, testCase{c.name + " of a closed socket is EBADF", func(t *T) {
			s := t.socket(inet, stream)
			t.ok(s.Close())
			t.is(abi.EBADF, c.call(t, s))
		}})
	}
	return append(cases, testCase{"a closed socket can still be asked what it was", func(t *T) {
		s := t.socket(inet, stream)
		t.ok(s.Close())
		require.Equal(t, inet, s.Info().Family)
	}})
}
