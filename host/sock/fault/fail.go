package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"socklab/host/abi"
)

// Fail makes calls fail with an error of theirs. One that means the end of a
// connection ends it: the peer is reset, and nothing arrives any more.
type Fail struct {
	Call  string
	Which Which
	Err   abi.Errno
	EAI   abi.EAI // for getaddrinfo, in the place of Err
}

// String is the text form: fail=accept:3-9:EMFILE.
func (r Fail) String() string {
	name := r.Err.Name()
	if r.EAI != 0 {
		name = r.EAI.Name()
	}
	return fmt.Sprintf("fail=%s:%s:%s", canonical(r.Call), r.Which, name)
}

// Licence says why.
func (r Fail) Licence() string {
	if r.EAI != 0 {
		return fmt.Sprintf("%s is an error of getaddrinfo's", r.EAI.Name())
	}
	return fmt.Sprintf("%s is in %s's list of errors, for reasons outside of the program", r.Err.Name(), canonical(r.Call))
}

func (r Fail) check() error {
	o, ok := opOf(r.Call)
	switch {
	case !ok:
		return fmt.Errorf("no call %q to fail", r.Call)
	case o == opGetAddrInfo && !slices.Contains(resolverErrors, r.EAI):
		return fmt.Errorf("getaddrinfo fails with one of %s", names(resolverErrors))
	case o == opGetAddrInfo:
		return r.Which.check()
	case r.EAI != 0:
		return fmt.Errorf("%s is getaddrinfo's error", r.EAI.Name())
	case r.Err == abi.EAGAIN:
		return fmt.Errorf("EAGAIN is for non-blocking sockets: use again=%s:1", o)
	case !mayFail(o, r.Err):
		return fmt.Errorf("%s does not fail with %s: it may with %s", o, r.Err.Name(), names(listed[o]))
	}
	return r.Which.check()
}

func names[E interface{ Name() string }](errs []E) string {
	all := make([]string, len(errs))
	for i, e := range errs {
		all[i] = e.Name()
	}
	return strings.Join(all, " ")
}

func (r Fail) attach(s *socket) effect { return &failer{idle{r, s}, r} }

func (r Fail) atStack(_ context.Context, f *Fault, o op, nth int64) (answer, bool) {
	if call, _ := opOf(r.Call); call != o || !r.Which.hits(nth, f) {
		return answer{}, false
	}
	return answer{r.Err, r.EAI}, true
}

type failer struct {
	idle
	r Fail
}

func (e *failer) before(c *call) bool {
	o, _ := opOf(e.r.Call)
	if c.op != o || !c.s.fits(o, e.r.Err) || !e.r.Which.hits(c.nth, c.s.f) {
		return false
	}
	if c.s.ends(o, e.r.Err) {
		c.s.reset(e.rule, abi.OK)
	}
	return c.fail(e.rule, e.r.Err)
}

// Interrupt makes calls fail with EINTR, as a signal would.
type Interrupt struct {
	Call  string // recv, send or accept
	Which Which
}

// String is the text form: eintr=recv:2.
func (r Interrupt) String() string { return fmt.Sprintf("eintr=%s:%s", canonical(r.Call), r.Which) }

// Licence says why.
func (Interrupt) Licence() string {
	return "a signal may interrupt a call before it has done anything"
}

func (r Interrupt) fail() Fail { return Fail{Call: r.Call, Which: r.Which, Err: abi.EINTR} }

func (r Interrupt) check() error {
	if err := r.fail().check(); err != nil {
		return err
	}
	if r.Which.Nth == nil && r.Which.Percent == 0 || r.Which.Percent == 100 {
		return fmt.Errorf("a program that tries again would never get on: say which calls")
	}
	return nil
}

func (r Interrupt) attach(s *socket) effect { return &failer{idle{r, s}, r.fail()} }

func parseFail(v string) (Rule, error) {
	p, err := fields(v, 3, 3)
	if err != nil {
		return nil, err
	}
	r := Fail{Call: canonical(p[0])}
	if r.Which, err = parseWhich(p[1]); err != nil {
		return nil, err
	}
	for _, e := range resolverErrors {
		if e.Name() == p[2] {
			r.EAI = e
			return r, nil
		}
	}
	var ok bool
	if r.Err, ok = abi.ParseErrno(p[2]); !ok || r.Err == abi.OK {
		return nil, fmt.Errorf("no error is called %q", p[2])
	}
	return r, nil
}

func parseInterrupt(v string) (Rule, error) {
	p, err := fields(v, 2, 2)
	if err != nil {
		return nil, err
	}
	w, err := parseWhich(p[1])
	return Interrupt{canonical(p[0]), w}, err
}
