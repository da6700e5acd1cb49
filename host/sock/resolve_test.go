package sock

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

// lab knows a host of each kind, besides the loopback names.
func lab() Names {
	n := LoopbackNames("Box")
	v4, v6 := netip.MustParseAddr("127.0.0.9"), netip.MustParseAddr("::9")
	n.Hosts["v4only.lab"] = []netip.Addr{v4}
	n.Hosts["v6only.lab"] = []netip.Addr{v6}
	n.Hosts["dual.lab"] = []netip.Addr{v4, v6}
	return n
}

// Each row was compared with glibc 2.36, but for the ports that it wraps
// around, for localhost with a final dot, and for names below localhost.
func TestGetAddrInfo(t *testing.T) {
	const passive, canon, numhost, mapped, all, numserv = 1, 2, 4, 8, 0x10, 0x400
	const stream, dgram, raw = abi.SOCK_STREAM, abi.SOCK_DGRAM, abi.SOCK_RAW
	st := Hints{Type: stream}
	for _, c := range []struct {
		name          string
		node, service string
		hints         Hints
		want          string
	}{
		{"no node is loopback, IPv6 first", "", "80", st, "tcp [::1]:80, tcp 127.0.0.1:80"},
		{"no node, passive, is the wildcard, IPv4 first", "", "80", Hints{Type: stream, Flags: passive}, "tcp 0.0.0.0:80, tcp [::]:80"},
		{"no type is each of three types", "127.0.0.1", "80", Hints{}, "tcp 127.0.0.1:80, udp 127.0.0.1:80, raw 127.0.0.1:80"},
		{"a node alone has port 0", "localhost", "", Hints{Family: abi.AF_INET}, "tcp 127.0.0.1:0, udp 127.0.0.1:0, raw 127.0.0.1:0"},
		{"localhost is IPv6 first", "localhost", "80", st, "tcp [::1]:80, tcp 127.0.0.1:80"},
		{"the case of a name is nothing", "LocalHost", "80", Hints{Family: abi.AF_INET, Type: stream}, "tcp 127.0.0.1:80"},
		{"a final dot is nothing", "localhost.", "80", Hints{Family: abi.AF_INET, Type: stream}, "tcp 127.0.0.1:80"},
		{"a name below localhost is localhost", "a.localhost", "80", Hints{Family: abi.AF_INET, Type: stream}, "tcp 127.0.0.1:80"},
		{"the own host name is loopback", "box", "80", Hints{Family: abi.AF_INET, Type: dgram}, "udp 127.0.0.1:80"},
		{"the resolver's order is kept", "dual.lab", "80", st, "tcp 127.0.0.9:80, tcp [::9]:80"},
		{"a family chooses", "dual.lab", "80", Hints{Family: abi.AF_INET6, Type: stream}, "tcp [::9]:80"},
		{"a family that the name has not", "v4only.lab", "80", Hints{Family: abi.AF_INET6}, "EAI_NONAME"},
		{"an IPv4 name is mapped if asked", "v4only.lab", "80", Hints{Family: abi.AF_INET6, Type: stream, Flags: mapped}, "tcp [::ffff:127.0.0.9]:80"},
		{"a name with IPv6 is not mapped", "dual.lab", "80", Hints{Family: abi.AF_INET6, Type: stream, Flags: mapped}, "tcp [::9]:80"},
		{"AI_ALL maps it besides", "dual.lab", "80", Hints{Family: abi.AF_INET6, Type: stream, Flags: mapped | all}, "tcp [::9]:80, tcp [::ffff:127.0.0.9]:80"},
		{"AI_ALL alone is nothing", "v4only.lab", "80", Hints{Family: abi.AF_INET6, Type: stream, Flags: all}, "EAI_NONAME"},
		{"nothing is mapped without a family", "v4only.lab", "80", Hints{Type: stream, Flags: mapped | all}, "tcp 127.0.0.9:80"},
		{"an unknown name", "nosuch.lab", "80", st, "EAI_NONAME"},
		{"a name where a number is asked for", "localhost", "80", Hints{Flags: numhost}, "EAI_NONAME"},
		{"neither node nor service", "", "", Hints{}, "EAI_NONAME"},
		{"a family that has no names", "localhost", "80", Hints{Family: abi.AF_UNIX}, "EAI_FAMILY"},
		{"a type that has no protocol", "localhost", "80", Hints{Type: 9}, "EAI_SOCKTYPE"},
		{"a type of another protocol", "localhost", "80", Hints{Type: stream, Proto: abi.IPPROTO_UDP}, "EAI_SOCKTYPE"},
		{"a protocol alone chooses the type", "127.0.0.1", "80", Hints{Proto: abi.IPPROTO_UDP}, "udp 127.0.0.1:80"},
		{"a raw socket has no service", "localhost", "80", Hints{Type: raw}, "EAI_SERVICE"},
		{"a raw socket without a service", "127.0.0.1", "", Hints{Type: raw, Proto: abi.IPPROTO_ICMP}, "raw 127.0.0.1:0/1"},
		{"a protocol that has no services", "127.0.0.1", "80", Hints{Proto: abi.IPPROTO_ICMP}, "EAI_SERVICE"},
		{"and no service", "127.0.0.1", "", Hints{Proto: abi.IPPROTO_ICMP}, "raw 127.0.0.1:0/1"},
		{"an unknown flag", "localhost", "80", Hints{Flags: 0x8000000}, "EAI_BADFLAGS"},
		{"a canonical name of nothing", "", "80", Hints{Flags: canon}, "EAI_BADFLAGS"},
		{"a canonical name", "LOCALHOST", "80", Hints{Type: stream, Flags: canon}, "tcp [::1]:80 localhost, tcp 127.0.0.1:80"},
		{"a number is its own canonical name", "127.0.0.1", "80", Hints{Type: stream, Flags: canon}, "tcp 127.0.0.1:80 127.0.0.1"},
		{"a service by name, of TCP only", "127.0.0.1", "http", Hints{}, "tcp 127.0.0.1:80"},
		{"a service by name, of both", "127.0.0.1", "domain", Hints{}, "tcp 127.0.0.1:53, udp 127.0.0.1:53"},
		{"a service by its alias", "127.0.0.1", "www", st, "tcp 127.0.0.1:80"},
		{"a service of the other protocol", "127.0.0.1", "tftp", st, "EAI_SERVICE"},
		{"an unknown service", "127.0.0.1", "nosuch", Hints{}, "EAI_SERVICE"},
		{"a service where a number is asked for", "127.0.0.1", "http", Hints{Flags: numserv}, "EAI_NONAME"},
		{"the last port", "127.0.0.1", "65535", st, "tcp 127.0.0.1:65535"},
		{"zeros before a port", "127.0.0.1", "0080", st, "tcp 127.0.0.1:80"},
		{"a port too many", "127.0.0.1", "65536", st, "EAI_SERVICE"},
		{"a port beyond numbers", "127.0.0.1", "99999999999999999999999", st, "EAI_SERVICE"},
		{"a port below zero", "127.0.0.1", "-1", st, "EAI_SERVICE"},
		{"a port with more behind it", "127.0.0.1", "80x", st, "EAI_SERVICE"},
		{"an IPv6 number", "::1", "80", st, "tcp [::1]:80"},
		{"an IPv6 number where IPv4 is asked for", "::1", "80", Hints{Family: abi.AF_INET}, "EAI_ADDRFAMILY"},
		{"an IPv4 number where IPv6 is asked for", "127.0.0.1", "80", Hints{Family: abi.AF_INET6}, "EAI_ADDRFAMILY"},
		{"an IPv4 number, mapped", "127.0.0.1", "80", Hints{Family: abi.AF_INET6, Type: stream, Flags: mapped}, "tcp [::ffff:127.0.0.1]:80"},
		{"a mapped number where IPv4 is asked for", "::ffff:127.0.0.1", "80", Hints{Family: abi.AF_INET, Type: stream}, "tcp 127.0.0.1:80"},
		{"a zone's number", "::1%9", "80", st, "tcp [::1]:80%9"},
		{"a zone's name", "::1%lo", "80", st, "EAI_NONAME"},
		{"a short IPv4 number", "127.1", "80", st, "tcp 127.0.0.1:80"},
		{"one number", "2130706433", "80", st, "tcp 127.0.0.1:80"},
		{"a hexadecimal number", "0x7f.1", "80", st, "tcp 127.0.0.1:80"},
		{"an octal number", "010.0.0.1", "80", st, "tcp 8.0.0.1:80"},
		{"a number out of range", "127.0.0.256", "80", Hints{Flags: numhost}, "EAI_NONAME"},
		{"five numbers", "1.2.3.4.5", "80", Hints{Flags: numhost}, "EAI_NONAME"},
		{"a Go number is not one of C's", "0b1", "80", Hints{Flags: numhost}, "EAI_NONAME"},
		{"a number with brackets", "[::1]", "80", st, "EAI_NONAME"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := lab()
			got, err := n.GetAddrInfo(c.node, c.service, c.hints)
			require.Equal(t, c.want, show(got, err))
		})
	}
}

func show(infos []abi.AddrInfo, err abi.EAI) string {
	if err != 0 {
		return err.Name()
	}
	var all []string
	for _, ai := range infos {
		s := ""
		switch ai.Type {
		case abi.SOCK_STREAM:
			s = "tcp "
		case abi.SOCK_DGRAM:
			s = "udp "
		case abi.SOCK_RAW:
			s = "raw "
		}
		s += ai.Addr.String()
		if ai.Type == abi.SOCK_RAW && ai.Protocol != 0 {
			s += fmt.Sprintf("/%d", ai.Protocol)
		}
		if ai.Addr.Zone != 0 {
			s += fmt.Sprintf("%%%d", ai.Addr.Zone)
		}
		if ai.Canonical != "" {
			s += " " + ai.Canonical
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

func TestGetNameInfo(t *testing.T) {
	at := func(s string) abi.Sockaddr { return abi.InetAddr(netip.MustParseAddrPort(s)) }
	zoned := at("[fe80::1]:80")
	zoned.Zone = 3
	for _, c := range []struct {
		name  string
		addr  abi.Sockaddr
		flags int
		want  string
	}{
		{"loopback is localhost", at("127.0.0.1:80"), 0, "localhost http"},
		{"so it is in IPv6", at("[::1]:80"), 0, "localhost http"},
		{"and if mapped", at("[::ffff:127.0.0.1]:80"), 0, "localhost http"},
		{"a host of its own", at("127.0.0.9:1"), 0, "dual.lab tcpmux"},
		{"an unknown address is a number", at("127.0.0.8:65000"), 0, "127.0.0.8 65000"},
		{"but not if a name is required", at("127.0.0.8:65000"), abi.NI_NAMEREQD, "EAI_NONAME"},
		{"numbers if asked", at("127.0.0.1:80"), abi.NI_NUMERICHOST | abi.NI_NUMERICSERV, "127.0.0.1 80"},
		{"a number cannot be a required name", at("127.0.0.1:80"), abi.NI_NUMERICHOST | abi.NI_NAMEREQD, "EAI_NONAME"},
		{"a datagram service", at("127.0.0.1:69"), abi.NI_DGRAM, "localhost tftp"},
		{"a datagram service without the flag", at("127.0.0.1:69"), 0, "localhost 69"},
		{"a zone", zoned, 0, "fe80::1%3 http"},
		{"a path", abi.UnixAddr("/x"), 0, "EAI_FAMILY"},
		{"an unknown flag", at("127.0.0.1:80"), 1 << 20, "EAI_BADFLAGS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := lab()
			node, service, err := n.GetNameInfo(c.addr, c.flags)
			got := node + " " + service
			if err != 0 {
				got = err.Name()
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestServices(t *testing.T) {
	n := LoopbackNames("box")
	port, ok := n.ServiceByName("http", "tcp")
	require.True(t, ok)
	require.Equal(t, 80, port)
	_, ok = n.ServiceByName("http", "udp")
	require.False(t, ok, "http is TCP's")
	port, _ = n.ServiceByName("tftp", "")
	require.Equal(t, 69, port, "any protocol")
	name, ok := n.ServiceByPort(995, "tcp")
	require.True(t, ok)
	require.Equal(t, "pop3s", name)
	_, ok = n.ServiceByPort(69, "tcp")
	require.False(t, ok)
	_, ok = n.ServiceByPort(4, "")
	require.False(t, ok)

	seen := map[string]bool{}
	for _, s := range n.Services {
		require.NotEmpty(t, s.Protos, s.Name)
		for _, name := range append([]string{s.Name}, s.Aliases...) {
			require.False(t, seen[name], "%s is there twice", name)
			seen[name] = true
		}
	}
}

func TestNamesWithoutIPv6(t *testing.T) {
	n := LoopbackNames("box").WithoutIPv6()
	got, err := n.GetAddrInfo("localhost", "80", Hints{Type: abi.SOCK_STREAM})
	require.Equal(t, "tcp 127.0.0.1:80", show(got, err))
	got, err = n.GetAddrInfo("ip6-localhost", "80", Hints{})
	require.Equal(t, "EAI_NONAME", show(got, err))
}

func FuzzGetAddrInfo(f *testing.F) {
	f.Add("localhost", "http", int32(0), int32(0), int32(0), 0)
	f.Add("0x7f.1", "80", int32(2), int32(1), int32(6), 0x1f)
	f.Add("::1%9", "65536", int32(10), int32(3), int32(1), 0x400)
	f.Fuzz(func(t *testing.T, node, service string, family, typ, proto int32, flags int) {
		n := lab()
		got, err := n.GetAddrInfo(node, service, Hints{Family: abi.Family(family), Type: abi.Type(typ), Proto: abi.Protocol(proto), Flags: flags})
		require.Equal(t, err == 0, len(got) > 0, "an answer or an error")
		for _, ai := range got {
			require.Equal(t, ai.Family, ai.Addr.Family)
			_, _, err := n.GetNameInfo(ai.Addr, 0)
			require.Zero(t, err)
		}
	})
}
