package net

import (
	"context"
	"errors"
	"internal/byteorder"
	"net/netip"
	"syscall"
	"unsafe"
)

// The system's resolver, which package net knows as the one of cgo, is the
// host's: it answers at once, so that contexts need no looking after.

const cgoAvailable = true

type addrinfoErrno int

func (eai addrinfoErrno) Error() string {
	if i := int(-eai); i > 0 && i < len(addrinfoTexts) && addrinfoTexts[i] != "" {
		return addrinfoTexts[i]
	}
	return "resolver failure"
}
func (eai addrinfoErrno) Temporary() bool { return eai == _EAI_AGAIN }
func (eai addrinfoErrno) Timeout() bool   { return false }

func (eai addrinfoErrno) isAddrinfoErrno() {}

// addrinfo asks the host and calls each for every answer.
func addrinfo(node, service string, family, typ, proto int, each func(IPAddr, int)) error {
	answers := make([]byte, 1024)
	for {
		var n uint32
		eai := host_getaddrinfo(
			unsafe.Pointer(unsafe.StringData(node)), uint32(len(node)),
			unsafe.Pointer(unsafe.StringData(service)), uint32(len(service)),
			int32(family), int32(typ), int32(proto), 0,
			unsafe.Pointer(&answers[0]), uint32(len(answers)), &n)
		if eai != 0 {
			return addrinfoErrno(eai)
		}
		if int(n) <= len(answers) {
			answers = answers[:n]
			break
		}
		answers = make([]byte, n)
	}
	// Five numbers, the fourth and fifth of them lengths, an address and a
	// name, padded to a multiple of four bytes.
	const header = 5 * 4
	for len(answers) >= header {
		addrLen := int(byteorder.LEUint32(answers[12:]))
		nameLen := int(byteorder.LEUint32(answers[16:]))
		record := (header + addrLen + nameLen + 3) &^ 3
		if addrLen < 0 || nameLen < 0 || record > len(answers) {
			return errors.New("malformed answer of the resolver")
		}
		a := answers[header : header+addrLen]
		answers = answers[record:]
		if addrLen < 4 {
			continue
		}
		port := int(byteorder.BEUint16(a[2:]))
		switch {
		case a[0] == syscall.AF_INET && addrLen >= syscall.SizeofSockaddrInet4:
			each(IPAddr{IP: copyIP(a[4:8])}, port)
		case a[0] == syscall.AF_INET6 && addrLen >= syscall.SizeofSockaddrInet6:
			each(IPAddr{IP: copyIP(a[8:24]), Zone: zoneCache.name(int(byteorder.LEUint32(a[24:])))}, port)
		}
	}
	return nil
}

func familyHint(network string) int {
	switch ipVersion(network) {
	case '4':
		return syscall.AF_INET
	case '6':
		return syscall.AF_INET6
	}
	return syscall.AF_UNSPEC
}

// resolverError is what the standard resolvers say on Unix.
func resolverError(err error, name string) error {
	switch err {
	case addrinfoErrno(_EAI_NONAME), addrinfoErrno(_EAI_NODATA):
		return newDNSError(errNoSuchHost, name, "")
	}
	return newDNSError(err, name, "")
}

func cgoLookupHost(ctx context.Context, name string) (hosts []string, err error) {
	addrs, err := cgoLookupIP(ctx, "ip", name)
	for _, a := range addrs {
		hosts = append(hosts, a.String())
	}
	return hosts, err
}

func cgoLookupIP(ctx context.Context, network, name string) (addrs []IPAddr, err error) {
	if err := ctx.Err(); err != nil {
		return nil, newDNSError(mapErr(err), name, "")
	}
	err = addrinfo(name, "", familyHint(network), syscall.SOCK_STREAM, 0, func(a IPAddr, _ int) {
		addrs = append(addrs, a)
	})
	if err != nil {
		return nil, resolverError(err, name)
	}
	return addrs, nil
}

func cgoLookupPort(ctx context.Context, network, service string) (port int, err error) {
	typ, proto := 0, 0
	switch network {
	case "ip":
	case "tcp", "tcp4", "tcp6":
		typ, proto = syscall.SOCK_STREAM, syscall.IPPROTO_TCP
	case "udp", "udp4", "udp6":
		typ, proto = syscall.SOCK_DGRAM, syscall.IPPROTO_UDP
	default:
		return 0, &DNSError{Err: "unknown network", Name: network + "/" + service}
	}
	lower := []byte(service)
	lowerASCIIBytes(lower)
	port = -1
	err = addrinfo("", string(lower), familyHint(network), typ, proto, func(_ IPAddr, p int) { port = p })
	switch {
	case err == addrinfoErrno(_EAI_SERVICE), err == addrinfoErrno(_EAI_NONAME), err == nil && port < 0:
		return 0, newDNSError(errUnknownPort, network+"/"+service, "")
	case err != nil:
		return 0, newDNSError(err, network+"/"+service, "")
	}
	return port, nil
}

func cgoLookupPTR(ctx context.Context, addr string) (names []string, err error) {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, &DNSError{Err: "invalid address", Name: addr}
	}
	var b [syscall.SizeofSockaddrInet6]byte
	sa := b[:syscall.SizeofSockaddrInet4]
	if b[0] = syscall.AF_INET; ip.Is4() {
		copy(sa[4:], ip.AsSlice())
	} else {
		b[0], sa = syscall.AF_INET6, b[:]
		copy(sa[8:], ip.AsSlice())
		byteorder.LEPutUint32(sa[24:], uint32(zoneCache.index(ip.Zone())))
	}
	name := make([]byte, 1025) // NI_MAXHOST
	var n uint32
	if eai := host_getnameinfo(unsafe.Pointer(&sa[0]), uint32(len(sa)), _NI_NAMEREQD, unsafe.Pointer(&name[0]), uint32(len(name)), &n, nil, 0, nil); eai != 0 {
		return nil, resolverError(addrinfoErrno(eai), addr)
	}
	return []string{absDomainName(string(name[:min(int(n), len(name))]))}, nil
}

// cgoLookupCNAME leaves it to the Go resolver: a guest has no DNS but what
// it brings itself.
func cgoLookupCNAME(ctx context.Context, name string) (cname string, err error) {
	return "", errNoSuchHost
}
