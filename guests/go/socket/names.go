package socket

// AddrInfo is one answer of [GetAddrInfo]: the arguments for Socket and the
// address for Connect or Bind. As a hint, its zero fields ask for anything.
type AddrInfo struct {
	Flags     int // of a hint: AI_*
	Family    int
	Type      int
	Protocol  int
	Addr      Addr
	CanonName string // of the first answer, if AI_CANONNAME asked for it
}

// GetAddrInfo turns a name and a service into addresses, in the order in
// which they should be tried. An empty node means this host (with
// AI_PASSIVE: any address, to bind to), an empty service no port. Its errors
// are of type [EAI]. getaddrinfo(3)
func GetAddrInfo(node, service string, hints AddrInfo) ([]AddrInfo, error) {
	return getAddrInfo(node, service, hints)
}

// GetNameInfo turns an address into a name and a service; flags are NI_*.
// Its errors are of type [EAI]. getnameinfo(3)
func GetNameInfo(addr Addr, flags int) (node, service string, err error) {
	return getNameInfo(addr, flags)
}

// GetHostName tells this host's name. gethostname(2)
func GetHostName() (string, error) { return getHostName() }

// GetServByName finds a service's port; protocol is "tcp", "udp" or "" for
// either. The error is ENOENT if there is no such service. getservbyname(3)
func GetServByName(name, protocol string) (port int, err error) {
	return getServByName(name, protocol)
}

// GetServByPort finds a port's service. The error is ENOENT if there is none.
// getservbyport(3)
func GetServByPort(port int, protocol string) (name string, err error) {
	return getServByPort(port, protocol)
}
