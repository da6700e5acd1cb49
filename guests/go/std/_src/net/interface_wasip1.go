package net

// A guest of socklab sees one interface, the loopback.

var loopback = Interface{Index: 1, MTU: 65536, Name: "lo", Flags: FlagUp | FlagLoopback | FlagRunning}

func interfaceTable(ifindex int) ([]Interface, error) {
	if ifindex != 0 && ifindex != loopback.Index {
		return nil, nil
	}
	return []Interface{loopback}, nil
}

func interfaceAddrTable(ifi *Interface) ([]Addr, error) {
	if ifi != nil && ifi.Index != loopback.Index {
		return nil, nil
	}
	addrs := []Addr{&IPNet{IP: IPv4(127, 0, 0, 1), Mask: CIDRMask(8, 32)}}
	if supportsIPv6() {
		addrs = append(addrs, &IPNet{IP: IPv6loopback, Mask: CIDRMask(128, 128)})
	}
	return addrs, nil
}

func interfaceMulticastAddrTable(ifi *Interface) ([]Addr, error) { return nil, nil }
