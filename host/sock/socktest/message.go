package socktest

import (
	"encoding/binary"
	"runtime"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

// rights is a control message that passes sockets.
func rights(all ...sock.Socket) []sock.Control {
	return []sock.Control{{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: all}}
}

// pass sends sockets with a message.
func (t *T) pass(s sock.Socket, text string, all ...sock.Socket) {
	t.Helper()
	n, err := sock.SendMsg(t.ctx, s, []byte(text), 0, none, rights(all...))
	t.ok(err)
	require.Equal(t, len(text), n)
}

// passed receives a message and adopts the sockets that came with it.
func (t *T) passed(s sock.Socket, flags abi.MsgFlags, room int) (text string, all []sock.Socket, out abi.MsgFlags) {
	t.Helper()
	b := make([]byte, 100)
	control := sock.Controls{Rights: room}
	n, _, out, err := sock.RecvMsg(t.ctx, s, b, flags, &control)
	t.ok(err)
	for _, c := range control.List {
		require.EqualValues(t, abi.SCM_RIGHTS, c.Type)
		for _, came := range c.Sockets {
			x, err := sock.Adopt(t.Stack, came)
			t.ok(err)
			t.Cleanup(func() { x.Close() })
			all = append(all, x)
		}
	}
	return string(b[:n]), all, out
}

func messageCases() (cases []testCase) {
	for _, typ := range []abi.Type{stream, dgram, seqpacket} {
		cases = append(cases, testCase{typ.Name() + ": a socket that is passed is the same socket for who receives it", func(t *T) {
			a, b := t.pair(unix, typ)
			l, addr := t.listener(inet, stream)
			t.pass(a, "here", l)
			t.ok(l.Close())
			text, all, out := t.passed(b, 0, 4)
			require.Equal(t, "here", text)
			require.Zero(t, out)
			require.Len(t, all, 1)
			own, err := all[0].LocalAddr()
			t.ok(err)
			require.Equal(t, addr, own)
			client := t.dial(addr, stream)
			t.send(client, "x")
			t.gets(t.accept(all[0]), "x")
		}})
	}
	cases = append(cases, each("a connection that is passed goes on where it was", func(t *T, f abi.Family) {
		a, b := t.pair(unix, stream)
		client, server := t.pair(f, stream)
		peer, err := server.PeerAddr()
		t.ok(err)
		t.send(client, "one ")
		t.gets(server, "one ")
		t.pass(a, "x", server)
		t.ok(server.Close())
		_, all, _ := t.passed(b, 0, 1)
		require.Len(t, all, 1)
		t.send(client, "two")
		t.gets(all[0], "two")
		now, err := all[0].PeerAddr()
		t.ok(err)
		require.Equal(t, peer, now)
		require.Equal(t, server.Info().Type, all[0].Info().Type)
	}, inet, inet6, unix)...)
	return append(cases, []testCase{
		{"a datagram socket that is passed keeps its address", func(t *T) {
			a, b := t.pair(unix, stream)
			s, addr := t.bound(inet, dgram)
			t.pass(a, "x", s)
			t.ok(s.Close())
			_, all, _ := t.passed(b, 0, 1)
			require.Len(t, all, 1)
			t.sendTo(t.socket(inet, dgram), "hi", addr)
			require.Equal(t, "hi", t.recv(all[0], 0))
		}},
		{"a socket without an address can be passed, and given one then", func(t *T) {
			a, b := t.pair(unix, stream)
			t.pass(a, "x", t.socket(inet, stream))
			_, all, _ := t.passed(b, 0, 1)
			require.Len(t, all, 1)
			t.ok(all[0].Bind(t.local(inet)))
			t.ok(all[0].Listen(1))
			addr, err := all[0].LocalAddr()
			t.ok(err)
			t.dial(addr, stream)
			t.accept(all[0])
		}},
		{"the sender keeps what it has passed", func(t *T) {
			a, b := t.pair(unix, stream)
			client, server := t.pair(inet, stream)
			t.pass(a, "x", server)
			_, all, _ := t.passed(b, 0, 1)
			require.Len(t, all, 1)
			t.ok(all[0].Close())
			t.send(client, "x")
			t.gets(server, "x")
		}},
		{"a socket that is passed blocks, as one that was accepted does", func(t *T) {
			a, b := t.pair(unix, stream)
			client, server := t.pair(unix, stream)
			server.SetNonblock(true)
			t.pass(a, "x", server)
			_, all, _ := t.passed(b, 0, 1)
			require.False(t, all[0].Nonblock())
			require.True(t, server.Nonblock())
			go client.Send(t.ctx, []byte("late"), 0, none)
			t.gets(all[0], "late")
		}},
		{"what there is no room for is dropped, with MSG_CTRUNC", func(t *T) {
			for room, typ := range []abi.Type{stream, dgram, seqpacket} {
				a, b := t.pair(unix, typ)
				x, y := t.pair(unix, stream)
				t.pass(a, "x", x, y, x)
				_, all, out := t.passed(b, 0, room)
				require.Len(t, all, room)
				require.Equal(t, abi.MSG_CTRUNC, out)
			}
		}},
		{"a receive that wants no control messages drops them, with MSG_CTRUNC", func(t *T) {
			a, b := t.pair(unix, stream)
			x, _ := t.pair(unix, stream)
			t.pass(a, "x", x)
			text := make([]byte, 5)
			n, _, out, err := b.Recv(t.ctx, text, 0)
			t.ok(err)
			require.Equal(t, 1, n)
			require.Equal(t, abi.MSG_CTRUNC, out)
		}},
		{"a socket that waits for a message gets what comes with it", func(t *T) {
			a, b := t.pair(unix, stream)
			client, server := t.pair(inet, stream)
			go sock.SendMsg(t.ctx, a, []byte("x"), 0, none, rights(server))
			_, all, _ := t.passed(b, 0, 1)
			require.Len(t, all, 1)
			t.send(client, "x")
			t.gets(all[0], "x")
		}},
		{"a stream's sockets come with the first byte they were sent with, and only with it", func(t *T) {
			a, b := t.pair(unix, stream)
			x, _ := t.pair(unix, stream)
			t.pass(a, "abc", x)
			t.send(a, "d")
			b1 := make([]byte, 1)
			control := sock.Controls{Rights: 1}
			_, _, _, err := sock.RecvMsg(t.ctx, b, b1, 0, &control)
			t.ok(err)
			require.Len(t, control.List, 1)
			control.Close()
			text, all, _ := t.passed(b, abi.MSG_DONTWAIT, 1)
			require.NotEmpty(t, text)
			require.Empty(t, all)
		}},
		{"peeking at a message gives its sockets too, and again", func(t *T) {
			a, b := t.pair(unix, dgram)
			x, y := t.pair(unix, stream)
			t.pass(a, "x", x)
			_, first, _ := t.passed(b, abi.MSG_PEEK, 1)
			_, second, _ := t.passed(b, 0, 1)
			require.Len(t, first, 1)
			require.Len(t, second, 1)
			t.send(y, "z")
			t.gets(first[0], "z")
		}},
		{"a socket can be passed through itself", func(t *T) {
			a, b := t.pair(unix, stream)
			t.pass(a, "x", a, b)
			_, all, _ := t.passed(b, 0, 2)
			require.Len(t, all, 2)
			t.pass(a, "never received", a, b)
			t.send(all[0], "y")
		}},
		{"a closed socket cannot be passed: EBADF", func(t *T) {
			a, _ := t.pair(unix, stream)
			s := t.socket(inet, stream)
			t.ok(s.Close())
			_, err := sock.SendMsg(t.ctx, a, []byte("x"), 0, none, rights(s))
			t.is(abi.EBADF, err)
		}},
		{"only AF_UNIX passes sockets: EINVAL over UDP", func(t *T) {
			s := t.socket(inet, dgram)
			_, err := sock.SendMsg(t.ctx, s, []byte("x"), 0, t.udp(), rights(s))
			t.oneOf(err, abi.EINVAL, abi.EOPNOTSUPP) // Linux itself sends the datagram without them
		}},
		{"a control message of another kind is EOPNOTSUPP", func(t *T) {
			a, _ := t.pair(unix, stream)
			_, err := sock.SendMsg(t.ctx, a, []byte("x"), 0, none, []sock.Control{{Level: abi.SOL_SOCKET, Type: 2, Data: make([]byte, 12)}})
			t.is(abi.EOPNOTSUPP, err)
		}},
		{"sockets come by a datagram that names its receiver", func(t *T) {
			s, addr := t.bound(unix, dgram)
			x, _ := t.pair(unix, stream)
			_, err := sock.SendMsg(t.ctx, t.socket(unix, dgram), []byte("x"), 0, addr, rights(x))
			t.ok(err)
			_, all, _ := t.passed(s, 0, 1)
			require.Len(t, all, 1)
		}},
	}...)
}

// telling is an option that asks for a control message, what is sent along
// with a datagram, and what is told of it.
type telling struct {
	what  string
	level abi.Level
	wants int32
	given *sock.Control
	gets  sock.Control
}

func tellings(f abi.Family) []telling {
	ip, ip6 := abi.Level(abi.IPPROTO_IP), abi.Level(abi.IPPROTO_IPV6)
	seven, sixteen := []byte{7, 0, 0, 0}, []byte{16, 0, 0, 0}
	if f == inet {
		return []telling{
			{"the time to live", ip, abi.IP_RECVTTL, &sock.Control{Level: ip, Type: abi.IP_TTL, Data: seven}, sock.Control{Level: ip, Type: abi.IP_TTL, Data: seven}},
			{"the type of service", ip, abi.IP_RECVTOS, &sock.Control{Level: ip, Type: abi.IP_TOS, Data: sixteen}, sock.Control{Level: ip, Type: abi.IP_TOS, Data: sixteen[:1]}},
			{"where it was sent to", ip, abi.IP_PKTINFO, nil, sock.Control{Level: ip, Type: abi.IP_PKTINFO, Data: []byte{1, 0, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1}}},
		}
	}
	here := append(make([]byte, 15), 1, 1, 0, 0, 0)
	return []telling{
		{"the hop limit", ip6, abi.IPV6_RECVHOPLIMIT, &sock.Control{Level: ip6, Type: abi.IPV6_HOPLIMIT, Data: seven}, sock.Control{Level: ip6, Type: abi.IPV6_HOPLIMIT, Data: seven}},
		{"the traffic class", ip6, abi.IPV6_RECVTCLASS, &sock.Control{Level: ip6, Type: abi.IPV6_TCLASS, Data: sixteen}, sock.Control{Level: ip6, Type: abi.IPV6_TCLASS, Data: sixteen}},
		{"where it was sent to", ip6, abi.IPV6_RECVPKTINFO, &sock.Control{Level: ip6, Type: abi.IPV6_PKTINFO, Data: here}, sock.Control{Level: ip6, Type: abi.IPV6_PKTINFO, Data: here}},
	}
}

func toldCases() (cases []testCase) {
	for _, f := range []abi.Family{inet, inet6} {
		for _, c := range tellings(f) {
			cases = append(cases, each("a datagram tells "+c.what+" if it is asked to", func(t *T, f abi.Family) {
				if runtime.GOOS != "linux" {
					t.Skip("another system has other numbers for these")
				}
				s, addr := t.bound(f, dgram)
				option := abi.Option{Level: c.level, Num: c.wants}
				t.set(s, c.level, c.wants, 1)
				var on [4]byte
				_, err := s.GetOption(option, on[:])
				t.ok(err)
				require.EqualValues(t, 1, on[0])
				var given []sock.Control
				if c.given != nil {
					given = append(given, *c.given)
				}
				n, err := sock.SendMsg(t.ctx, t.socket(f, dgram), []byte("hi"), 0, addr, given)
				t.ok(err)
				require.Equal(t, 2, n)
				var control sock.Controls
				_, _, out, err := sock.RecvMsg(t.ctx, s, make([]byte, 10), 0, &control)
				t.ok(err)
				require.Zero(t, out)
				require.Equal(t, []sock.Control{c.gets}, control.List)
			}, f)...)
		}
	}
	return append(cases, testCase{"a datagram tells when it came if it is asked to", func(t *T) {
		if runtime.GOOS != "linux" {
			t.Skip("another system has other numbers for these")
		}
		s, addr := t.bound(inet, dgram)
		t.set(s, abi.SOL_SOCKET, abi.SO_TIMESTAMP, 1)
		began := time.Now().Unix()
		t.sendTo(t.socket(inet, dgram), "x", addr)
		var control sock.Controls
		_, _, _, err := sock.RecvMsg(t.ctx, s, make([]byte, 10), 0, &control)
		t.ok(err)
		require.Len(t, control.List, 1)
		require.EqualValues(t, abi.SCM_TIMESTAMP, control.List[0].Type)
		require.InDelta(t, began, binary.LittleEndian.Uint64(control.List[0].Data), 30)
	}})
}

// udp is the address of a socket that takes datagrams.
func (t *T) udp() abi.Sockaddr {
	_, addr := t.bound(inet, dgram)
	return addr
}
