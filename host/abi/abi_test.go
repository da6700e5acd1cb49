package abi

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrnoNumbersAreWASIs(t *testing.T) {
	// WASI snapshot-01, "errno": the ends of the list and a few between pin the rest.
	for e, want := range map[Errno]struct {
		n    int
		name string
	}{
		OK: {0, "OK"}, E2BIG: {1, "E2BIG"}, EADDRINUSE: {3, "EADDRINUSE"}, EAGAIN: {6, "EAGAIN"}, EBADF: {8, "EBADF"},
		ECONNREFUSED: {14, "ECONNREFUSED"}, ECONNRESET: {15, "ECONNRESET"}, EFAULT: {21, "EFAULT"},
		EINPROGRESS: {26, "EINPROGRESS"}, EINTR: {27, "EINTR"}, EINVAL: {28, "EINVAL"}, EMFILE: {33, "EMFILE"},
		ENOSYS: {52, "ENOSYS"}, ENOTCONN: {53, "ENOTCONN"}, ENOTSOCK: {57, "ENOTSOCK"}, ENOTSUP: {58, "ENOTSUP"},
		EPERM: {63, "EPERM"}, EPIPE: {64, "EPIPE"}, EPROTONOSUPPORT: {66, "EPROTONOSUPPORT"},
		ETIMEDOUT: {73, "ETIMEDOUT"}, ENOTCAPABLE: {76, "ENOTCAPABLE"},
	} {
		require.EqualValues(t, want.n, e)
		require.Equal(t, want.name, e.Name())
	}
	require.Len(t, Errnos(), 76)
	for _, e := range Errnos() {
		back, ok := ParseErrno(e.Name())
		require.True(t, ok)
		require.Equal(t, e, back)
		require.NotEmpty(t, e.Error())
		require.True(t, strings.HasPrefix(e.Name(), "E"))
	}
	require.Equal(t, "E999", Errno(999).Name())
}

func TestTheTableOfFunctionsIsSound(t *testing.T) {
	seen := map[string]bool{}
	for i, f := range Funcs {
		require.EqualValues(t, i, f.Call)
		require.NotEmpty(t, f.Name)
		require.NotEmpty(t, f.Doc)
		require.False(t, seen[f.Name])
		seen[f.Name] = true
		names := map[string]bool{}
		for _, p := range f.Params {
			require.NotEmpty(t, p.Name)
			require.False(t, names[p.Name], "%s: %s twice", f.Name, p.Name)
			names[p.Name] = true
		}
	}
	require.Equal(t, 9, Funcs[RecvFrom].Words())
}

func TestNoConstantHasTwoNamesInOneSet(t *testing.T) {
	for _, s := range Sets() {
		values := map[int64]string{}
		for _, c := range s.Consts {
			require.Empty(t, values[c.Value], "%s: %s", s.Title, c.Name)
			values[c.Value] = c.Name
		}
	}
}

func TestNames(t *testing.T) {
	require.Equal(t, "AF_INET6", AF_INET6.Name())
	require.Equal(t, "99", Family(99).Name())
	require.Equal(t, "SOCK_STREAM", (SOCK_STREAM | SOCK_NONBLOCK).Name())
	require.Equal(t, "SO_REUSEADDR", Option{SOL_SOCKET, SO_REUSEADDR}.Name())
	require.Equal(t, "TCP_NODELAY", Option{Level(IPPROTO_TCP), TCP_NODELAY}.Name())
	require.False(t, Option{SOL_SOCKET, 9999}.Known())
	require.False(t, Option{77, SO_REUSEADDR}.Known())
	require.Equal(t, "EAI_NONAME", EAI_NONAME.Name())
}

var addrs = map[string]Sockaddr{
	"127.0.0.1:9000":         InetAddr(netip.MustParseAddrPort("127.0.0.1:9000")),
	"[::1]:80":               InetAddr(netip.MustParseAddrPort("[::1]:80")),
	"[::ffff:127.0.0.1]:443": InetAddr(netip.MustParseAddrPort("[::ffff:127.0.0.1]:443")),
	"/tmp/x.sock":            UnixAddr("/tmp/x.sock"),
	"@abstract\x00name":      UnixAddr("\x00abstract\x00name"),
	"unnamed":                UnixAddr(""),
}

func TestAddressesSurviveTheGuestsLayout(t *testing.T) {
	for text, sa := range addrs {
		var b [SockaddrMax]byte
		n := sa.Encode(b[:])
		back, errno := DecodeSockaddr(b[:n])
		require.Equal(t, OK, errno, text)
		require.Equal(t, sa, back)
		require.Equal(t, text, sa.String())
		for short := range n { // cut short, it still tells its full length
			require.Equal(t, n, sa.Encode(make([]byte, short)))
		}
	}
	require.Zero(t, Sockaddr{}.Encode(nil))
}

func TestTheLayoutIsLinuxs(t *testing.T) {
	var b [16]byte
	require.Equal(t, 16, addrs["127.0.0.1:9000"].Encode(b[:]))
	require.Equal(t, [16]byte{2, 0, 0x23, 0x28, 127, 0, 0, 1}, b)
}

func TestAddressesThatAreTooShortOrTooLongAreRefused(t *testing.T) {
	for _, b := range [][]byte{nil, {2}, {2, 0}, make([]byte, 15), append([]byte{10, 0}, make([]byte, 21)...), append([]byte{1, 0}, make([]byte, UnixPathMax+1)...)} {
		if len(b) == 15 {
			b[0] = 2
		}
		_, errno := DecodeSockaddr(b)
		require.Equal(t, EINVAL, errno, "%d bytes", len(b))
	}
	sa, errno := DecodeSockaddr([]byte{29, 0})
	require.Equal(t, OK, errno)
	require.Equal(t, AF_CAN, sa.Family, "an unknown family is the call's to refuse")
}

func FuzzSockaddr(f *testing.F) {
	for _, sa := range addrs {
		var b [SockaddrMax]byte
		f.Add(b[:sa.Encode(b[:])])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		sa, errno := DecodeSockaddr(b)
		if errno != OK {
			return
		}
		_ = sa.String()
		var to [SockaddrMax]byte
		n := sa.Encode(to[:])
		if n == 0 || sa.Family == AF_UNIX && len(sa.Path) == UnixPathMax {
			return
		}
		if back, errno := DecodeSockaddr(to[:n]); errno != OK || back != sa {
			t.Fatalf("%v became %v (%v)", sa, back, errno)
		}
	})
}

func TestAnAnswerOfGetAddrInfoIsPadded(t *testing.T) {
	b := AppendAddrInfo(nil, AddrInfo{Family: AF_INET, Type: SOCK_STREAM, Protocol: IPPROTO_TCP, Addr: addrs["127.0.0.1:9000"], Canonical: "localhost"})
	require.Len(t, b, 20+16+12)
	require.EqualValues(t, 16, binary.LittleEndian.Uint32(b[12:]))
	require.EqualValues(t, 9, binary.LittleEndian.Uint32(b[16:]))
	require.Equal(t, "localhost", string(b[36:45]))
}

func TestAddrInfoGoesThereAndBack(t *testing.T) {
	for _, ai := range []AddrInfo{
		{Family: AF_INET, Type: SOCK_STREAM, Protocol: IPPROTO_TCP, Addr: InetAddr(netip.MustParseAddrPort("127.0.0.1:80")), Canonical: "localhost"},
		{Family: AF_INET6, Type: SOCK_DGRAM, Protocol: IPPROTO_UDP, Addr: InetAddr(netip.MustParseAddrPort("[::1]:9000"))},
		{Family: AF_UNIX, Canonical: "x"},
	} {
		b := AppendAddrInfo(nil, ai)
		got, rest, ok := DecodeAddrInfo(append(b, "rest"...))
		require.True(t, ok)
		require.Equal(t, ai, got)
		require.Equal(t, "rest", string(rest))
		for n := range 20 + len(ai.Canonical) {
			_, _, ok := DecodeAddrInfo(b[:n])
			require.False(t, ok, "%d bytes of %d", n, len(b))
		}
		for _, at := range []int{12, 16} {
			bad := append([]byte(nil), b...)
			bad[at+3] = 0xff
			_, _, ok := DecodeAddrInfo(bad)
			require.False(t, ok)
		}
	}
}

func TestControlMessagesHaveTheLayoutOf64BitLinux(t *testing.T) {
	b, all := AppendControl(nil, Control{Level: SOL_SOCKET, Type: SCM_RIGHTS, Data: []byte{5, 0, 0, 0}}, 100)
	require.True(t, all)
	require.Equal(t, []byte{20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0}, b)
	require.Len(t, b, ControlSpace(4))
	require.Equal(t, 20, ControlLen(4))
	ttl := Control{Level: Level(IPPROTO_IP), Type: IP_TTL, Data: []byte{64, 0, 0, 0}}
	b, all = AppendControl(b, ttl, 44)
	require.True(t, all)
	require.Len(t, b, 44, "no padding where there is no room")
	c, rest, ok, err := DecodeControl(b)
	require.True(t, ok)
	require.Equal(t, OK, err)
	require.True(t, c.Rights())
	c, rest, ok, err = DecodeControl(rest)
	require.True(t, ok)
	require.Equal(t, OK, err)
	require.Equal(t, ttl, c)
	require.Empty(t, rest)
	for room := range 20 {
		cut, all := AppendControl(nil, ttl, room)
		require.False(t, all)
		if room < 16 {
			require.Empty(t, cut)
			continue
		}
		c, _, ok, _ := DecodeControl(cut)
		require.True(t, ok)
		require.Len(t, c.Data, room-16)
	}
}

func TestWhichControlMessagesThereAre(t *testing.T) {
	for name, c := range map[string]Control{
		"SCM_RIGHTS":    {SOL_SOCKET, SCM_RIGHTS, make([]byte, 8)},
		"IP_TOS":        {Level(IPPROTO_IP), IP_TOS, make([]byte, 1)},
		"IP_TTL":        {Level(IPPROTO_IP), IP_TTL, make([]byte, 4)},
		"IP_PKTINFO":    {Level(IPPROTO_IP), IP_PKTINFO, make([]byte, 12)},
		"IPV6_PKTINFO":  {Level(IPPROTO_IPV6), IPV6_PKTINFO, make([]byte, 20)},
		"IPV6_HOPLIMIT": {Level(IPPROTO_IPV6), IPV6_HOPLIMIT, make([]byte, 4)},
		"IPV6_TCLASS":   {Level(IPPROTO_IPV6), IPV6_TCLASS, make([]byte, 4)},
	} {
		require.Equal(t, name, c.Name())
		require.Equal(t, OK, c.Sendable(), name)
		back, ok := ParseControl(name)
		require.True(t, ok)
		require.Equal(t, Control{Level: c.Level, Type: c.Type}, back)
		c.Data = make([]byte, 7)
		require.Equal(t, EINVAL, c.Sendable(), name)
	}
	stamp := Control{SOL_SOCKET, SCM_TIMESTAMP, make([]byte, 16)}
	require.True(t, stamp.Receivable())
	require.Equal(t, "SCM_TIMESTAMP", stamp.Name())
	for _, c := range []Control{stamp, {SOL_SOCKET, 2, make([]byte, 12)}, {SOL_SOCKET, IP_TTL, nil}, {Level(IPPROTO_IP), SCM_RIGHTS + 100, nil}} {
		require.Equal(t, EOPNOTSUPP, c.Sendable())
	}
}

func TestAControlMessageOfAWrongLengthIsRefused(t *testing.T) {
	whole, _ := AppendControl(nil, Control{Level: SOL_SOCKET, Type: SCM_RIGHTS, Data: make([]byte, 5)}, 100)
	for n := range uint64(len(whole) + 2) {
		b := slices.Clone(whole)
		binary.LittleEndian.PutUint64(b, n)
		_, rest, ok, err := DecodeControl(b)
		require.Equal(t, n >= controlHeader && n <= uint64(len(b)), ok, n)
		require.Equal(t, ok, err == OK, n)
		require.LessOrEqual(t, len(rest), len(b)-controlHeader)
	}
	for _, n := range []uint64{1 << 31, 1 << 32, 1 << 63, 1<<64 - 1} {
		binary.LittleEndian.PutUint64(whole, n)
		_, _, _, err := DecodeControl(whole)
		require.Equal(t, EINVAL, err, n)
	}
	for n := range controlHeader {
		_, _, ok, err := DecodeControl(whole[:n])
		require.False(t, ok)
		require.Equal(t, OK, err, "the end")
	}
	require.Empty(t, Control{Level: SOL_SOCKET, Type: IP_TTL}.Name(), "none of a guest's")
	require.False(t, Control{Level: Level(IPPROTO_IP), Type: SCM_RIGHTS}.Rights())
	require.Equal(t, EOPNOTSUPP, Control{Level: SOL_SOCKET, Type: 77}.Sendable())
}

func TestAddressesAreAsLongAsTheirFamilySays(t *testing.T) {
	b := make([]byte, 200)
	for family, lengths := range map[Family][2]int{AF_INET: {16, 200}, AF_INET6: {24, 200}, AF_UNIX: {2, 2 + UnixPathMax}} {
		binary.LittleEndian.PutUint16(b, uint16(family))
		for n := range len(b) {
			_, err := DecodeSockaddr(b[:n]) // of AF_UNIX an abstract name, which has no end of its own
			require.Equal(t, n >= lengths[0] && n <= lengths[1], err == OK, "%s of %d bytes", family, n)
		}
	}
	binary.LittleEndian.PutUint16(b, uint16(AF_INET6))
	b[24] = 7
	for n, zone := range map[int]uint32{24: 0, 27: 0, 28: 7} {
		sa, err := DecodeSockaddr(b[:n])
		require.Equal(t, OK, err)
		require.Equal(t, zone, sa.Zone, n)
	}
}

func TestAnErrnoThatIsNoneHasANameAllTheSame(t *testing.T) {
	last := Errno(len(errnos) - 1)
	require.Equal(t, errnos[last].name, last.Name())
	require.Equal(t, errnos[last].text, last.Error())
	for _, e := range []Errno{Errno(len(errnos)), Errno(len(errnos) + 1), 0xffff} {
		require.Equal(t, fmt.Sprint("E", int(e)), e.Name())
		require.Equal(t, fmt.Sprint("error ", int(e)), e.Error())
	}
	for name, want := range map[string]Errno{"EWOULDBLOCK": EAGAIN, "EOPNOTSUPP": ENOTSUP} {
		e, ok := ParseErrno(name)
		require.True(t, ok)
		require.Equal(t, want, e)
	}
}
