package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"socklab/host/abi"
)

// failure is a call that failed, kept until somebody asks why.
type failure struct {
	call string
	addr abi.Sockaddr
	err  abi.Errno
}

// fail remembers how a call ended, and returns its error.
func (s *socket) fail(call string, addr abi.Sockaddr, err abi.Errno) abi.Errno {
	if err != abi.OK && err != abi.EAGAIN && err != abi.EINPROGRESS {
		s.failed.Store(&failure{call, addr, err})
	}
	return err
}

func (s *socket) failRecv(err abi.Errno) abi.Errno {
	if err != abi.ECONNREFUSED {
		return err
	}
	s.mu.Lock()
	peer := s.peer.said
	s.mu.Unlock()
	return s.fail("recv", peer, err)
}

// Explain tells why the last call failed.
func (s *socket) Explain() string {
	if f := s.failed.Swap(nil); f != nil {
		if why := s.lab.why(s.stream, f); why != "" {
			return why
		}
	}
	return s.SocketLayer.Explain()
}

// Why tells in one sentence why a call failed with an error, from what the
// members have done to their ports; "" if the Lab knows no more than the
// error says. addr is what the guest gave; stream is false for datagrams. It
// also explains an error that a guest has read with SO_ERROR.
func (l *Lab) Why(call string, stream bool, addr abi.Sockaddr, err abi.Errno) string {
	return l.why(stream, &failure{call, addr, err})
}

func (l *Lab) why(stream bool, f *failure) string {
	if f.addr.Family != abi.AF_INET && f.addr.Family != abi.AF_INET6 {
		return ""
	}
	ip := f.addr.IP.Addr()
	switch f.err {
	case abi.EACCES:
		if f.call == "bind" {
			return fmt.Sprintf("ports below 1024, such as %d, need a privilege that socklab does not have", f.addr.IP.Port())
		}
		if _, ok := inner(ip); !ok {
			return fmt.Sprintf("the sandbox refused: %s is outside of it, only loopback (127.0.0.1, ::1) can be reached from here", f.addr)
		}
	case abi.EADDRNOTAVAIL:
		return fmt.Sprintf("%s is not an address of the lab: it has 127.0.0.1 and ::1", ip)
	case abi.ECONNREFUSED:
		return l.whyRefused(stream, f.addr)
	case abi.EADDRINUSE:
		return l.whyInUse(stream, f.addr)
	case abi.ETIMEDOUT:
		return l.whyNoAnswer(stream, f.addr)
	}
	return ""
}

// whyRefused tells who should have been at an address. The most telling fact
// comes first.
func (l *Lab) whyRefused(stream bool, addr abi.Sockaddr) string {
	r := &l.ports
	r.mu.RLock()
	defer r.mu.RUnlock()
	port := addr.IP.Port()
	sc, _ := inner(addr.IP.Addr())
	if holders := r.live[portKey{stream, port}]; len(holders) > 0 {
		h := holders[0]
		for _, other := range holders {
			if other.scope&sc != 0 { // who holds it at this very address
				h = other
				break
			}
		}
		switch {
		case h.scope&sc == 0:
			return fmt.Sprintf("refused: %s holds port %d at %s, and this went to %s", h.guest, port, h.where(), addr)
		case !stream:
			return fmt.Sprintf("refused: when this was sent, %s did not hold port %d yet", h.guest, port)
		case h.ended:
			return fmt.Sprintf("refused: %s has ended its listening socket on port %d with shutdown", h.guest, port)
		case !h.listened:
			return fmt.Sprintf("refused: port %d was bound by %s but it never called listen", port, h.guest)
		}
		return fmt.Sprintf("refused: %s listens on port %d now, and did not when this was tried", h.guest, port)
	}
	if others := r.live[portKey{!stream, port}]; len(others) > 0 {
		h := others[0]
		return fmt.Sprintf("refused: %s holds port %d of %s, and this went to port %d of %s: they are different ports",
			h.guest, port, protocol(!stream), port, protocol(stream))
	}
	for _, h := range slices.Backward(r.past) {
		if h.port == port && h.stream == stream && h.scope&sc != 0 {
			return fmt.Sprintf("refused: %s has closed its socket on port %d, and nobody has bound it since", h.guest, port)
		}
	}
	others := r.others(stream)
	if others == "" {
		return fmt.Sprintf("refused: nobody ever bound port %d", port)
	}
	return fmt.Sprintf("refused: nobody ever bound port %d; %s", port, others)
}

// others tells which ports are open instead. The caller holds the lock.
func (r *registry) others(stream bool) string {
	var open []string
	for k, hs := range r.live {
		for _, h := range hs {
			if k.stream == stream && !h.auto && (h.listened || !stream) {
				open = append(open, fmt.Sprintf("%s bound %d", h.guest, h.port))
			}
		}
	}
	slices.Sort(open)
	const most = 4
	if len(open) > most {
		open = append(open[:most], "and others more")
	}
	return strings.Join(open, ", ")
}

func (l *Lab) whyInUse(stream bool, addr abi.Sockaddr) string {
	r := &l.ports
	r.mu.RLock()
	defer r.mu.RUnlock()
	port := addr.IP.Port()
	if hs := r.live[portKey{stream, port}]; len(hs) > 0 {
		if hs[0].listened {
			return fmt.Sprintf("port %d is taken: %s listens on it", port, hs[0].guest)
		}
		return fmt.Sprintf("port %d is taken: %s has bound it", port, hs[0].guest)
	}
	for _, h := range slices.Backward(r.past) {
		if h.port == port && h.stream && stream {
			return fmt.Sprintf("nobody listens on port %d: it is a connection of %s's last socket there that is in TIME_WAIT, since %s closed first",
				port, h.guest, h.guest)
		}
	}
	return fmt.Sprintf("another program of this machine holds port %d", port)
}

func (l *Lab) whyNoAnswer(stream bool, addr abi.Sockaddr) string {
	r := &l.ports
	r.mu.RLock()
	defer r.mu.RUnlock()
	port := addr.IP.Port()
	sc, _ := inner(addr.IP.Addr())
	for _, h := range r.live[portKey{stream, port}] {
		if stream && h.scope&sc != 0 && h.listened {
			return fmt.Sprintf("no answer: %s listens on port %d with a backlog of %d and has accepted %d, so its queue is full",
				h.guest, port, h.backlog, h.accepted)
		}
	}
	return ""
}

// where is what a hold is bound to.
func (h *hold) where() netip.Addr {
	if h.scope == v4 {
		return v4Loopback
	}
	return v6Loopback
}

func protocol(stream bool) string {
	if stream {
		return "TCP"
	}
	return "UDP"
}
