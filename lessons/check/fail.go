package check

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"go.starlark.net/starlark"

	"socklab/host/trace"
)

// Kinds of failure, as scripts see them in e.why.
const (
	whyWrong    = "wrong"     // other bytes than expected
	whyExtra    = "extra"     // bytes where none were expected
	whyEOF      = "eof"       // the guest hung up
	whyReset    = "reset"     // the guest broke the connection
	whyOpen     = "open"      // the guest did not hang up, or not by a reset
	whyStuck    = "stuck"     // everybody waits for somebody else
	whyEnded    = "ended"     // the guest has ended
	whyTimeout  = "timeout"   // it took too long
	whyLate     = "late"      // it came, later than the contract allows
	whySpin     = "spin"      // the guest asks again and again
	whyRefused  = "refused"   // nobody listens there
	whyNoListen = "no_listen" // the guest does not listen, or elsewhere
	whyExit     = "exit"      // another exit code
	whyStdout   = "stdout"    // other output than expected
	whyRule     = "rule"      // what the script says: t.fail, t.that, t.equal
	whyMissing  = "missing"   // there is no such program, or it cannot be built
	whyLimit    = "limit"     // a limit ended the guest
	whyBusy     = "busy"      // it computed for longer than anybody waits
)

// failure is a check that failed: the student's failure, seen by a peer. It
// unwinds the script.
type failure struct {
	why   string
	doing string // what the peer was waiting for
	text  string // a sentence that says what was expected and what came
	guest *guest // whose failure it is; nil if none's
	peer  *conn  // who saw it
	want  []byte
	got   []byte
	after time.Duration // how long the peer had waited
	limit string        // of running time, if the check's own was over before the guest's
	code  string        // a diagnosis that the script gives itself
	row   *trace.Ref
}

func (f *failure) Error() string { return f.text }

// different is a failure that compares. What is short is shown whole; of the
// rest, the part around the first byte that differs.
func different(why, what string, want, got []byte) *failure {
	const whole, part, before = 72, 40, 10
	f := &failure{why: why, want: want, got: got}
	at := firstDifference(want, got)
	from, room := 0, whole
	if max(len(want), len(got)) > whole {
		from, room = max(0, at-before), part
	}
	show := func(b []byte) string {
		if from > 0 {
			return "…" + trace.Quote(b[from:], room)
		}
		return trace.Quote(b, room)
	}
	switch {
	case len(got) == 0:
		f.text = fmt.Sprintf("%s: expected %s, got nothing.", what, trace.Quote(want, part))
	case len(want) == 0:
		f.text = fmt.Sprintf("%s: expected nothing more, got %s.", what, trace.Quote(got, part))
	case at == len(want):
		f.text = fmt.Sprintf("%s: after the %d bytes expected, there came %s more.", what, at, trace.Quote(got[at:], part))
	case at == len(got):
		f.text = fmt.Sprintf("%s: the first %d of %d bytes are right, then %s is missing.", what, at, len(want), trace.Quote(want[at:], part))
	default:
		f.text = fmt.Sprintf("%s: expected %s, got %s (different from byte %d on).", what, show(want), show(got), at)
	}
	return f
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// compare is what a report keeps of both.
func (f *failure) compare() *Compare {
	if f.want == nil && f.got == nil {
		return nil
	}
	const before, after = 32, 96
	at := firstDifference(f.want, f.got)
	start := max(0, at-before)
	window := func(b []byte) []byte {
		if len(b) <= start {
			return []byte{}
		}
		return bytes.Clone(b[start:min(len(b), at+after)])
	}
	return &Compare{Want: window(f.want), Got: window(f.got), Start: start, At: at}
}

// ownFault is the tool's own failure: the check is undecided.
type ownFault struct{ err error }

func (o *ownFault) Error() string { return o.err.Error() }
func (o *ownFault) Unwrap() error { return o.err }

// scriptError words an error of a script for its author: what and where.
func scriptError(err error) string {
	var eval *starlark.EvalError
	if !errors.As(err, &eval) {
		return err.Error()
	}
	for i := len(eval.CallStack) - 1; i >= 0; i-- {
		if pos := eval.CallStack[i].Pos; pos.Filename() != "<builtin>" && pos.IsValid() {
			return fmt.Sprintf("%s: %s", pos, eval.Msg)
		}
	}
	return eval.Msg
}
