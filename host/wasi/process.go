package wasi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/trace"
)

// Config is what a Process stands on.
type Config struct {
	Name     string
	Stack    sock.Stack
	Recorder trace.Recorder // nil: no trace
	// Explain is told why a call was refused, where the stack knows more than
	// the errno says; nil: nobody asks.
	Explain func(call string, err abi.Errno, why string)
	// Mounts is how many folders wazero was given; their descriptors come
	// first, from 3.
	Mounts int
	// Devices offers the calls as files under /dev/socklab, for guests that
	// cannot import functions.
	Devices bool
	// Args and Env are what a guest with devices may ask for there.
	Args, Env []string
	// Freeze is called when the guest asks to be frozen, which ends it then;
	// nil: it goes on.
	Freeze func(api.Module)

	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// SIGPIPE ends the guest when it writes to standard output or error and
	// nobody reads there any more, with the exit code that a shell gives the
	// signal. Without it the guest is told EPIPE, as if it ignored the signal.
	SIGPIPE bool
	// Pipes are what standard input, output and error are instead; two may be
	// the same. The Process closes them.
	Pipes [3]sock.Socket
	// Spawn starts the guest's children; nil: it can have none.
	Spawn Spawn

	FirstFD     int
	Descriptors int   // 0: a default
	Output      int64 // bytes to stdout and stderr together, 0: no limit
	Connections int   // sockets in all, 0: no limit
	Traffic     int64 // bytes sent over sockets in all, 0: no limit
}

// Limits that a Process enforces, as Stop.Limit names them.
const (
	LimitOutput      = "output"
	LimitConnections = "connections"
	LimitTraffic     = "traffic"
)

// Process is one guest as its host calls see it: descriptors, stack,
// recorder. Its calls run on the guest's goroutine; Stop, Stopped and Usage
// may be called from any.
type Process struct {
	cfg Config
	fds *table // the one that the call under way means
	own table
	// sockets is the table of a guest that makes its calls by a device: its
	// libc's numbers for the mounts and for files are nothing it has seen, so
	// its first socket is 3, as everywhere.
	sockets table
	frame   frame
	poll    poll
	stdin   stdin
	out     [2]output

	seq        uint64
	waited     sock.WaitClock // what the call under way has waited, when traced
	inflight   *pendingCall
	socks      uint64
	stop       atomic.Pointer[Stop]
	usage      usage
	passing    int // descriptors sent that may not have been received
	exited     atomic.Pointer[int]
	fileErrno  abi.Errno // what wazero had no number for
	restricted bool      // the guest has given rights away
	interrupt  interrupt
	signals    signals
	device     device

	children  map[int32]*child
	lastChild int32
	ends      uint64          // of pipes to children
	alive     context.Context // of the guest's life
	why       string          // of what the call under way has refused or dropped, if it was ours
}

// Stop is why a Process may not go on.
type Stop struct {
	Limit string // which limit it passed, "" if it was told to end
}

// Usage is what a Process has used so far.
type Usage struct {
	Output      int64
	Sent        int64
	Received    int64
	Connections int
}

type usage struct{ output, sent, received, sockets atomic.Int64 }

// NewProcess makes the state of one guest. Close it when the guest has ended.
func NewProcess(cfg Config) (*Process, error) {
	p := &Process{cfg: cfg, children: map[int32]*child{}, own: table{first: cfg.FirstFD, max: cfg.Descriptors}, sockets: table{first: cfg.FirstFD, max: cfg.Descriptors}}
	p.fds = &p.own
	if err := p.poll.init(); err != nil {
		return nil, err
	}
	err := errors.Join(p.stdin.init(cfg.Stdin), p.out[0].init(cfg.Stdout), p.out[1].init(cfg.Stderr))
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("wasi: standard streams: %w", err)
	}
	for i := range int32(3) {
		f := &file{kind: fdStdio, inner: i}
		if s := cfg.Pipes[i]; s != nil {
			f = &file{kind: fdSocket, sock: &openSocket{Socket: s, family: abi.AF_UNIX, typ: abi.SOCK_STREAM}}
		}
		if i == 2 && cfg.Pipes[2] != nil && cfg.Pipes[2] == cfg.Pipes[1] {
			f = p.own.files[1]
		}
		p.own.addFrom(f, 0)
		p.sockets.addFrom(f, 0)
	}
	for i := range int32(cfg.Mounts) {
		p.fds.addFrom(&file{kind: fdFile, inner: 3 + i, preopen: true}, 0)
	}
	if cfg.Devices {
		p.fds.addFrom(&file{kind: fdDevDir, preopen: true}, 0)
	}
	for _, t := range []*table{&p.own, &p.sockets} {
		if t.max > 0 { // what the guest has not opened itself is not counted
			t.max += t.open
		}
	}
	return p, nil
}

// Stop ends the guest: the call it is in returns soon, and the guest with it.
// The first reason stays.
func (p *Process) Stop(s Stop) { p.stop.CompareAndSwap(nil, &s) }

// Stopped tells why the guest may not go on, nil if it may.
func (p *Process) Stopped() *Stop { return p.stop.Load() }

// FileErrno is for the guest's file system to tell an error that wazero would
// pass on as EIO. It is called within one of the guest's calls.
func (p *Process) FileErrno(errno abi.Errno) { p.fileErrno = errno }

// Exited tells the code that the guest gave to proc_exit.
func (p *Process) Exited() (code int, ok bool) {
	if c := p.exited.Load(); c != nil {
		return *c, true
	}
	return 0, false
}

// Usage tells what the guest has used.
func (p *Process) Usage() Usage {
	return Usage{
		Output: p.usage.output.Load(), Sent: p.usage.sent.Load(),
		Received: p.usage.received.Load(), Connections: int(p.usage.sockets.Load()),
	}
}

// Close closes whatever the guest left open. The guest must have ended.
func (p *Process) Close() {
	p.endChildren()
	for _, t := range []*table{&p.own, &p.sockets} {
		for fd := range t.files {
			if t.files[fd] == nil {
				continue
			}
			if last := t.remove(int32(fd)); last != nil && last.kind == fdSocket {
				last.sock.Close()
			}
		}
	}
	if c := p.inflight; c != nil { // the guest was ended inside a call
		c.Took = time.Since(c.began)
		p.cfg.Recorder.Record(trace.Event{Kind: trace.Abort, Call: c.Call})
	}
	p.stdin.close()
	p.out[0].close()
	p.out[1].close()
	p.poll.close()
	p.interrupt.close()
	p.signals.close()
}

// stopCode is the exit code of a guest that was ended; nobody is shown it.
const stopCode = 137

// checkpoint ends the guest here if it was told to end. Every call passes it
// after whatever may have blocked.
func (p *Process) checkpoint(ctx context.Context) {
	if p.stop.Load() != nil || ctx.Err() != nil && !p.Interrupted() {
		panic(sys.NewExitError(stopCode))
	}
}

// passed ends the guest for passing a limit.
func (p *Process) passed(limit string) {
	p.Stop(Stop{Limit: limit})
	panic(sys.NewExitError(stopCode))
}

// quit ends the guest as if it had asked for it.
func (p *Process) quit(code int) {
	p.exited.Store(&code)
	panic(sys.NewExitError(uint32(code)))
}

// call makes one call of the table and returns its Errno or EAI.
func (p *Process) call(ctx context.Context, f *frame) int32 {
	p.checkpoint(ctx)
	p.why = ""
	if p.cfg.Recorder != nil {
		return p.tracedCall(ctx, f)
	}
	result := handlers[f.fn.Call](ctx, p, f)
	if (result != 0 || p.why != "") && p.cfg.Explain != nil {
		s, _ := p.fds.socket(f.num[0])
		if why := p.explain(s); why != "" {
			p.cfg.Explain(f.fn.Name, abi.Errno(result), why)
		}
	}
	p.checkpoint(ctx)
	return result
}

// addSocket gives a new socket its descriptor. It closes s if it may not.
func (p *Process) addSocket(s sock.Socket, family abi.Family, typ abi.Type, nonblock bool) (int32, abi.Errno) {
	o, errno := p.openSocket(s, family, typ, nonblock)
	if errno != abi.OK {
		return -1, errno
	}
	return p.fds.add(&file{kind: fdSocket, sock: o}), abi.OK
}

func (p *Process) openSocket(s sock.Socket, family abi.Family, typ abi.Type, nonblock bool) (*openSocket, abi.Errno) {
	if !p.fds.room(1) {
		s.Close()
		return nil, abi.EMFILE
	}
	if n := p.usage.sockets.Add(1); p.cfg.Connections > 0 && n > int64(p.cfg.Connections) {
		s.Close()
		p.passed(LimitConnections)
	}
	if nonblock {
		s.SetNonblock(true)
	}
	p.socks++
	return &openSocket{Socket: s, id: p.socks, family: family, typ: typ}, abi.OK
}

// sent counts bytes that went out.
func (p *Process) sent(s *openSocket, n int) {
	s.sent += int64(n)
	if total := p.usage.sent.Add(int64(n)); p.cfg.Traffic > 0 && total > p.cfg.Traffic {
		p.passed(LimitTraffic)
	}
}

func (p *Process) received(s *openSocket, n int) {
	s.received += int64(n)
	p.usage.received.Add(int64(n))
}

var start = time.Now()

// Nanotime is the monotonic clock that guests read, in nanoseconds. It is
// here because poll_oneoff waits for absolute times of it.
func Nanotime() int64 { return int64(time.Since(start)) }

// yield lets other goroutines run.
func yield() { runtime.Gosched() }
