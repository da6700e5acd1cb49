package fault

import (
	"fmt"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Reset ends every TCP connection for both ends with a RST once the guest
// has received, or sent, so many bytes on it.
type Reset struct {
	Call  string // recv or send
	After int
}

// String is the text form: reset=recv:100.
func (r Reset) String() string { return fmt.Sprintf("reset=%s:%d", canonical(r.Call), r.After) }

// Licence says why.
func (Reset) Licence() string {
	return "a connection may be reset at any time: the peer's program or host may die"
}

func (r Reset) check() error { return checkAfter(r.Call, r.After) }

func checkAfter(name string, n int) error {
	if o, ok := opOf(name); !ok || o != opSend && o != opRecv {
		return fmt.Errorf("it counts the bytes of recv or of send")
	}
	if n < 1 {
		return fmt.Errorf("it needs a number of bytes")
	}
	return nil
}

func (r Reset) attach(s *socket) effect {
	if !s.stream || !s.inet {
		return nil
	}
	o, _ := opOf(r.Call)
	return &resetter{idle{r, s}, o, int64(r.After)}
}

type resetter struct {
	idle
	op op
	at int64
}

func (s *socket) offset(o op) int64 {
	if o == opSend {
		return s.sent
	}
	return s.received
}

func (e *resetter) limit(c *call, n int) int {
	if c.op != e.op {
		return n
	}
	if left := e.at - e.s.offset(e.op); left > 0 && left < int64(n) {
		return int(left)
	}
	return n
}

func (e *resetter) after(c *call) {
	e.s.mu.Lock()
	over := c.op == e.op && e.s.offset(e.op) >= e.at
	e.s.mu.Unlock()
	if over {
		e.s.reset(e.rule, abi.ECONNRESET)
	}
}

// Stall makes the peer of every stream seem to stop reading after so many
// bytes: nothing more can be sent.
type Stall struct{ After int }

// String is the text form: stall=65536.
func (r Stall) String() string { return fmt.Sprintf("stall=%d", r.After) }

// Licence says why.
func (Stall) Licence() string { return "a peer that does not read closes its window" }

func (r Stall) check() error { return checkAfter("send", r.After) }

func (r Stall) attach(s *socket) effect {
	if !s.stream {
		return nil
	}
	return &staller{resetter{idle{r, s}, opSend, int64(r.After)}}
}

type staller struct{ resetter }

func (e *staller) full() bool {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	return e.s.sent >= e.at
}

func (e *staller) before(c *call) bool {
	if c.op != opSend || !e.full() || c.size == 0 {
		return false
	}
	if !c.waits() {
		return c.fail(e.rule, abi.EAGAIN)
	}
	for {
		if err := e.s.sleep(c, forever); err != abi.OK {
			return c.fail(e.rule, err)
		}
	}
}

func (e *staller) after(*call) {}

func (e *staller) gate(sock.Events) gating {
	if e.full() {
		return holding(sock.Writable, time.Now().Add(forever))
	}
	return gating{}
}

func parseReset(v string) (Rule, error) {
	p, err := fields(v, 2, 2)
	if err != nil {
		return nil, err
	}
	n, err := number(p[1])
	return Reset{canonical(p[0]), n}, err
}
