package fault

import (
	"fmt"

	"socklab/host/abi"
)

// Fresh makes a socket whose connect has failed fail for good: the next
// connect says EINVAL.
type Fresh struct{}

// String is the text form.
func (Fresh) String() string { return "fresh" }

// Licence says why.
func (Fresh) Licence() string {
	return "after a failed connect the state of the socket is unspecified, POSIX says: make a new one"
}

func (Fresh) check() error { return nil }

func (r Fresh) attach(s *socket) effect {
	if !s.stream {
		return nil
	}
	return &stale{idle: idle{r, s}}
}

type stale struct {
	idle
	failed bool
}

func (e *stale) before(c *call) bool {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if c.op != opConnect || !e.failed {
		return false
	}
	return c.fail(e.rule, abi.EINVAL)
}

func (e *stale) after(c *call) {
	if c.op != opConnect {
		return
	}
	switch c.err {
	case abi.OK, abi.EINPROGRESS, abi.EALREADY, abi.EISCONN, abi.EAGAIN, abi.EINTR:
		return
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	e.failed = true
}

func parseFresh(v string) (Rule, error) {
	if v != "" {
		return nil, fmt.Errorf("it takes no value")
	}
	return Fresh{}, nil
}
