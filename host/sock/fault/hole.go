package fault

import (
	"fmt"
	"net/netip"
	"time"

	"socklab/host/abi"
)

// Hole makes an address swallow whatever is sent to it: a connect never
// completes, datagrams vanish. Port 0 is every port.
type Hole struct{ Addr netip.AddrPort }

// synTimeout is how long Linux tries to connect, with tcp_syn_retries at 6.
const synTimeout = 127 * time.Second

// String is the text form: hole=127.0.0.1:9000, hole=127.0.0.1.
func (r Hole) String() string {
	if r.Addr.Port() == 0 {
		return "hole=" + r.Addr.Addr().String()
	}
	return "hole=" + r.Addr.String()
}

// Licence says why.
func (Hole) Licence() string { return "a host that is gone, or a firewall, does not answer" }

func (r Hole) check() error {
	if !r.Addr.IsValid() || !r.Addr.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("a hole is an address of loopback's")
	}
	return nil
}

func (r Hole) attach(s *socket) effect {
	if !s.inet {
		return nil
	}
	return &hole{idle: idle{r, s}, at: r.Addr}
}

type hole struct {
	idle
	at netip.AddrPort
	in bool // the peer of a datagram socket is there
}

func (e *hole) swallows(a abi.Sockaddr) bool {
	if a.Family != abi.AF_INET && a.Family != abi.AF_INET6 {
		return false
	}
	return a.IP.Addr().Unmap() == e.at.Addr().Unmap() && (e.at.Port() == 0 || e.at.Port() == a.IP.Port())
}

func (e *hole) before(c *call) bool {
	switch {
	case c.op == opConnect && !e.s.stream:
		e.s.mu.Lock()
		e.in = e.swallows(c.addr)
		e.s.mu.Unlock()
		return false
	case c.op == opConnect && e.swallows(c.addr):
		return e.connect(c)
	case c.op != opSend || e.s.stream:
		return false
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if !e.swallows(c.addr) && (!e.in || c.addr.Family != abi.AF_UNSPEC) {
		return false
	}
	c.n, c.rule = c.size, e.rule
	return true
}

func (e *hole) connect(c *call) bool {
	if c.waits() {
		err := e.s.sleep(c, synTimeout)
		switch err {
		case abi.OK:
			err = abi.ETIMEDOUT
		case abi.EAGAIN:
			err = abi.EINPROGRESS
		}
		if err != abi.EINPROGRESS {
			return c.fail(e.rule, err)
		}
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	e.s.hand = &handshake{until: time.Now().Add(synTimeout), err: abi.ETIMEDOUT, rule: e.rule}
	return c.fail(e.rule, abi.EINPROGRESS)
}

func parseHole(v string) (Rule, error) {
	if ip, err := netip.ParseAddr(v); err == nil {
		return Hole{netip.AddrPortFrom(ip, 0)}, nil
	}
	at, err := netip.ParseAddrPort(v)
	if err != nil {
		return nil, fmt.Errorf("%q is no address", v)
	}
	return Hole{at}, nil
}
