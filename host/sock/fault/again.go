package fault

import (
	"fmt"

	"socklab/host/abi"
)

// Again makes the first calls of a kind on each non-blocking socket say
// EAGAIN.
type Again struct {
	Call  string // recv, send or accept
	Times int
}

// String is the text form: again=recv:3.
func (r Again) String() string { return fmt.Sprintf("again=%s:%d", canonical(r.Call), r.Times) }

// Licence says why.
func (Again) Licence() string {
	return "a non-blocking call may find that the moment has passed: readiness is a hint"
}

func (r Again) check() error {
	if o, ok := opOf(r.Call); !ok || o != opRecv && o != opSend && o != opAccept {
		return fmt.Errorf("only recv, send and accept say EAGAIN")
	}
	if r.Times < 1 {
		return fmt.Errorf("it needs a number of times")
	}
	return nil
}

func (r Again) attach(s *socket) effect {
	o, _ := opOf(r.Call)
	return &againer{idle: idle{r, s}, op: o, left: r.Times}
}

type againer struct {
	idle
	op   op
	left int
}

func (e *againer) before(c *call) bool {
	if c.op != e.op || c.waits() {
		return false
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if e.left == 0 {
		return false
	}
	e.left--
	return c.fail(e.rule, abi.EAGAIN)
}

// canonical is the name that rules print for a call.
func canonical(name string) string {
	if o, ok := opOf(name); ok {
		return o.String()
	}
	return name
}

func parseAgain(v string) (Rule, error) {
	p, err := fields(v, 2, 2)
	if err != nil {
		return nil, err
	}
	n, err := number(p[1])
	return Again{canonical(p[0]), n}, err
}
