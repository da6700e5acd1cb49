package socktest

import (
	"fmt"
	"math"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

const (
	sol  = abi.SOL_SOCKET
	ip   = abi.Level(abi.IPPROTO_IP)
	ipv6 = abi.Level(abi.IPPROTO_IPV6)
	tcp  = abi.Level(abi.IPPROTO_TCP)
)

func option(level abi.Level, num int32) abi.Option { return abi.Option{Level: level, Num: num} }

func optionCases() (cases []testCase) {
	for _, c := range []struct {
		family     abi.Family
		typ        abi.Type
		opt        abi.Option
		value, new int32 // as it is at first, and another
	}{
		{inet, stream, option(sol, abi.SO_REUSEADDR), 0, 1},
		{inet, stream, option(sol, abi.SO_REUSEPORT), 0, 1},
		{inet, stream, option(sol, abi.SO_KEEPALIVE), 0, 1},
		{inet, stream, option(sol, abi.SO_OOBINLINE), 0, 1},
		{inet, stream, option(sol, abi.SO_DONTROUTE), 0, 1},
		{inet, stream, option(sol, abi.SO_PRIORITY), 0, 3},
		{inet, stream, option(sol, abi.SO_RCVLOWAT), 1, 5},
		{inet, dgram, option(sol, abi.SO_BROADCAST), 0, 1},
		{inet, stream, option(tcp, abi.TCP_NODELAY), 0, 1},
		{inet, stream, option(tcp, abi.TCP_CORK), 0, 1},
		{inet, stream, option(tcp, abi.TCP_KEEPIDLE), 7200, 60},
		{inet, stream, option(tcp, abi.TCP_KEEPINTVL), 75, 10},
		{inet, stream, option(tcp, abi.TCP_KEEPCNT), 9, 3},
		{inet, stream, option(tcp, abi.TCP_USER_TIMEOUT), 0, 5000},
		{inet, stream, option(ip, abi.IP_TTL), 64, 9},
		{inet, stream, option(ip, abi.IP_TOS), 0, 0x10},
		{inet, dgram, option(ip, abi.IP_MULTICAST_TTL), 1, 2},
		{inet, dgram, option(ip, abi.IP_MULTICAST_LOOP), 1, 0},
		{inet6, stream, option(ipv6, abi.IPV6_UNICAST_HOPS), 64, 9},
		{inet6, stream, option(ipv6, abi.IPV6_V6ONLY), 0, 1},
		{unix, stream, option(sol, abi.SO_KEEPALIVE), 0, 1},
	} {
		sentence := fmt.Sprintf("%s of %s is %d at first, and then as it was set", c.opt.Name(), c.family.Name(), c.value)
		cases = append(cases, testCase{sentence, func(t *T) {
			t.need(c.family)
			s := t.socket(c.family, c.typ)
			if c.opt.Num != abi.IP_TTL && c.opt.Num != abi.IPV6_UNICAST_HOPS && c.opt.Num != abi.TCP_KEEPIDLE { // the machine's to choose
				require.Equal(t, c.value, t.get(s, c.opt.Level, c.opt.Num))
			}
			t.set(s, c.opt.Level, c.opt.Num, c.new)
			require.Equal(t, c.new, t.get(s, c.opt.Level, c.opt.Num))
		}})
	}
	for _, opt := range []abi.Option{
		option(sol, 9999), option(sol, 25 /* SO_BINDTODEVICE */), option(sol, 36 /* SO_MARK */),
		option(sol, 32 /* SO_SNDBUFFORCE */), option(sol, 26 /* SO_ATTACH_FILTER */), option(ip, 15 /* IP_FREEBIND */),
		option(ip, 19 /* IP_TRANSPARENT */), option(ip, 35 /* IP_ADD_MEMBERSHIP */), option(tcp, 31 /* TCP_ULP */),
		option(tcp, 13 /* TCP_CONGESTION */), option(263, 1 /* SOL_PACKET */), option(-1, 1),
	} {
		cases = append(cases, testCase{fmt.Sprintf("option %d of level %d is not for guests", opt.Num, opt.Level), func(t *T) {
			s := t.socket(inet, stream)
			t.is(abi.ENOPROTOOPT, s.SetOption(opt, word(1)))
			_, err := s.GetOption(opt, make([]byte, 4))
			t.is(abi.ENOPROTOOPT, err)
		}})
	}
	return append(cases, []testCase{
		{"a buffer's size is what was asked, doubled or more", func(t *T) {
			s := t.socket(inet, stream)
			for _, num := range []int32{abi.SO_RCVBUF, abi.SO_SNDBUF} {
				t.set(s, sol, num, 20000)
				require.GreaterOrEqual(t, t.get(s, sol, num), int32(20000))
			}
		}},
		{"an option's value that is too short is EINVAL", func(t *T) {
			s := t.socket(inet, stream)
			for _, opt := range []abi.Option{option(sol, abi.SO_KEEPALIVE), option(tcp, abi.TCP_NODELAY),
				option(sol, abi.SO_LINGER), option(sol, abi.SO_RCVTIMEO)} {
				t.is(abi.EINVAL, s.SetOption(opt, []byte{1, 0}), opt.Name())
				t.is(abi.EINVAL, s.SetOption(opt, nil), opt.Name())
			}
		}},
		{"room that is too short gets the first bytes", func(t *T) {
			s := t.socket(inet, stream)
			for _, opt := range []abi.Option{option(sol, abi.SO_TYPE), option(sol, abi.SO_ERROR), option(tcp, abi.TCP_INFO),
				option(sol, abi.SO_RCVTIMEO), option(sol, abi.SO_KEEPALIVE)} {
				n, err := s.GetOption(opt, make([]byte, 2))
				t.ok(err, opt.Name())
				require.Equal(t, 2, n, opt.Name())
			}
		}},
		{"what can only be read is not set", func(t *T) {
			s := t.socket(inet, stream)
			for _, num := range []int32{abi.SO_TYPE, abi.SO_ERROR, abi.SO_ACCEPTCONN, abi.SO_PROTOCOL, abi.SO_DOMAIN} {
				t.is(abi.ENOPROTOOPT, s.SetOption(option(sol, num), word(1)))
			}
		}},
		{"TCP's options are not a datagram socket's", func(t *T) {
			t.oneOf(t.socket(inet, dgram).SetOption(option(tcp, abi.TCP_NODELAY), word(1)), abi.ENOPROTOOPT, abi.EOPNOTSUPP)
			t.oneOf(t.socket(unix, stream).SetOption(option(tcp, abi.TCP_NODELAY), word(1)), abi.ENOPROTOOPT, abi.EOPNOTSUPP)
		}},
		{"SO_LINGER is a switch and a number of seconds", func(t *T) {
			s := t.socket(inet, stream)
			b := make([]byte, 8)
			opt := option(sol, abi.SO_LINGER)
			n, err := s.GetOption(opt, b)
			t.ok(err)
			require.Equal(t, linger(0, 0), b[:n])
			t.ok(s.SetOption(opt, linger(1, 7)))
			n, err = s.GetOption(opt, b)
			t.ok(err)
			require.Equal(t, linger(1, 7), b[:n])
		}},
		{"SO_LINGER does not make close wait, and nothing is lost", func(t *T) {
			client, server := t.pair(inet, stream)
			t.ok(client.SetOption(option(sol, abi.SO_LINGER), linger(1, 30)))
			total := t.fill(client)
			start := time.Now()
			t.ok(client.Close())
			require.Less(t, time.Since(start), patience/4)
			t.drain(server, total)
			t.gets(server, "")
		}},
		{"TCP_INFO begins with the connection's state", func(t *T) {
			client, _ := t.pair(inet, stream)
			b := make([]byte, 256)
			n, err := client.GetOption(option(tcp, abi.TCP_INFO), b)
			t.ok(err)
			require.Greater(t, n, 100)
			require.Equal(t, byte(1), b[0], "ESTABLISHED")
		}},
		{"SO_RCVLOWAT makes a receive wait for so many bytes", func(t *T) {
			client, server := t.pair(inet, stream)
			t.set(server, sol, abi.SO_RCVLOWAT, 6)
			done := background(func() (int, abi.Errno) {
				n, _, _, err := server.Recv(t.ctx, make([]byte, 100), 0)
				return n, err
			})
			t.send(client, "abc")
			t.soon(func() { client.Send(t.ctx, []byte("def"), 0, none) })
			require.GreaterOrEqual(t, t.wait(done).n, 6)
		}},
	}...)
}

func timeoutCases() (cases []testCase) {
	rcv, snd := option(sol, abi.SO_RCVTIMEO), option(sol, abi.SO_SNDTIMEO)
	for _, opt := range []abi.Option{rcv, snd} {
		cases = append(cases, testCase{opt.Name() + " reads back as it was set", func(t *T) {
			s := t.socket(inet, stream)
			b := make([]byte, 16)
			n, err := s.GetOption(opt, b)
			t.ok(err)
			require.Equal(t, timeval(0, 0), b[:n])
			t.ok(s.SetOption(opt, timeval(12, 345678)))
			n, err = s.GetOption(opt, b)
			t.ok(err)
			require.Equal(t, timeval(12, 345678), b[:n])
		}}, testCase{opt.Name() + " of a million microseconds and more is EDOM", func(t *T) {
			s := t.socket(inet, stream)
			t.is(abi.EDOM, s.SetOption(opt, timeval(0, 1e6)))
			t.is(abi.EDOM, s.SetOption(opt, timeval(0, -1)))
		}}, testCase{opt.Name() + " of centuries is no timeout, and no overflow", func(t *T) {
			s, _ := t.pair(inet, stream)
			t.ok(s.SetOption(opt, timeval(math.MaxInt64, 0)))
			t.send(s, "x")
			ctx, cancel := contextOf(t, 10*time.Millisecond)
			defer cancel()
			_, _, _, err := s.Recv(ctx, make([]byte, 1), 0)
			t.is(abi.EINTR, err)
		}})
	}
	all := []abi.Family{inet, inet6, unix}
	cases = append(cases, each("a receive gives up after SO_RCVTIMEO with EAGAIN", func(t *T, f abi.Family) {
		for _, typ := range []abi.Type{stream, dgram} {
			s, _ := t.pair(f, typ)
			t.timeouts(s, 20*time.Millisecond)
			start := time.Now()
			_, _, _, err := s.Recv(t.ctx, make([]byte, 1), 0)
			t.is(abi.EAGAIN, err)
			require.GreaterOrEqual(t, time.Since(start), 19*time.Millisecond)
		}
	}, all...)...)
	cases = append(cases, each("after a timeout the socket is as good as before", func(t *T, f abi.Family) {
		client, server := t.pair(f, stream)
		t.timeouts(server, 5*time.Millisecond)
		for range 2 {
			_, _, _, err := server.Recv(t.ctx, make([]byte, 1), 0)
			t.is(abi.EAGAIN, err)
		}
		t.timeouts(server, 0)
		t.soon(func() { client.Send(t.ctx, []byte("late"), 0, none) })
		t.gets(server, "late")
	}, all...)...)
	cases = append(cases, each("accept gives up after SO_RCVTIMEO with EAGAIN", func(t *T, f abi.Family) {
		l, _ := t.listener(f, stream)
		t.timeouts(l, 5*time.Millisecond)
		_, _, err := l.Accept(t.ctx)
		t.is(abi.EAGAIN, err)
	}, all...)...)
	cases = append(cases, each("a send gives up after SO_SNDTIMEO with what has gone, then with EAGAIN", func(t *T, f abi.Family) {
		client, _ := t.pair(f, stream)
		t.timeouts(client, 20*time.Millisecond)
		big := make([]byte, 64<<20)
		n, err := client.Send(t.ctx, big, 0, none)
		t.ok(err)
		require.Positive(t, n)
		require.Less(t, n, len(big))
		for err == abi.OK { // a receiver's window may still grow
			_, err = client.Send(t.ctx, big, 0, none)
		}
		t.is(abi.EAGAIN, err)
	}, all...)...)
	return append(cases, []testCase{
		{"a connect gives up after SO_SNDTIMEO with EINPROGRESS", func(t *T) {
			s := t.socket(inet, stream)
			t.timeouts(s, 10*time.Millisecond)
			t.is(abi.EINPROGRESS, s.Connect(t.ctx, t.busy(inet)))
		}},
		{"an AF_UNIX connect gives up after SO_SNDTIMEO with EAGAIN", func(t *T) {
			s := t.socket(unix, stream)
			t.timeouts(s, 10*time.Millisecond)
			t.is(abi.EAGAIN, s.Connect(t.ctx, t.busy(unix)))
		}},
		{"an AF_UNIX datagram gives up after SO_SNDTIMEO with EAGAIN", func(t *T) {
			_, addr := t.bound(unix, dgram)
			s := t.socket(unix, dgram)
			t.fillDatagrams(s, addr)
			t.timeouts(s, 10*time.Millisecond)
			_, err := s.Send(t.ctx, []byte("x"), 0, addr)
			t.is(abi.EAGAIN, err)
		}},
		{"a negative timeout does not wait at all", func(t *T) {
			s, _ := t.pair(inet, stream)
			t.ok(s.SetOption(rcv, timeval(-1, 0)))
			_, _, _, err := s.Recv(t.ctx, make([]byte, 1), 0)
			t.is(abi.EAGAIN, err)
		}},
		{"bytes that are there are received without regard to time", func(t *T) {
			client, server := t.pair(inet, stream)
			t.ok(server.SetOption(rcv, timeval(0, 1)))
			t.send(client, "x")
			t.arrived(server, 1)
			t.gets(server, "x")
		}},
		{"one socket's timeout is not another's", func(t *T) {
			a, b := t.pair(inet, stream)
			t.timeouts(a, time.Millisecond)
			t.soon(func() { a.Send(t.ctx, []byte("x"), 0, none) })
			t.gets(b, "x")
		}},
	}...)
}
