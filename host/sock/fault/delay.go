package fault

import (
	"context"
	"fmt"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Delay makes calls take longer. On a non-blocking socket the event itself
// comes later: calls say EAGAIN, or a connect is in progress, and no poll
// announces it until then.
type Delay struct {
	Call  string // recv, send, accept, connect or getaddrinfo
	Which Which
	For   time.Duration
}

// AcceptDelay is a Delay of the first accept, while callers queue up.
func AcceptDelay(d time.Duration) Delay { return Delay{Call: "accept", Which: Nth(1), For: d} }

// String is the text form: delay=recv:100ms, delay=recv:2:100ms.
func (r Delay) String() string {
	if len(r.Which.Nth) == 0 && r.Which.Percent == 0 {
		return fmt.Sprintf("delay=%s:%s", canonical(r.Call), r.For)
	}
	return fmt.Sprintf("delay=%s:%s:%s", canonical(r.Call), r.Which, r.For)
}

// Licence says why.
func (Delay) Licence() string { return "nobody has promised when" }

func (r Delay) check() error {
	o, ok := opOf(r.Call)
	switch o {
	case opRecv, opSend, opAccept, opConnect, opGetAddrInfo:
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("only recv, send, accept, connect and getaddrinfo wait for anything")
	}
	if err := checkTime(r.For); err != nil {
		return err
	}
	return r.Which.check()
}

// checkTime bounds how long a rule may hold a program up.
func checkTime(d time.Duration) error {
	if d <= 0 || d > time.Minute {
		return fmt.Errorf("%s: a time must be above zero and at most a minute", d)
	}
	return nil
}

func (r Delay) attach(s *socket) effect {
	o, _ := opOf(r.Call)
	return &delayer{idle: idle{r, s}, r: r, op: o}
}

func (r Delay) atStack(ctx context.Context, f *Fault, o op, nth int64) (answer, bool) {
	if call, _ := opOf(r.Call); call == o && r.Which.hits(nth, f) {
		pause(ctx, r.For, nil)
	}
	return answer{}, false
}

type delayer struct {
	idle
	r     Delay
	op    op
	until time.Time // of a non-blocking call that was put off
}

func (e *delayer) before(c *call) bool {
	if c.op != e.op {
		return false
	}
	s := c.s
	if !c.waits() && e.op != opConnect {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case e.until.IsZero() && e.r.Which.hits(c.nth, s.f):
			e.until = time.Now().Add(e.r.For)
		case e.until.IsZero():
			return false
		case !time.Now().Before(e.until):
			e.until = time.Time{}
			return false
		}
		return c.fail(e.rule, abi.EAGAIN)
	}
	if !e.r.Which.hits(c.nth, s.f) || e.op == opConnect && (!s.stream || c.addr.Family == abi.AF_UNSPEC) {
		return false
	}
	if !c.waits() {
		return e.connect(c)
	}
	c.rule = e.rule
	if err := s.sleep(c, e.r.For); err != abi.OK {
		if err == abi.EAGAIN && e.op == opConnect {
			err = abi.EINPROGRESS
		}
		return c.fail(e.rule, err)
	}
	return false
}

// connect puts off what a non-blocking connect tells.
func (e *delayer) connect(c *call) bool {
	err := c.s.Socket.Connect(c.ctx, c.addr)
	if err != abi.OK && err != abi.EINPROGRESS && err != abi.ECONNREFUSED {
		c.err = err
		return true
	}
	if err == abi.EINPROGRESS {
		err = abi.OK
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.hand = &handshake{until: time.Now().Add(e.r.For), err: err, rule: e.rule}
	return c.fail(e.rule, abi.EINPROGRESS)
}

func (e *delayer) gate(sock.Events) gating {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if e.until.IsZero() || !time.Now().Before(e.until) {
		return gating{}
	}
	if e.op == opSend {
		return holding(sock.Writable, e.until)
	}
	return holding(sock.Readable|sock.ReadHangup, e.until)
}

func parseDelay(v string) (Rule, error) {
	p, err := fields(v, 2, 3)
	if err != nil {
		return nil, err
	}
	r := Delay{Call: canonical(p[0])}
	if len(p) == 3 {
		if r.Which, err = parseWhich(p[1]); err != nil {
			return nil, err
		}
	}
	r.For, err = parseTime(p[len(p)-1])
	return r, err
}
