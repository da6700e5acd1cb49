package check

import (
	"bytes"
	"fmt"
	"time"

	"go.starlark.net/starlark"

	"socklab/host/trace"
)

// A peer's end of a connection, for scripts.

func (p *conn) kind() string { return "peer" }

func (p *conn) properties() []string {
	return []string{"name", "port", "guest_port", "sent", "got", "end", "half_closed", "guest", "socket"}
}

func (p *conn) property(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(p.name), nil
	case "port": // its own
		return starlark.MakeInt(p.local), nil
	case "guest_port":
		return starlark.MakeInt(p.port), nil
	case "sent": // all that it has sent, and
		return starlark.String(p.sent), nil
	case "got": // all that it has got
		return starlark.String(p.got), nil
	case "end": // "", "eof", "reset", or "closed" by itself
		return starlark.String(p.end), nil
	case "half_closed":
		return starlark.Bool(p.shut), nil
	case "guest":
		g := p.likely()
		return optional(g != nil, value{g}), nil
	case "socket": // the guest's socket of this connection
		for _, g := range p.t.guestList() {
			if s := p.other(g); s != nil {
				return value{&socketView{g, s}}, nil
			}
		}
		return starlark.None, nil
	}
	return nil, nil
}

func (p *conn) methods() map[string]method {
	return map[string]method{
		"send": p.doSend, "drip": p.doDrip, "expect": p.doExpect, "expect_eof": p.doExpectEOF, "expect_rst": p.doExpectRST,
		"expect_line": p.doExpectLine, "read": p.doRead, "read_all": p.doReadAll, "read_some": p.doReadSome, "quiet": p.doQuiet, "arrived": p.doArrived,
		"half_close": p.doHalfClose, "close": p.doClose, "rst": p.doRST, "calls": p.doCalls,
	}
}

// c.send(text, …): sends it all.
func (p *conn) doSend(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(kwargs) > 0 || len(args) == 0 {
		return nil, fmt.Errorf("send: want what to send")
	}
	var all []byte
	for _, a := range args {
		var d data
		if err := d.Unpack(a); err != nil {
			return nil, fmt.Errorf("send: %w", err)
		}
		all = append(all, d...)
	}
	return starlark.None, p.send(all)
}

// c.drip(text, n, gap): sends n bytes at a time, with a pause between.
func (p *conn) doDrip(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var d data
	n := 1
	gap := seconds(time.Millisecond)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &d, "n?", &n, "gap?", &gap); err != nil {
		return nil, err
	}
	for len(d) > 0 {
		k := min(max(n, 1), len(d))
		if err := p.send(d[:k]); err != nil {
			return nil, err
		}
		if d = d[k:]; len(d) > 0 {
			if err := p.t.rest(time.Duration(gap)); err != nil {
				return nil, err
			}
		}
	}
	return starlark.None, nil
}

// c.expect(text, within=): exactly these bytes come next, in any pieces.
func (p *conn) doExpect(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var d data
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &d, "within?", &within); err != nil {
		return nil, err
	}
	return starlark.None, p.expect(d, time.Duration(within))
}

// c.expect_eof(within=): the guest hangs up, in order, and sends nothing more.
func (p *conn) doExpectEOF(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "within?", &within); err != nil {
		return nil, err
	}
	return starlark.None, p.expectEnd("eof", time.Duration(within))
}

// c.expect_rst(within=): the connection is broken off.
func (p *conn) doExpectRST(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "within?", &within); err != nil {
		return nil, err
	}
	return starlark.None, p.expectEnd("reset", time.Duration(within))
}

// c.expect_line(text, within=): the next line is this; without text, any. It
// returns the line, without its end.
func (p *conn) doExpectLine(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var want starlark.Value
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text?", &want, "within?", &within); err != nil {
		return nil, err
	}
	line, err := p.readUntil("waiting for a line", time.Duration(within), false, func(buf []byte) int {
		if i := bytes.IndexByte(buf, '\n'); i >= 0 {
			return i + 1
		}
		return -1
	})
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-1]
	if want != nil && want != starlark.None {
		var d data
		if err := d.Unpack(want); err != nil {
			return nil, fmt.Errorf("expect_line: %w", err)
		}
		if !bytes.Equal(d, line) {
			f := different(whyWrong, "The line is wrong", d, line)
			f.guest, f.peer = p.likely(), p
			return nil, f
		}
	}
	return starlark.String(line), nil
}

// c.read(n): the next n bytes.
func (p *conn) doRead(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	n := 0
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "n", &n, "within?", &within); err != nil {
		return nil, err
	}
	got, err := p.readUntil(fmt.Sprintf("waiting for %d bytes", n), time.Duration(within), false, func(buf []byte) int {
		if len(buf) < n {
			return -1
		}
		return n
	})
	return starlark.String(got), err
}

// c.read_some(): what has come, at least one byte; "" at the end.
func (p *conn) doReadSome(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "within?", &within); err != nil {
		return nil, err
	}
	got, err := p.readUntil("waiting for bytes", time.Duration(within), true, func(buf []byte) int {
		if len(buf) == 0 {
			return -1
		}
		return len(buf)
	})
	return starlark.String(got), err
}

// c.read_all(): everything up to the end of the stream.
func (p *conn) doReadAll(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "within?", &within); err != nil {
		return nil, err
	}
	got, err := p.readUntil("reading to the end", time.Duration(within), true, func([]byte) int { return -1 })
	return starlark.String(got), err
}

// c.arrived(): what has come by now and was not taken yet, "" if nothing has.
// It does not wait, and takes nothing.
func (p *conn) doArrived(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p.drain()
	return starlark.String(p.buf), starlark.UnpackArgs(b.Name(), args, kwargs)
}

// c.quiet(seconds): nothing comes, and nobody hangs up.
func (p *conn) doQuiet(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var span seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "seconds", &span); err != nil {
		return nil, err
	}
	return starlark.None, p.quiet(time.Duration(span))
}

// c.half_close(): ends its own direction; it still listens.
func (p *conn) doHalfClose(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p.halfClose()
	return starlark.None, starlark.UnpackArgs(b.Name(), args, kwargs)
}

// c.close(): hangs up.
func (p *conn) doClose(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p.close(false)
	return starlark.None, starlark.UnpackArgs(b.Name(), args, kwargs)
}

// c.rst(): breaks the connection, as a crashed machine does.
func (p *conn) doRST(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p.close(true)
	return starlark.None, starlark.UnpackArgs(b.Name(), args, kwargs)
}

// c.calls(…): the guest's calls on this connection, chosen as g.calls does.
func (p *conn) doCalls(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	calls := trace.Calls(nil)
	for _, g := range p.t.guestList() {
		if s := p.other(g); s != nil {
			calls = g.calls().On(s.id)
		}
	}
	return p.t.pick(calls, b, args, kwargs)
}

// A native server, for scripts.

func (l *listener) kind() string         { return "listener" }
func (l *listener) properties() []string { return []string{"port"} }

func (l *listener) property(name string) (starlark.Value, error) {
	if name == "port" {
		return starlark.MakeInt(l.port), nil
	}
	return nil, nil
}

func (l *listener) methods() map[string]method {
	return map[string]method{"accept": l.doAccept, "close": l.doClose}
}

// l.accept(within=): takes the next call.
func (l *listener) doAccept(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var within seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "within?", &within); err != nil {
		return nil, err
	}
	p, err := l.accept(time.Duration(within))
	if err != nil {
		return nil, err
	}
	return value{p}, nil
}

func (l *listener) doClose(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	l.s.Close()
	return starlark.None, starlark.UnpackArgs(b.Name(), args, kwargs)
}
