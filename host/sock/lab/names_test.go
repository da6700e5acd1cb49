package lab

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
)

func TestNamesOfALab(t *testing.T) {
	newLab(t).Close() // or skip
	l, err := New(native, Options{Seed: 3, Hostname: "Desk"})
	require.NoError(t, err)
	defer l.Close()
	m := l.Stack("x", nil)
	require.Equal(t, "Desk", m.Hostname())
	ask := func(name string) (ips []string) {
		got, eai := m.GetAddrInfo(ctx(t), name, "", sock.Hints{Type: abi.SOCK_STREAM})
		require.Zero(t, eai, name)
		for _, a := range got {
			ips = append(ips, a.Addr.IP.Addr().String())
		}
		return ips
	}
	require.Equal(t, []string{"127.0.0.1"}, ask("v4only.lab"))
	require.Equal(t, []string{"::1"}, ask("v6only.lab"))
	require.ElementsMatch(t, []string{"127.0.0.1", "::1"}, ask("dual.lab"))
	require.NotEmpty(t, ask("desk"))
	_, eai := m.GetAddrInfo(ctx(t), "nosuch.lab", "", sock.Hints{})
	require.Equal(t, abi.EAI_NONAME, eai)

	services := l.Names().Services
	odd := services[len(services)-1]
	port, ok := m.ServiceByName(odd.Name, "tcp")
	require.True(t, ok)
	require.Equal(t, odd.Port, port)
	name, ok := m.ServiceByPort(odd.Port, "")
	require.True(t, ok)
	require.Equal(t, odd.Name, name)
	node, _, eai := m.GetNameInfo(ctx(t), at("127.0.0.1:80"), abi.NI_NUMERICHOST)
	require.Zero(t, eai)
	require.Equal(t, "127.0.0.1", node)
}

func TestTheSeedDecidesTheOrderOfDual(t *testing.T) {
	orders := map[netip.Addr]bool{}
	for seed := range uint64(32) {
		orders[Names("h", seed).Hosts["dual.lab"][0]] = true
		require.Equal(t, Names("h", seed), Names("h", seed))
	}
	require.Len(t, orders, 2)
}
