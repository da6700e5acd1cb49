package wasi

import (
	"context"
	"strings"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/trace"
)

// tracedCall is call with a recorder: Enter, the call, Exit.
func (p *Process) tracedCall(ctx context.Context, f *frame) int32 {
	c := p.begin(f.fn.Name)
	s := (*openSocket)(nil)
	for i, prm := range f.fn.Params {
		switch prm.Kind {
		case abi.FD:
			c.FD = int(f.num[i])
			s, _ = p.fds.socket(f.num[i])
			c.Args = append(c.Args, trace.Arg{Name: prm.Name, Kind: prm.Kind, Int: int64(f.num[i])})
		case abi.Int, abi.In, abi.Out:
			if f.fn.Call == abi.Spawn && prm.Name == "env" { // long, and mostly its parent's
				break
			}
			a := trace.Arg{Name: prm.Name, Kind: prm.Kind, As: prm.As, Int: int64(f.num[i])}
			if prm.Kind == abi.In {
				fill(&a, f.buf[i])
			} else if prm.Kind == abi.Out {
				a.Int = int64(len(f.buf[i]))
			}
			c.Args = append(c.Args, a)
		}
	}
	p.enter(c, s)
	result := handlers[f.fn.Call](ctx, p, f)

	c.Ret = 0
	if f.fn.EAI && result < 0 {
		c.EAI, c.Ret = abi.EAI(result), -1
	} else if result != 0 {
		c.Err, c.Ret = abi.Errno(result), -1
	}
	if result == 0 {
		a := 0
		for i, prm := range f.fn.Params {
			switch prm.Kind {
			case abi.ResFD:
				c.Args = append(c.Args, trace.Arg{Name: prm.Name, Kind: prm.Kind, Int: int64(f.num[i])})
				if c.Ret == 0 {
					c.Ret = int64(f.num[i])
				}
			case abi.Res:
				if prm.As == abi.AsStatus && c.Ret == 0 { // no child has ended
					break
				}
				c.Args = append(c.Args, trace.Arg{Name: prm.Name, Kind: prm.Kind, As: prm.As, Int: int64(f.num[i])})
				if returned(f.fn.Call, prm.Name) {
					c.Ret = int64(f.num[i])
				}
			default:
				if prm.Kind == abi.Out {
					fill(&c.Args[a], f.buf[i][:min(int(f.n[i]), len(f.buf[i]))])
				}
				a++
			}
		}
		switch f.fn.Call {
		case abi.RecvFrom, abi.RecvMsg:
			c.Ret = int64(f.n[1])
			if abi.MsgFlags(f.num[2])&abi.MSG_PEEK == 0 && s != nil {
				c.moved(s, f.buf[1], int(f.n[1]), true)
			} else {
				c.Data = keep(f.buf[1][:min(int(f.n[1]), len(f.buf[1]))])
			}
		case abi.SendTo, abi.SendMsg:
			if s != nil {
				c.moved(s, f.buf[1], int(c.Ret), false)
			}
		}
	}
	p.exit(ctx, c, s)
	if c.Note != "" && p.cfg.Explain != nil {
		p.cfg.Explain(c.Name, c.Err, c.Note)
	}
	p.checkpoint(ctx)
	return result
}

// returned reports whether a result is what the man page's call returns.
func returned(c abi.Call, param string) bool {
	switch c {
	case abi.SendTo, abi.SendMsg, abi.Pending, abi.GetServByName, abi.Spawn:
		return true
	case abi.WaitPID:
		return param == "ended"
	}
	return false
}

// pending is a traced call under way. Nil, when nothing is traced, it is
// left alone.
type pendingCall struct {
	trace.Call
	began time.Time
}

func (p *Process) begin(name string) *pendingCall {
	p.seq++
	c := &pendingCall{Call: trace.Call{Seq: p.seq, Guest: p.cfg.Name, Name: name, FD: -1, Queued: -1}}
	return c
}

func (p *Process) enter(c *pendingCall, s *openSocket) {
	if s != nil {
		c.Sock = s.id
	}
	c.Start = time.Now()
	c.began = c.Start
	p.inflight = c
	e := trace.Event{Kind: trace.Enter, Call: c.Call}
	e.Call.Args = append([]trace.Arg(nil), c.Args...)
	p.cfg.Recorder.Record(e)
}

// exit records how a call ended; one that the guest's own end has broken off
// is an Abort.
func (p *Process) exit(ctx context.Context, c *pendingCall, s *openSocket) {
	c.Took = time.Since(c.began)
	c.Blocked = p.waited.Take()
	p.inflight = nil
	if c.Err == abi.EINTR && (ctx.Err() != nil || p.stop.Load() != nil) {
		p.cfg.Recorder.Record(trace.Event{Kind: trace.Abort, Call: c.Call})
		return
	}
	if s != nil && c.Name != "close" {
		info := s.Info()
		c.State, c.Queued = info.State, info.In
	}
	var source any = p.cfg.Stack
	if s != nil {
		source = s.Socket
	}
	if i, ok := source.(sock.Injector); ok {
		c.Injected, c.Note, _ = strings.Cut(i.Injected(), ": ") // the rule, and its licence
	}
	if (!c.OK() || p.why != "") && c.Note == "" {
		c.Note = p.explain(s)
	}
	p.cfg.Recorder.Record(trace.Event{Kind: trace.Exit, Call: c.Call})
}

// explain is why the last call failed, if anybody knows.
func (p *Process) explain(s *openSocket) string {
	if why := p.why; why != "" {
		p.why = ""
		return why
	}
	var source any = p.cfg.Stack
	if s != nil {
		source = s.Socket
	}
	if x, ok := source.(sock.Explainer); ok {
		return x.Explain()
	}
	return ""
}

// enterIO begins a traced read or write; nil if nothing is traced.
func (p *Process) enterIO(name string, fd int32, s *openSocket, b []byte, flags abi.MsgFlags, in bool) *pendingCall {
	if p.cfg.Recorder == nil {
		return nil
	}
	c := p.begin(name)
	c.FD = int(fd)
	buf := trace.Arg{Name: "buf", Kind: abi.Out, Int: int64(len(b))}
	if !in {
		buf.Kind = abi.In
		fill(&buf, b)
	}
	c.Args = append(c.Args, trace.Arg{Name: "fd", Kind: abi.FD, Int: int64(fd)}, buf)
	if flags != 0 {
		c.Args = append(c.Args, trace.Arg{Name: "flags", Kind: abi.Int, As: abi.AsMsgFlags, Int: int64(flags)})
	}
	p.enter(c, s)
	return c
}

// exitIO ends it.
func (p *Process) exitIO(ctx context.Context, c *pendingCall, s *openSocket, b []byte, n int, errno abi.Errno, in bool) {
	if c == nil {
		return
	}
	c.Ret, c.Err = int64(n), errno
	if errno != abi.OK {
		c.Ret = -1
	} else {
		if s == nil || c.Flags()&abi.MSG_PEEK != 0 {
			c.Data = keep(b[:min(n, len(b))])
		} else {
			c.moved(s, b, n, in)
		}
		if in {
			fill(&c.Args[1], b[:min(n, len(b))])
		}
	}
	p.exit(ctx, c, s)
}

// outFlags tells what the kernel said of a message, as recvfrom does.
func (c *pendingCall) outFlags(flags, out abi.MsgFlags) {
	if c == nil || out == 0 {
		return
	}
	if flags == 0 { // which were left out
		c.Args = append(c.Args, trace.Arg{Name: "flags", Kind: abi.Int, As: abi.AsMsgFlags})
	}
	c.Args = append(c.Args, trace.Arg{Name: "outflags", Kind: abi.Res, As: abi.AsMsgFlags, Int: int64(out)})
}

// moved tells which bytes of the stream n bytes were. The socket's counters
// have them already.
func (c *pendingCall) moved(s *openSocket, b []byte, n int, in bool) {
	c.Data = keep(b[:min(n, len(b))])
	c.To = s.sent
	if in {
		c.To = s.received
	}
	c.From = c.To - int64(n)
}

// fill tells an argument's bytes in the form that suits them.
func fill(a *trace.Arg, b []byte) {
	if a.Kind == abi.In { // of Out it stays the room there was
		a.Int = int64(len(b))
	}
	switch a.As {
	case abi.AsAddr:
		if sa, errno := abi.DecodeSockaddr(b); errno == abi.OK {
			a.Str = sa.String()
			return
		}
	case abi.AsText:
		a.Str = string(keep(b))
		return
	}
	a.Raw = keep(b)
}

// keep copies as much of b as a trace holds.
func keep(b []byte) []byte {
	return append([]byte(nil), b[:min(len(b), trace.DataMax)]...)
}

// enterFD begins a traced call that moves no bytes; nil if nothing is traced.
func (p *Process) enterFD(name string, fd int32, s *openSocket, args ...trace.Arg) *pendingCall {
	if p.cfg.Recorder == nil {
		return nil
	}
	c := p.begin(name)
	c.FD = int(fd)
	c.Args = append(c.Args, trace.Arg{Name: "fd", Kind: abi.FD, Int: int64(fd)})
	c.Args = append(c.Args, args...)
	p.enter(c, s)
	return c
}

// exitFD ends it.
func (p *Process) exitFD(ctx context.Context, c *pendingCall, s *openSocket, errno abi.Errno) {
	if c == nil {
		return
	}
	if c.Err = errno; errno != abi.OK {
		c.Ret = -1
	}
	p.exit(ctx, c, s)
}
