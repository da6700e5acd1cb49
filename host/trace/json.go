package trace

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"
	"unicode/utf8"

	"socklab/host/abi"
)

// The JSON form is one event a line, with everything that an Event has.
// Errors and meanings are written by name, times in nanoseconds, data in
// base64; fields that say nothing are left out.

type jsonEvent struct {
	Kind     string    `json:"kind"` // enter, exit, abort
	Start    int64     `json:"start"`
	Guest    string    `json:"guest"`
	Seq      uint64    `json:"seq"`
	Name     string    `json:"call"`
	FD       int       `json:"fd"`
	Sock     uint64    `json:"sock,omitempty"`
	Args     []jsonArg `json:"args,omitempty"`
	Ret      int64     `json:"ret"`
	Err      string    `json:"errno,omitempty"`
	Data     []byte    `json:"data,omitempty"`
	Took     int64     `json:"took,omitempty"`
	Blocked  int64     `json:"blocked,omitempty"`
	From     int64     `json:"from,omitempty"`
	To       int64     `json:"to,omitempty"`
	State    string    `json:"state,omitempty"`
	Queued   int       `json:"queued"`
	Injected string    `json:"injected,omitempty"`
	Note     string    `json:"note,omitempty"`
}

type jsonArg struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	As    string `json:"as,omitempty"`
	Int   int64  `json:"int,omitempty"`
	Str   string `json:"str,omitempty"`
	Bytes []byte `json:"bytes,omitempty"` // instead of str, if that is not UTF-8
	Raw   []byte `json:"raw,omitempty"`
}

var (
	kindNames     = []string{Enter: "enter", Exit: "exit", Abort: "abort"}
	argKindNames  = []string{abi.FD: "fd", abi.Int: "int", abi.In: "in", abi.Out: "out", abi.Res: "res", abi.ResFD: "resfd"}
	argMeansNames = []string{abi.Plain: "", abi.AsFamily: "family", abi.AsType: "type", abi.AsProtocol: "protocol",
		abi.AsHow: "how", abi.AsMsgFlags: "msg_flags", abi.AsLevel: "level", abi.AsOption: "option",
		abi.AsAIFlags: "ai_flags", abi.AsNIFlags: "ni_flags", abi.AsAddr: "addr", abi.AsText: "text", abi.AsOther: "bytes",
		abi.AsSpawnFlags: "spawn_flags", abi.AsWaitFlags: "wait_flags", abi.AsStatus: "status"}
)

// String is the kind's name: enter, exit or abort.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "?"
}

// MarshalJSON is the event as one JSON object.
func (e Event) MarshalJSON() ([]byte, error) {
	c := &e.Call
	j := jsonEvent{
		Kind: e.Kind.String(), Start: c.Start.UnixNano(), Guest: c.Guest, Seq: c.Seq, Name: c.Name, FD: c.FD, Sock: c.Sock,
		Ret: c.Ret, Data: c.Data, Took: int64(c.Took), Blocked: int64(c.Blocked), From: c.From, To: c.To,
		State: c.State, Queued: c.Queued, Injected: c.Injected, Note: c.Note,
	}
	switch {
	case c.EAI != 0:
		j.Err = c.EAI.Name()
	case c.Err != abi.OK:
		j.Err = c.Err.Name()
	}
	for _, a := range c.Args {
		if int(a.Kind) >= len(argKindNames) || int(a.As) >= len(argMeansNames) {
			return nil, fmt.Errorf("trace: argument %s: unknown kind %d or meaning %d", a.Name, a.Kind, a.As)
		}
		arg := jsonArg{Name: a.Name, Kind: argKindNames[a.Kind], As: argMeansNames[a.As], Int: a.Int, Str: a.Str, Raw: a.Raw}
		if !utf8.ValidString(a.Str) {
			arg.Str, arg.Bytes = "", []byte(a.Str)
		}
		j.Args = append(j.Args, arg)
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote. The monotonic part of Start is
// gone.
func (e *Event) UnmarshalJSON(b []byte) error {
	var j jsonEvent
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	kind := slices.Index(kindNames, j.Kind)
	if kind < 0 {
		return fmt.Errorf("trace: unknown kind of event %q", j.Kind)
	}
	*e = Event{Kind: Kind(kind), Call: Call{
		Seq: j.Seq, Guest: j.Guest, Name: j.Name, FD: j.FD, Sock: j.Sock, Ret: j.Ret, Data: j.Data,
		Start: time.Unix(0, j.Start).UTC(), Took: time.Duration(j.Took), Blocked: time.Duration(j.Blocked),
		From: j.From, To: j.To, State: j.State, Queued: j.Queued, Injected: j.Injected, Note: j.Note,
	}}
	if j.Err != "" {
		if errno, ok := abi.ParseErrno(j.Err); ok {
			e.Call.Err = errno
		} else if e.Call.EAI = parseEAI(j.Err); e.Call.EAI == 0 {
			return fmt.Errorf("trace: unknown error %q", j.Err)
		}
	}
	for _, a := range j.Args {
		kind, as := slices.Index(argKindNames, a.Kind), slices.Index(argMeansNames, a.As)
		if kind < 0 || as < 0 {
			return fmt.Errorf("trace: argument %s: unknown kind %q or meaning %q", a.Name, a.Kind, a.As)
		}
		if a.Bytes != nil {
			a.Str = string(a.Bytes)
		}
		e.Call.Args = append(e.Call.Args, Arg{a.Name, abi.As(as), a.Int, a.Str, a.Raw, abi.Kind(kind)})
	}
	return nil
}

// Lines writes events to w as JSON lines. It is a Recorder; the first error
// of w ends the writing and is what Err tells. It is not safe for concurrent
// use: put it behind a History, or give it one guest.
type Lines struct {
	w   io.Writer
	err error
}

// NewLines makes a Lines that writes to w, which should be buffered.
func NewLines(w io.Writer) *Lines { return &Lines{w: w} }

// Record writes one event.
func (l *Lines) Record(e Event) {
	if l.err != nil {
		return
	}
	var b []byte
	if b, l.err = e.MarshalJSON(); l.err == nil {
		_, l.err = l.w.Write(append(b, '\n'))
	}
}

// Err is the first error there was.
func (l *Lines) Err() error { return l.err }

// Read reads JSON lines. An error ends it and names the line.
func Read(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(nil, maxLine)
		for n := 1; s.Scan(); n++ {
			if len(s.Bytes()) == 0 {
				continue
			}
			var e Event
			if err := e.UnmarshalJSON(s.Bytes()); err != nil {
				yield(Event{}, fmt.Errorf("line %d: %w", n, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			if errors.Is(err, bufio.ErrTooLong) {
				err = fmt.Errorf("a line of more than %d bytes", maxLine)
			}
			yield(Event{}, fmt.Errorf("trace: %w", err))
		}
	}
}
