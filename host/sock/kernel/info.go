package kernel

import (
	"socklab/host/abi"
	"socklab/host/sock"
)

// Info tells what the socket is and which state it is in.
func (s *socket) Info() sock.Info {
	info := sock.Info{Family: s.family, Type: s.typ, Proto: s.proto, In: -1, Out: -1}
	if !s.fd.use() {
		return info
	}
	defer s.fd.done()
	if s.family != abi.AF_UNIX && s.stream() {
		info.State = sysTCPState(s.fd.num)
	}
	if n, e := sysPending(s.fd.num); e == 0 {
		info.In = n
	}
	if n, e := sysUnsent(s.fd.num); e == 0 {
		info.Out = n
	}
	return info
}

// protocol is the protocol, the default one by its own number.
func (s *socket) protocol() abi.Protocol {
	switch {
	case s.proto != 0 || s.family == abi.AF_UNIX:
		return s.proto
	case s.stream():
		return abi.IPPROTO_TCP
	}
	return abi.IPPROTO_UDP
}
