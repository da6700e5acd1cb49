package check

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"socklab/host/trace"
)

// Diagnoses that do not come from a script.
const (
	codeGeneric = "GENERIC"
	codeMissing = "MISSING" // a program of the lesson is not there
	// CodeUnseen is the diagnosis of the rules of every lesson where no check
	// has passed, so that they were not looked at.
	CodeUnseen = "UNSEEN"

	codeCompile = "COMPILE" // it does not compile
	// These have their fingerprints in std, and a verdict of their own.
	codeForbidden = "FORBIDDEN" // it tried to leave the lab
	codeBusy      = "BUSY"      // it computed for so long that the check gave up
)

// diagnosisDef is a diagnosis: what to say, and the fingerprint by which its
// mistake is known. It is a Starlark value.
type diagnosisDef struct {
	code             string
	what, rule, look string
	when             starlark.Callable
}

func (d *diagnosisDef) String() string        { return d.code }
func (d *diagnosisDef) Type() string          { return "diagnosis" }
func (d *diagnosisDef) Freeze()               { d.when.Freeze() }
func (d *diagnosisDef) Truth() starlark.Bool  { return true }
func (d *diagnosisDef) Hash() (uint32, error) { return starlark.String(d.code).Hash() }

func newDiagnosis(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := &diagnosisDef{}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "code", &d.code, "what", &d.what, "rule?", &d.rule, "look?", &d.look, "when", &d.when); err != nil {
		return nil, err
	}
	if d.code == "" || strings.ToUpper(d.code) != d.code || strings.ContainsAny(d.code, " \n") || d.what == "" {
		return nil, fmt.Errorf("diagnosis %q: the code must be CAPITALS, and what must say what happened", d.code)
	}
	return d, nil
}

func diagnosisList(list *starlark.List) ([]*diagnosisDef, error) {
	if list == nil {
		return nil, nil
	}
	var all []*diagnosisDef
	for v := range starlark.Elements(list) {
		d, ok := v.(*diagnosisDef)
		if !ok {
			return nil, fmt.Errorf("diagnoses: got a %s, want a diagnosis", v.Type())
		}
		all = append(all, d)
	}
	return all, nil
}

// diagnose finds the first diagnosis whose fingerprint fits. Warnings are the
// fingerprints that broke: the lesson author's mistakes.
func (t *trial) diagnose(f *failure, list []*diagnosisDef) (found *Diagnosis, warnings []string) {
	for _, d := range list {
		values, row, ok, err := t.fits(d, f)
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("%s: %s", d.code, scriptError(err)))
			continue
		}
		if !ok {
			continue
		}
		text := func(s string) string {
			out, missing := fill(s, values)
			if missing != "" {
				warnings = append(warnings, fmt.Sprintf("%s: the fingerprint gives no %q", d.code, missing))
			}
			return out
		}
		found = &Diagnosis{Code: d.code, What: text(d.what), Rule: text(d.rule), Look: text(d.look), Values: values, Row: row}
		break
	}
	return found, warnings
}

// fits runs one fingerprint: a function of the evidence that returns None or
// False, True, or a dict of the values for the text; "row" in it is the call
// to look at.
func (t *trial) fits(d *diagnosisDef, f *failure) (values map[string]string, row *trace.Ref, ok bool, err error) {
	thread := newThread("diagnosis " + d.code) // the trial's own time may be over
	v, err := starlark.Call(thread, d.when, starlark.Tuple{value{&evidence{t, f}}}, nil)
	if err != nil {
		return nil, nil, false, err
	}
	dict, isDict := v.(*starlark.Dict)
	if !isDict {
		return nil, nil, bool(v.Truth()), nil
	}
	values = map[string]string{}
	for _, item := range dict.Items() {
		k, _ := starlark.AsString(item[0])
		if k == "row" {
			if c, ok := asCall(item[1]); ok {
				ref := c.Ref()
				row = &ref
			}
			continue
		}
		values[k] = shown(item[1])
	}
	return values, row, true, nil
}

// fill puts values in the place of {name}. missing is a name without one.
func fill(s string, values map[string]string) (out, missing string) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), missing
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return b.String(), missing
		}
		v, found := values[name]
		if !found {
			missing = name
		}
		b.WriteString(v)
		s = after
	}
}

// generic says what the check expected, when no diagnosis fits.
func (t *trial) generic(f *failure) *Diagnosis {
	if f.code != "" { // this package knows what it is
		return &Diagnosis{Code: f.code, What: f.text}
	}
	d := &Diagnosis{Code: codeGeneric, What: capital(f.text), Generic: true}
	if g := f.guest; g != nil {
		if e, ok := t.last(g); ok {
			ref := e.Ref()
			d.Row = &ref
			d.What += " " + fmt.Sprintf("The last thing your program asked for was %s.", callText(&e))
		}
	}
	return d
}

// last is the call that a guest waits in, or the last one it made.
func (t *trial) last(g *guest) (trace.Entry, bool) {
	calls := g.calls()
	if len(calls) == 0 {
		return trace.Entry{}, false
	}
	last := calls[len(calls)-1]
	if last.Is("poll") { // it waits for what the call before had not got
		for _, e := range slices.Backward(calls) {
			if e.Kind == trace.Exit && e.Err.Name() == "EAGAIN" && polled(&last, e.FD) {
				return e, true
			}
			if !e.Is("poll") {
				break
			}
		}
	}
	return last, true
}

func polled(poll *trace.Entry, fd int) bool {
	return slices.ContainsFunc(poll.Args, func(a trace.Arg) bool { return a.Name == "poll" && int(a.Int) == fd })
}

// illustrate adds to a diagnosis the calls around its row, and what was
// compared.
func (t *trial) illustrate(d *Diagnosis, f *failure) {
	d.Compare = f.compare()
	if d.Row == nil {
		d.Row = f.row
	}
	if d.Row == nil && f.guest != nil {
		if e, ok := t.last(f.guest); ok {
			ref := e.Ref()
			d.Row = &ref
		}
	}
	if d.Row == nil {
		return
	}
	for _, e := range t.evidence.Around(*d.Row, 2, 1) {
		d.Calls = append(d.Calls, e.Event().Text(t.began))
	}
}

// evidence is what a fingerprint is given.
type evidence struct {
	t *trial
	f *failure
}

func (e *evidence) kind() string { return "evidence" }

func (e *evidence) properties() []string {
	return []string{"why", "doing", "text", "want", "got", "at", "ms", "guest", "guests", "peer", "peers", "note", "faults", "language", "house"}
}

func (e *evidence) property(name string) (starlark.Value, error) {
	f := e.f
	switch name {
	case "why":
		return starlark.String(f.why), nil
	case "doing": // connect, call, listen, bytes, eof, reset, send, exit, stdout, quiet
		return starlark.String(f.doing), nil
	case "text":
		return starlark.String(f.text), nil
	case "want":
		return optional(f.want != nil, starlark.String(f.want)), nil
	case "got":
		return optional(f.got != nil, starlark.String(f.got)), nil
	case "at":
		return starlark.MakeInt(firstDifference(f.want, f.got)), nil
	case "ms":
		return millis(f.after), nil
	case "guest":
		return optional(f.guest != nil, value{f.guest}), nil
	case "guests":
		var all []starlark.Value
		for _, g := range e.t.guestList() {
			all = append(all, value{g})
		}
		return starlark.NewList(all), nil
	case "peer":
		return optional(f.peer != nil, value{f.peer}), nil
	case "peers":
		var all []starlark.Value
		for _, p := range e.t.peerList() {
			all = append(all, value{p})
		}
		return starlark.NewList(all), nil
	case "note":
		return e.t.notes, nil
	case "faults":
		return strs(e.t.faults), nil
	case "language":
		return starlark.String(e.t.run.sub.Language), nil
	case "house":
		h := e.t.run.script.house
		d := starlark.NewDict(3)
		d.SetKey(starlark.String("wildcard"), starlark.Bool(h.wildcard))
		d.SetKey(starlark.String("outside"), starlark.Bool(h.outside))
		d.SetKey(starlark.String("calls_per_second"), starlark.MakeInt(h.calls))
		return d, nil
	}
	return nil, nil
}

func (e *evidence) methods() map[string]method { return nil }
