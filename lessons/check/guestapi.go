package check

import (
	"fmt"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"socklab/runtime/engine"
)

// A guest, for scripts.

func (g *guest) kind() string { return "guest" }

func (g *guest) properties() []string {
	return []string{"name", "program", "port", "stdout", "stderr", "lines", "ended", "server", "stays", "code", "crashed", "last_words", "limit",
		"args", "waits", "last", "open", "max_open", "listeners", "sockets", "useless", "age_ms"}
}

func (g *guest) property(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(g.name), nil
	case "program":
		return starlark.String(g.program), nil
	case "port":
		return starlark.MakeInt(g.port), nil
	case "stdout":
		return starlark.String(g.stdout.text()), nil
	case "stderr":
		return starlark.String(g.stderr.last()), nil
	case "lines": // of stdout
		return strs(splitLines(g.stdout.text())), nil
	case "ended":
		return starlark.Bool(g.ended()), nil
	case "server": // the script waited for it to listen
		return starlark.Bool(g.serves), nil
	case "stays": // it may not end by itself
		return starlark.Bool(g.stays), nil
	case "code": // None unless it has exited by itself
		return optional(g.ended() && g.exit().Why == engine.Exited, starlark.MakeInt(g.code())), nil
	case "crashed":
		return starlark.Bool(g.crashed()), nil
	case "last_words": // of a panic or traceback, the line that says what
		if !g.ended() {
			return starlark.String(""), nil
		}
		return starlark.String(g.detail()), nil
	case "limit":
		if !g.ended() {
			return starlark.String(""), nil
		}
		return starlark.String(g.exit().Limit), nil
	case "args": // that the script gave it
		return strs(g.args), nil
	case "waits": // the call it waits in, None if it is in none
		if g.ended() || g.activity().Waits == nil {
			return starlark.None, nil
		}
		e, ok := g.t.last(g)
		return optional(ok, value{&call{e, g.t}}), nil
	case "last": // the last call it made
		e, ok := g.t.last(g)
		return optional(ok, value{&call{e, g.t}}), nil
	case "open": // the calls that made the sockets it has now
		return g.t.callList(g.open()), nil
	case "max_open":
		return starlark.MakeInt(g.activity().MaxOpen), nil
	case "listeners": // ports it listens on now
		var ports []starlark.Value
		for _, s := range g.watch.all() {
			if s.listens.Load() && !s.closed.Load() {
				ports = append(ports, starlark.MakeInt(int(s.local.Load())))
			}
		}
		return starlark.NewList(ports), nil
	case "sockets":
		var all []starlark.Value
		for _, s := range g.watch.all() {
			all = append(all, value{&socketView{g, s}})
		}
		return starlark.NewList(all), nil
	case "useless": // calls that moved nothing
		return starlark.MakeInt(g.activity().Useless), nil
	case "age_ms":
		return millis(time.Since(g.started)), nil
	}
	return nil, nil
}

func (g *guest) code() int {
	if !g.ended() {
		return -1
	}
	return g.exit().Code
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

func (g *guest) methods() map[string]method {
	return map[string]method{
		"listening": g.doListening, "exits": g.doExits, "runs": g.doRuns,
		"write": g.doWrite, "close_stdin": g.doCloseStdin, "kill": g.doKill,
		"expect_line": g.doExpectLine, "expect_stdout": g.doExpectStdout,
		"calls": g.doCalls, "idle": g.doIdle,
	}
}

// g.listening(port, within=, stays=): waits until the guest listens there, as
// the trace has it. From now on it may not end, unless stays is False.
func (g *guest) doListening(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	port, stays := 0, true
	within := seconds(3 * time.Second)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "port", &port, "within?", &within, "stays?", &stays); err != nil {
		return nil, err
	}
	g.port, g.serves, g.stays = port, true, stays
	if g.t.run.o.Bare {
		return starlark.None, g.t.bareListening(g, port)
	}
	limit := time.Duration(within)
	if _, ok := g.t.run.mute.Load(g.program); ok { // it will not be quicker this time
		limit = min(limit, 500*time.Millisecond)
	}
	err := g.t.await(wait{what: fmt.Sprintf("waiting for the program to listen at port %d", port), doing: "listen", guest: g, limit: g.t.scaled(limit)}, func() (bool, error) {
		wake := g.wake.rung()
		other := g.listener(0) // first, since it may begin to listen at this moment
		if g.listener(port) != nil {
			return true, nil
		}
		if other != nil {
			return false, &failure{why: whyNoListen, guest: g, text: fmt.Sprintf("The program listens at port %d, not at %d.", other.local.Load(), port)}
		}
		g.t.nap(tick, wake)
		return false, nil
	})
	if f, ok := err.(*failure); ok && (f.why == whyStuck || f.why == whyTimeout) {
		f.why = whyNoListen
		g.t.run.mute.Store(g.program, true)
	}
	return starlark.None, err
}

// g.exits(code): waits for the guest to end by itself, with that exit code. A
// crash is no exit code, even if its number is the same.
func (g *guest) doExits(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	code := starlark.Value(starlark.MakeInt(0))
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "code?", &code, "within?", &within); err != nil {
		return nil, err
	}
	g.waited = true
	err := g.t.await(wait{what: "waiting for the program to end", doing: "exit", guest: g, within: time.Duration(within), endOK: true}, func() (bool, error) {
		g.t.nap(tick, g.inst.Done())
		return g.ended(), nil
	})
	if err != nil {
		return nil, err
	}
	e := g.exit()
	switch {
	case e.Why == engine.Broken:
		return nil, &ownFault{g.t.brokenGuest()}
	case e.Why != engine.Exited || e.Limit != "":
		return nil, g.t.endedFailure(wait{what: "waiting for it to end", guest: g}, 0)
	}
	if want, ok := code.(starlark.Int); ok {
		if n, _ := want.Int64(); int(n) != e.Code {
			return nil, &failure{why: whyExit, guest: g, text: fmt.Sprintf("The program ended with exit code %d; the contract says %d.", e.Code, n)}
		}
		if g.crashed() {
			return nil, &failure{why: whyExit, guest: g, text: "The program crashed; it should have reported the error and ended by itself."}
		}
	}
	return starlark.MakeInt(e.Code), nil
}

// g.runs(): asserts that the guest has not ended.
func (g *guest) doRuns(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	if g.ended() {
		return nil, g.t.endedFailure(wait{what: "looking whether it still runs", guest: g}, 0)
	}
	return starlark.None, nil
}

// g.write(text): writes to its standard input, which must have been left to
// the script.
func (g *guest) doWrite(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var d data
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &d); err != nil {
		return nil, err
	}
	if g.stdin == nil {
		return nil, fmt.Errorf("write: %s was given its whole standard input when it was started", g.name)
	}
	if len(d) > 4096 {
		return nil, fmt.Errorf("write: at most 4096 bytes at once")
	}
	g.stdin.SetWriteDeadline(time.Now().Add(patience))
	if _, err := g.stdin.Write(d); err != nil && !g.ended() {
		return nil, &failure{why: whyTimeout, guest: g, text: "The program does not read its standard input."}
	}
	return starlark.None, nil
}

func (g *guest) doCloseStdin(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if g.stdin != nil {
		g.stdin.Close()
	}
	return starlark.None, starlark.UnpackArgs(b.Name(), args, kwargs)
}

func (g *guest) doKill(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	g.waited = true
	g.kill()
	<-g.inst.Done()
	return starlark.None, starlark.UnpackArgs(b.Name(), args, kwargs)
}

// g.expect_line(text): the next line of stdout, whenever it comes; without
// text, any. It returns the line.
func (g *guest) doExpectLine(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var want starlark.Value
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text?", &want, "within?", &within); err != nil {
		return nil, err
	}
	var line string
	err := g.t.await(wait{what: "waiting for a line of output", doing: "stdout", guest: g, within: time.Duration(within)}, func() (bool, error) {
		wake := g.wake.rung()
		var ok bool
		if line, ok = g.stdout.line(); ok {
			return true, nil
		}
		g.t.nap(tick, wake)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	if want != nil && want != starlark.None {
		var d data
		if err := d.Unpack(want); err != nil {
			return nil, fmt.Errorf("expect_line: %w", err)
		}
		if string(d) != line {
			f := different(whyStdout, "The printed line is wrong", d, []byte(line))
			f.guest = g
			return nil, f
		}
	}
	return starlark.String(line), nil
}

// g.expect_stdout(text): all that the guest has printed; ask exits before.
func (g *guest) doExpectStdout(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var want data
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &want); err != nil {
		return nil, err
	}
	if got := g.stdout.text(); got != string(want) {
		f := different(whyStdout, "The output is wrong", want, []byte(got))
		f.guest = g
		return nil, f
	}
	return starlark.None, nil
}

// g.calls(name, ret=, err=, ok=, fd=, sock=, after=): its calls, in order.
func (g *guest) doCalls(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return g.t.pick(g.calls(), b, args, kwargs)
}

// g.idle(seconds): nobody does anything for so long; the guest may make few
// calls.
func (g *guest) doIdle(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	span := seconds(300 * time.Millisecond)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "seconds?", &span); err != nil {
		return nil, err
	}
	before := g.activity().Calls
	began := time.Now()
	if err := g.t.rest(time.Duration(span)); err != nil {
		return nil, err
	}
	n := g.activity().Calls - before
	took := time.Since(began)
	// A guest may finish what it was doing: a handful of calls is no spin.
	if allowed := 20 + int(float64(g.t.run.script.house.calls)*took.Seconds()); n > allowed {
		return nil, &failure{why: whySpin, guest: g, after: took,
			text: fmt.Sprintf("%d calls in %d ms of silence.", n, took.Milliseconds())}
	}
	return starlark.None, nil
}
