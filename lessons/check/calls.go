package check

import (
	"fmt"

	"go.starlark.net/starlark"

	"socklab/host/abi"
	"socklab/host/trace"
)

// call is one call of a guest, for scripts.
type call struct {
	trace.Entry
	t *trial
}

func asCall(v starlark.Value) (*call, bool) {
	x, ok := v.(value)
	if !ok {
		return nil, false
	}
	c, ok := x.object.(*call)
	return c, ok
}

func (c *call) kind() string { return "call" }

func (c *call) properties() []string {
	return []string{"name", "verb", "fd", "sock", "ret", "err", "ok", "ended", "data", "start", "stop", "asked", "ms", "at", "order", "injected", "note", "addr", "state", "queued", "text", "args"}
}

func (c *call) property(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(c.Name), nil
	case "verb": // recv, send, accept, poll for every call that does that, else its name
		for _, verb := range []string{"recv", "send", "accept", "poll"} {
			if c.Is(verb) {
				return starlark.String(verb), nil
			}
		}
		return starlark.String(c.Name), nil
	case "fd":
		return starlark.MakeInt(c.FD), nil
	case "sock": // the same for every call on one open socket of one guest
		return starlark.MakeUint64(c.Sock), nil
	case "ret":
		return starlark.MakeInt64(c.Ret), nil
	case "err": // ECONNRESET, EAI_NONAME; None if it did not fail
		switch {
		case c.EAI != 0:
			return starlark.String(c.EAI.Name()), nil
		case c.Err != abi.OK:
			return starlark.String(c.Err.Name()), nil
		}
		return starlark.None, nil
	case "ok":
		return starlark.Bool(c.Kind == trace.Exit && c.OK()), nil
	case "ended": // False while the guest waits in it
		return starlark.Bool(c.Kind == trace.Exit), nil
	case "data": // the first 256 bytes that moved
		return starlark.String(c.Data), nil
	case "start": // offset in the stream of the first byte that moved, and
		return starlark.MakeInt64(c.From), nil
	case "stop": // of the byte after the last
		return starlark.MakeInt64(c.To), nil
	case "asked": // bytes offered, or room for them
		return starlark.MakeInt64(c.Asked()), nil
	case "ms": // how long it took
		return millis(c.Took), nil
	case "at": // milliseconds since the check began
		return millis(c.Start.Sub(c.t.began)), nil
	case "order": // of its beginning, among all events
		return starlark.MakeUint64(c.Began), nil
	case "injected":
		return starlark.String(c.Injected), nil
	case "note":
		return starlark.String(c.Note), nil
	case "addr":
		a, _ := c.Arg("addr")
		return starlark.String(a.Str), nil
	case "state":
		return starlark.String(c.State), nil
	case "queued":
		return starlark.MakeInt(c.Queued), nil
	case "text": // such as recv(fd 5)
		return starlark.String(callText(&c.Entry)), nil
	case "args": // all of them, by their names in the man page
		d := starlark.NewDict(len(c.Args))
		for _, a := range c.Args {
			d.SetKey(starlark.String(a.Name), argument(a))
		}
		return d, nil
	}
	if a, ok := c.Arg(name); ok { // one of them
		return argument(a), nil
	}
	return nil, nil
}

func argument(a trace.Arg) starlark.Value {
	if a.Str != "" {
		return starlark.String(a.Str)
	}
	return starlark.String(trace.Symbol(a.As, a.Int))
}

func (c *call) methods() map[string]method { return nil }

// callList makes a script's list of calls.
func (t *trial) callList(calls trace.Calls) starlark.Value {
	all := make([]starlark.Value, len(calls))
	for i := range calls {
		all[i] = value{&call{calls[i], t}}
	}
	return starlark.NewList(all)
}

// pick chooses from a guest's calls, as g.calls() and p.calls() do.
func (t *trial) pick(calls trace.Calls, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name, err string
	var ret, fd, sock, ok starlark.Value
	var after starlark.Value
	if e := starlark.UnpackArgs(b.Name(), args, kwargs, "name?", &name, "ret?", &ret, "err?", &err, "ok?", &ok, "fd?", &fd, "sock?", &sock, "after?", &after); e != nil {
		return nil, e
	}
	number := func(v starlark.Value) (int64, bool, error) {
		if v == nil || v == starlark.None {
			return 0, false, nil
		}
		n, isInt := v.(starlark.Int)
		i, fits := n.Int64()
		if !isInt || !fits {
			return 0, false, fmt.Errorf("%s: got %s, want a number", b.Name(), v)
		}
		return i, true, nil
	}
	wantRet, byRet, e1 := number(ret)
	wantFD, byFD, e2 := number(fd)
	wantSock, bySock, e3 := number(sock)
	for _, e := range []error{e1, e2, e3} {
		if e != nil {
			return nil, e
		}
	}
	since := uint64(0)
	if c, isCall := asCall(after); isCall {
		since = c.Began
	}
	found := calls.Where(func(e *trace.Entry) bool {
		switch {
		case name != "" && !e.Is(name),
			byRet && (e.Kind != trace.Exit || e.Ret != wantRet),
			byFD && e.FD != int(wantFD),
			bySock && e.Sock != uint64(wantSock),
			err != "" && e.Err.Name() != err && e.EAI.Name() != err,
			ok != nil && ok != starlark.None && bool(ok.Truth()) != (e.Kind == trace.Exit && e.OK()),
			e.Began <= since:
			return false
		}
		return true
	})
	return t.callList(found), nil
}
