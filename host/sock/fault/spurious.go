package fault

import (
	"fmt"
	"strconv"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Spurious announces each non-blocking socket as readable that many times
// when it may not be: the receive or accept that follows says EAGAIN.
type Spurious struct{ Times int }

// String is the text form: spurious=3.
func (r Spurious) String() string { return "spurious=" + strconv.Itoa(r.Times) }

// Licence says why.
func (Spurious) Licence() string {
	return "poll may report a socket as ready while the call would still block: select(2), BUGS"
}

func (r Spurious) check() error {
	if r.Times < 1 {
		return fmt.Errorf("it needs a number of times")
	}
	return nil
}

func (r Spurious) attach(s *socket) effect { return &liar{idle: idle{r, s}, left: r.Times} }

type liar struct {
	idle
	left int
	told bool
}

func (e *liar) gate(want sock.Events) gating {
	if want&sock.Readable == 0 || !e.s.Nonblock() {
		return gating{}
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if e.left == 0 {
		return gating{}
	}
	e.told = true
	return gating{force: sock.Readable}
}

func (e *liar) before(c *call) bool {
	if c.op != opRecv && c.op != opAccept {
		return false
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if !e.told {
		return false
	}
	e.told = false
	if e.left--; c.waits() {
		return false
	}
	return c.fail(e.rule, abi.EAGAIN)
}
