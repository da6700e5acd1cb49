package trace

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

// little makes the bytes of a struct of 32-bit numbers, or of 64-bit ones.
func little[N int32 | int64](numbers ...N) (b []byte) {
	b, err := binary.Append(b, binary.LittleEndian, numbers)
	if err != nil {
		panic(err)
	}
	return b
}

func answer(addr string, typ abi.Type, canonical string) []byte {
	sa := abi.InetAddr(netip.MustParseAddrPort(addr))
	return abi.AppendAddrInfo(nil, abi.AddrInfo{Family: sa.Family, Type: typ, Protocol: abi.IPPROTO_TCP, Addr: sa, Canonical: canonical})
}

func optionCall(level abi.Level, num int64, raw []byte) Call {
	return Call{Seq: 2, Guest: "p", Name: "getsockopt", FD: 3, Queued: -1, Start: at(0), Args: []Arg{
		{Name: "level", Kind: abi.Int, As: abi.AsLevel, Int: int64(level)}, {Name: "name", Kind: abi.Int, As: abi.AsOption, Int: num},
		{Name: "value", Kind: abi.Out, As: abi.AsOther, Int: 300, Raw: raw}}}
}

func answersCall(raw []byte) Call {
	return Call{Seq: 2, Guest: "p", Name: "getaddrinfo", FD: -1, Queued: -1, Start: at(0), Args: []Arg{
		{Name: "node", Kind: abi.In, As: abi.AsText, Str: "n"}, {Name: "service", Kind: abi.In, As: abi.AsText, Str: "s"},
		{Name: "family", Kind: abi.Int, As: abi.AsFamily}, {Name: "type", Kind: abi.Int, As: abi.AsType},
		{Name: "protocol", Kind: abi.Int, As: abi.AsProtocol}, {Name: "flags", Kind: abi.Int, As: abi.AsAIFlags},
		{Name: "answers", Kind: abi.Out, As: abi.AsOther, Int: 4096, Raw: raw}}}
}

// shown is the call's last argument as its line has it, once the line has
// been found to say the same when it is read back.
func shown(t *testing.T, c Call) (text string, back []byte) {
	t.Helper()
	line := Event{Exit, c}.Text(epoch)
	e, err := ParseText(line)
	require.NoError(t, err, line)
	require.Equal(t, line, e.Text(epoch))
	for i, r := range line {
		require.False(t, r < ' ' || r == 0x7f, "%q at %d", line, i)
	}
	text = strings.TrimSuffix(line, ") = 0 <0.000000>")
	for range c.Args[:len(c.Args)-1] {
		_, text, _ = strings.Cut(text, ", ")
	}
	if c.FD >= 0 {
		_, text, _ = strings.Cut(text, ", ")
	}
	return text, e.Call.Args[len(e.Call.Args)-1].Raw
}

func TestAnOptionIsShownAsWhatItIs(t *testing.T) {
	for _, c := range []struct {
		num  int64
		raw  []byte
		want string
	}{
		{abi.SO_ERROR, little(int32(abi.ECONNREFUSED)), `[ECONNREFUSED]`},
		{abi.SO_ERROR, little[int32](0), `[0]`},
		{abi.SO_ERROR, little(int32(abi.ENOTCAPABLE)), `[ENOTCAPABLE]`},
		{abi.SO_ERROR, little(int32(abi.ENOTCAPABLE) + 1), `[77]`},
		{abi.SO_ERROR, little[int32](-1), `[-1]`},
		{abi.SO_ERROR, little[int32](1<<16 + 14), `[65550]`},
		{abi.SO_ERROR, []byte{14}, `"\x0e"`},
		{abi.SO_RCVTIMEO, little[int64](0, 50000), `{tv_sec=0, tv_usec=50000}`},
		{abi.SO_SNDTIMEO, little[int64](2, 0), `{tv_sec=2, tv_usec=0}`},
		{abi.SO_RCVTIMEO, little[int64](-1<<63, 1<<63-1), `{tv_sec=-9223372036854775808, tv_usec=9223372036854775807}`},
		{abi.SO_RCVTIMEO, little[int32](0, 50000), `"\x00\x00\x00\x00P\xc3\x00\x00"`},
		{abi.SO_RCVTIMEO, little[int32](7), `[7]`},
		{abi.SO_RCVTIMEO, little[int64](1, 2)[:15], `"\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00"`},
		{abi.SO_LINGER, little[int32](1, 0), `{l_onoff=1, l_linger=0}`},
		{abi.SO_LINGER, little[int32](-1<<31, 1<<31-1), `{l_onoff=-2147483648, l_linger=2147483647}`},
		{abi.SO_LINGER, little[int32](1), `[1]`},
		{abi.SO_LINGER, nil, `""`},
		{abi.SO_RCVBUF, little[int32](14), `[14]`},
		{abi.SO_RCVBUF, little[int64](14, 14)[:8], `"\x0e\x00\x00\x00\x00\x00\x00\x00"`},
		{99, little[int32](14), `[14]`},
	} {
		text, back := shown(t, optionCall(abi.SOL_SOCKET, c.num, c.raw))
		require.Equal(t, c.want, text)
		require.Equal(t, string(c.raw), string(back))
	}
	text, _ := shown(t, optionCall(abi.Level(abi.IPPROTO_TCP), abi.SO_ERROR, little[int32](14))) // TCP_KEEPIDLE
	require.Equal(t, `[14]`, text)
	text, _ = shown(t, optionCall(abi.Level(abi.IPPROTO_IPV6), abi.IPV6_V6ONLY, little[int32](1)))
	require.Equal(t, `[1]`, text)
}

func TestTheAnswersOfGetaddrinfoAreShownAsAddresses(t *testing.T) {
	v4, v6 := answer("127.0.0.1:80", abi.SOCK_STREAM, ""), answer("[::1]:80", abi.SOCK_DGRAM, "")
	scoped := answer("[fe80::1]:80", abi.SOCK_STREAM, "")
	scoped[len(scoped)-4] = 2 // sin6_scope_id
	for _, c := range []struct {
		raw  []byte
		want string
	}{
		{v4, `[127.0.0.1:80 SOCK_STREAM IPPROTO_TCP]`},
		{append(append(v6[:len(v6):len(v6)], v4...), v4...),
			`[[::1]:80 SOCK_DGRAM IPPROTO_TCP, 127.0.0.1:80 SOCK_STREAM IPPROTO_TCP, 127.0.0.1:80 SOCK_STREAM IPPROTO_TCP]`},
		{append(answer("127.0.0.1:80", 77, "a\"], b\n\u202e\xff"), v4...),
			`[127.0.0.1:80 77 IPPROTO_TCP ai_canonname="a\"], b\n\xe2\x80\xae\xff", 127.0.0.1:80 SOCK_STREAM IPPROTO_TCP]`},
		{scoped, `[[fe80::1%2]:80 SOCK_STREAM IPPROTO_TCP]`},
		{answer("[::ffff:127.0.0.1]:80", abi.SOCK_STREAM, ""), `[[::ffff:127.0.0.1]:80 SOCK_STREAM IPPROTO_TCP]`},
		{nil, `[]`},
	} {
		text, back := shown(t, answersCall(c.raw))
		require.Equal(t, c.want, text)
		require.Equal(t, string(c.raw), string(back))
	}
}

func TestAnswersThatAreNotKeptAreAnEllipsis(t *testing.T) {
	one := answer("127.0.0.1:80", abi.SOCK_STREAM, "")
	const first = `127.0.0.1:80 SOCK_STREAM IPPROTO_TCP`
	many := []byte(strings.Repeat(string(one), 20))
	want := `[` + strings.Repeat(first+", ", DataMax/len(one)) + `…]`
	for _, raw := range [][]byte{many[:DataMax], many} { // the second from a file
		text, _ := shown(t, answersCall(raw))
		require.Equal(t, want, text)
	}
	for n := len(one) + 1; n < 2*len(one); n++ { // a guest that has no room for two
		text, _ := shown(t, answersCall(many[:n]))
		require.Equal(t, `[`+first+`, …]`, text)
	}
	full := append(answer("127.0.0.1:80", abi.SOCK_STREAM, strings.Repeat("n", DataMax-len(one))), one...)
	text, _ := shown(t, answersCall(full))
	require.Equal(t, `[`+first+` ai_canonname="`+strings.Repeat("n", DataMax-len(one))+`", …]`, text)
}

func TestAnswersThatAreNoneStayBytes(t *testing.T) {
	one := answer("[::1]:80", abi.SOCK_STREAM, "")
	changed := func(at int, to byte) []byte {
		b := append([]byte(nil), one...)
		b[at] = to
		return b
	}
	for _, raw := range [][]byte{
		one[:len(one)-1], one[:4], {0},
		changed(0, byte(abi.AF_INET)),  // family and address differ
		changed(20, byte(abi.AF_UNIX)), // no address of the internet
		changed(24, 1),                 // a flow label
		changed(12, 0),                 // no address
		changed(12, 24),                // one that is too short, then a name
		changed(15, 0xff),              // a negative length
		changed(16, 0xff),              // a name longer than the answer
		answer("127.0.0.1:80", abi.SOCK_STREAM, strings.Repeat("n", DataMax)),
	} {
		text, back := shown(t, answersCall(raw))
		require.Equal(t, string(appendString(nil, raw)), text)
		require.Equal(t, string(raw), string(back))
	}
}

func TestParseRefusesValuesOfAnotherForm(t *testing.T) {
	for value, why := range map[string]string{
		`SO_ERROR, [EBOGUS]`:                          "[ECONNREFUSED]",
		`SO_ERROR, abcd`:                              "[ECONNREFUSED]",
		`SO_RCVBUF, [ECONNREFUSED]`:                   "[1]",
		`SO_RCVBUF, [1, 2]`:                           "[1]",
		`SO_LINGER, {l_onoff=1}`:                      "{l_onoff=1, l_linger=0}",
		`SO_LINGER, {l_onoff=1, l_linger=x}`:          "{l_onoff=1, l_linger=0}",
		`SO_LINGER, {l_onoff=1, l_linger=2147483648}`: "{l_onoff=1, l_linger=0}",
		`SO_LINGER, {tv_sec=1, tv_usec=0}`:            "{l_onoff=1, l_linger=0}",
		`SO_RCVTIMEO, {l_onoff=1, l_linger=0}`:        "{tv_sec=0, tv_usec=50000}",
		`SO_LINGER, ["]`:                              "closing bracket",
		`{1}, [1]`:                                    "no struct or list",
	} {
		_, err := ParseText(`0.000000 s[1] setsockopt(3, SOL_SOCKET, ` + value + `) = 0`)
		require.ErrorContains(t, err, why, value)
		require.ErrorContains(t, err, "column", value)
	}
	_, err := ParseText(`0.000000 s[1] setsockopt(3, SOL_SOCKET, SO_LINGER, {1}) = 0`)
	require.ErrorContains(t, err, "column 52:")
	for _, list := range []string{
		`[1]`, `[…]`, `[a]`, `[127.0.0.1 SOCK_STREAM IPPROTO_TCP]`, `[127.0.0.1:80]`, `[127.0.0.1:80 SOCK_STREAM]`,
		`[127.0.0.1:80 SOCK_STREAM IPPROTO_TCP x]`, `[127.0.0.1:80 SOCK_STREAM IPPROTO_TCP, ]`, `[[fe80::1%eth0]:80 SOCK_STREAM IPPROTO_TCP]`,
		`[127.0.0.1:80 SOCK_STREAM IPPROTO_TCP, …, 127.0.0.1:80 SOCK_STREAM IPPROTO_TCP]`,
		`[127.0.0.1:80 SOCK_STREAM IPPROTO_TCP ai_canonname="\q"]`,
	} {
		_, err := ParseText(`0.000000 s[1] getaddrinfo("n", "s", AF_UNSPEC, 0, IPPROTO_IP, 0, ` + list + `) = 0`)
		require.ErrorContains(t, err, "[127.0.0.1:80 SOCK_STREAM IPPROTO_TCP]", list)
	}
}

// Whatever bytes a guest gives, or a file, their line is read back as itself.
func FuzzForms(f *testing.F) {
	for _, raw := range [][]byte{
		little(int32(abi.ECONNREFUSED)), little[int64](0, 50000), little[int32](1, 0),
		append(answer("127.0.0.1:80", abi.SOCK_STREAM, "n\"], "), answer("[::1]:80", abi.SOCK_DGRAM, "")[:40]...),
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		shown(t, answersCall(raw))
		for _, num := range []int64{abi.SO_ERROR, abi.SO_RCVTIMEO, abi.SO_LINGER, abi.SO_RCVBUF} {
			_, back := shown(t, optionCall(abi.SOL_SOCKET, num, raw))
			require.Equal(t, string(raw), string(back))
		}
	})
}

func controlCall(raw []byte) Call {
	return Call{Seq: 2, Guest: "p", Name: "sendmsg", FD: 3, Queued: -1, Start: at(0), Args: []Arg{
		{Name: "buf", Kind: abi.In, Int: 0}, {Name: "flags", Kind: abi.Int, As: abi.AsMsgFlags}, {Name: "control", Kind: abi.In, As: abi.AsOther, Int: int64(len(raw)), Raw: raw}}}
}

func TestControlMessagesAreShownByTheirNames(t *testing.T) {
	ip, ip6 := abi.Level(abi.IPPROTO_IP), abi.Level(abi.IPPROTO_IPV6)
	control := func(all ...abi.Control) (raw []byte) {
		for _, c := range all {
			raw, _ = abi.AppendControl(raw, c, 1<<16)
		}
		return raw
	}
	rights := abi.Control{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Data: little[int32](5, 6)}
	many := make([]int32, 80)
	for i := range many {
		many[i] = 9
	}
	v6 := append(netip.IPv6Loopback().AsSlice(), 1, 0, 0, 0)
	for want, raw := range map[string][]byte{
		`[]`:                               nil,
		`[SCM_RIGHTS 5 6]`:                 control(rights),
		`[SCM_RIGHTS 5 6, IP_TTL 1]`:       control(rights, abi.Control{Level: ip, Type: abi.IP_TTL, Data: little[int32](1)}),
		`[IP_TOS 16]`:                      control(abi.Control{Level: ip, Type: abi.IP_TOS, Data: []byte{16}}),
		`[IP_PKTINFO 1 127.0.0.1 0.0.0.0]`: control(abi.Control{Level: ip, Type: abi.IP_PKTINFO, Data: []byte{1, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0}}),
		`[IPV6_PKTINFO ::1 1]`:             control(abi.Control{Level: ip6, Type: abi.IPV6_PKTINFO, Data: v6}),
		`[SCM_TIMESTAMP 1 -2]`:             control(abi.Control{Level: abi.SOL_SOCKET, Type: abi.SCM_TIMESTAMP, Data: little[int64](1, -2)}),
		`[SCM_RIGHTS` + strings.Repeat(" 9", 60) + `, …]`: control(abi.Control{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Data: little(many...)})[:DataMax],
		`[SCM_RIGHTS 5 6, …]`:                             append(control(rights), 1, 2, 3),
		`["abc"]`:                                         []byte("abc"),
	} {
		text, _ := shown(t, controlCall(raw))
		require.Equal(t, "0, "+want, text, "after the flags")
	}
	other := control(abi.Control{Level: 77, Type: 1, Data: []byte{1}})
	text, back := shown(t, controlCall(other))
	require.Contains(t, text, `["\x11\x00`)
	require.Equal(t, other, back)
}
