package check

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync/atomic"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/lab"
	"socklab/host/trace"
	"socklab/runtime/engine"
)

// native is a Program that is a Go function: what a guest would do, without
// a guest. It makes the calls that a guest would make and records them as
// package wasi does.
type native func(p *proc) int

// proc is a native guest under way.
type proc struct {
	engine.Spec
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
	exit   engine.Exit
	killed atomic.Bool
	in     *bufio.Reader

	seq   uint64
	socks uint64
	fds   map[int]*open
}

type open struct {
	sock.Socket
	id         uint64
	sent, recd int64
}

type quit struct{ code int }

func (n native) Start(ctx context.Context, s engine.Spec) (Guest, error) {
	p := &proc{Spec: s, done: make(chan struct{}), fds: map[int]*open{}, in: bufio.NewReader(s.Stdin)}
	p.ctx, p.cancel = context.WithCancel(ctx)
	go func() {
		defer close(p.done)
		defer func() {
			for _, o := range p.fds {
				o.Close()
			}
		}()
		defer func() {
			switch v := recover().(type) {
			case nil:
			case quit:
				p.exit = engine.Exit{Why: engine.Exited, Code: v.code}
			case error:
				if errors.Is(v, abi.EINTR) {
					p.exit = engine.Exit{Why: engine.Killed}
					return
				}
				fmt.Fprintf(p.Stderr, "Traceback (most recent call last):\n  File \"x.py\", line 1\n%v\n", v)
				p.exit = engine.Exit{Why: engine.Exited, Code: 1}
			}
		}()
		p.exit = engine.Exit{Why: engine.Exited, Code: n(p)}
	}()
	return p, nil
}

func (p *proc) Done() <-chan struct{} { return p.done }
func (p *proc) Wait() engine.Exit     { <-p.done; return p.exit }
func (p *proc) Kill()                 { p.killed.Store(true); p.cancel() }

// call makes one call and records it.
func (p *proc) call(name string, fd int, args []trace.Arg, f func(o *open, c *trace.Call) abi.Errno) (trace.Call, abi.Errno) {
	p.seq++
	o := p.fds[fd]
	c := trace.Call{Seq: p.seq, Guest: p.Name, Name: name, FD: fd, Args: args, Queued: -1, Start: time.Now()}
	if o != nil {
		c.Sock = o.id
	}
	p.Recorder.Record(trace.Event{Kind: trace.Enter, Call: c})
	errno := f(o, &c)
	c.Took = time.Since(c.Start)
	if errno == abi.EINTR || p.ctx.Err() != nil {
		p.Recorder.Record(trace.Event{Kind: trace.Abort, Call: c})
		panic(error(abi.EINTR))
	}
	if errno != abi.OK {
		c.Ret, c.Err = -1, errno
	}
	p.Recorder.Record(trace.Event{Kind: trace.Exit, Call: c})
	return c, errno
}

func (p *proc) add(s sock.Socket) int {
	fd := max(p.FirstFD, 3)
	for p.fds[fd] != nil {
		fd++
	}
	p.socks++
	p.fds[fd] = &open{Socket: s, id: p.socks}
	return fd
}

func (p *proc) Socket() int {
	c, errno := p.call("socket", -1, nil, func(_ *open, c *trace.Call) abi.Errno {
		s, errno := p.Stack.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
		if errno == abi.OK {
			c.Ret = int64(p.add(s))
		}
		return errno
	})
	must(errno)
	return int(c.Ret)
}

func addrArg(host string, port int) ([]trace.Arg, abi.Sockaddr) {
	sa := abi.InetAddr(netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port)))
	return []trace.Arg{{Name: "addr", Kind: abi.In, As: abi.AsAddr, Str: sa.String()}}, sa
}

func (p *proc) Bind(fd int, host string, port int) {
	args, sa := addrArg(host, port)
	_, errno := p.call("bind", fd, args, func(o *open, _ *trace.Call) abi.Errno { return o.Bind(sa) })
	must(errno)
}

func (p *proc) Listen(fd, backlog int) {
	_, errno := p.call("listen", fd, []trace.Arg{{Name: "backlog", Kind: abi.Int, Int: int64(backlog)}}, func(o *open, _ *trace.Call) abi.Errno { return o.Listen(backlog) })
	must(errno)
}

func (p *proc) Accept(fd int) int {
	c, errno := p.call("accept", fd, nil, func(o *open, c *trace.Call) abi.Errno {
		s, from, errno := o.Accept(p.ctx)
		if errno == abi.OK {
			c.Ret = int64(p.add(s))
			c.Args = []trace.Arg{{Name: "addr", Kind: abi.Out, As: abi.AsAddr, Str: from.String()}}
		}
		return errno
	})
	must(errno)
	return int(c.Ret)
}

func (p *proc) Connect(fd int, host string, port int) abi.Errno {
	args, sa := addrArg(host, port)
	_, errno := p.call("connect", fd, args, func(o *open, _ *trace.Call) abi.Errno { return o.Connect(p.ctx, sa) })
	return errno
}

func (p *proc) Recv(fd, n int) ([]byte, abi.Errno) {
	b := make([]byte, n)
	c, errno := p.call("recvfrom", fd, []trace.Arg{{Name: "buf", Kind: abi.Out, Int: int64(n)}}, func(o *open, c *trace.Call) abi.Errno {
		n, _, _, errno := o.Socket.Recv(p.ctx, b, 0)
		if errno == abi.OK {
			c.Ret, c.Data, c.From, c.To = int64(n), b[:min(n, trace.DataMax)], o.recd, o.recd+int64(n)
			o.recd += int64(n)
		}
		return errno
	})
	return b[:max(c.Ret, 0)], errno
}

func (p *proc) Send(fd int, b []byte) abi.Errno {
	_, errno := p.call("sendto", fd, []trace.Arg{{Name: "buf", Kind: abi.In, Int: int64(len(b))}}, func(o *open, c *trace.Call) abi.Errno {
		n, errno := o.Socket.Send(p.ctx, b, 0, abi.Sockaddr{})
		if errno == abi.OK {
			c.Ret, c.Data, c.From, c.To = int64(n), b[:min(n, trace.DataMax)], o.sent, o.sent+int64(n)
			o.sent += int64(n)
		}
		return errno
	})
	return errno
}

func (p *proc) Close(fd int) {
	p.call("close", fd, nil, func(o *open, _ *trace.Call) abi.Errno {
		delete(p.fds, fd)
		return o.Socket.Close()
	})
}

// Sleep waits for ever, as a loop around time.sleep does.
func (p *proc) Sleep() {
	p.call("poll", -1, []trace.Arg{{Name: "timeout_ms", Kind: abi.Int, Int: 1 << 30}}, func(*open, *trace.Call) abi.Errno {
		<-p.ctx.Done()
		return abi.EINTR
	})
}

// Command runs a command that takes some time, and waits for what it prints.
func (p *proc) Command(takes time.Duration) {
	p.call("spawn", -1, nil, func(_ *open, c *trace.Call) abi.Errno {
		c.Ret = 1
		return abi.OK
	})
	p.call("poll", -1, []trace.Arg{{Name: "timeout_ms", Kind: abi.Int, Int: -1}}, func(*open, *trace.Call) abi.Errno {
		time.Sleep(takes)
		return abi.OK
	})
	p.call("waitpid", -1, nil, func(_ *open, c *trace.Call) abi.Errno {
		c.Ret = 1
		return abi.OK
	})
}

// Line reads a line of standard input.
func (p *proc) Line() (string, bool) {
	line := ""
	_, errno := p.call("read", 0, nil, func(_ *open, c *trace.Call) abi.Errno {
		got := make(chan error, 1)
		go func() {
			var err error
			line, err = p.in.ReadString('\n')
			got <- err
		}()
		select {
		case err := <-got:
			if err == nil {
				c.Ret = int64(len(line))
				return abi.OK
			}
			if errors.Is(err, io.EOF) {
				return abi.OK
			}
			return abi.EIO
		case <-p.ctx.Done():
			return abi.EINTR
		}
	})
	if errno != abi.OK || line == "" {
		return "", false
	}
	return line[:len(line)-1], true
}

func (p *proc) Print(args ...any) { fmt.Fprintln(p.Stdout, args...) }

func must(errno abi.Errno) {
	if errno != abi.OK {
		panic(error(errno))
	}
}

// ends is a Program that has ended before it did anything.
type ends struct{ exit engine.Exit }

func (e ends) Start(context.Context, engine.Spec) (Guest, error) { return e, nil }
func (e ends) Wait() engine.Exit                                 { return e.exit }
func (e ends) Kill()                                             {}

func (e ends) Done() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// breaks is a Program that ends by the host's own fault.
type breaks struct{}

func (breaks) Start(ctx context.Context, s engine.Spec) (Guest, error) {
	return ends{engine.Exit{Why: engine.Broken, Detail: "a panic in a host call"}}, nil
}

// refuses is a Program that cannot be started.
type refuses struct{}

func (refuses) Start(context.Context, engine.Spec) (Guest, error) {
	return nil, errors.New("no such interpreter")
}

func noLab(lab.Options) (*lab.Lab, error) { return nil, errors.New("no loopback") }

// computes is a Program that makes no call and never ends by itself.
type computes struct{ ctx context.Context }

func (computes) Start(ctx context.Context, s engine.Spec) (Guest, error) { return computes{ctx}, nil }

func (c computes) Done() <-chan struct{} { return c.ctx.Done() }
func (c computes) Kill()                 {}

func (c computes) Wait() engine.Exit {
	<-c.ctx.Done()
	return engine.Exit{Why: engine.Killed}
}
