package lab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"socklab/host/sock"
)

var (
	v4Loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	v6Loopback = netip.IPv6Loopback()
	mapped     = netip.AddrFrom16(v4Loopback.As16())
	v4Any      = netip.IPv4Unspecified()
	v6Any      = netip.IPv6Unspecified()
	broadcast  = netip.AddrFrom4([4]byte{127, 255, 255, 255})
)

// Names knows, besides what every machine knows, v4only.lab, v6only.lab and
// dual.lab (in an order of the seed's), and ends with one service that no
// other machine has.
func Names(hostname string, seed uint64) sock.Names {
	rng := rand.New(rand.NewPCG(seed, 0xd45))
	n := sock.LoopbackNames(hostname)
	both := []netip.Addr{v4Loopback, v6Loopback}
	if rng.IntN(2) == 1 {
		slices.Reverse(both)
	}
	n.Hosts["v4only.lab"] = []netip.Addr{v4Loopback}
	n.Hosts["v6only.lab"] = []netip.Addr{v6Loopback}
	n.Hosts["dual.lab"] = both
	n.Hosts[strings.ToLower(hostname)+".lab"] = both
	n.Services = append(slices.Clip(n.Services), sock.Service{
		Name:   fmt.Sprintf("svc%04x", rng.IntN(1<<16)),
		Port:   20000 + rng.IntN(10000),
		Protos: []string{"tcp", "udp"},
	})
	return n
}
