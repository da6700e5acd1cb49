package wasi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Command is a command line that a guest wants a shell to run.
type Command struct {
	Line string
	Dir  string   // absolute
	Env  []string // K=V
	// Pipes are the child's ends of the pipes to its standard input, output
	// and error; two may be the same. Where one is nil, the stream is what
	// follows.
	Pipes          [3]sock.Socket
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// A Child is a shell that was started.
type Child interface {
	// Done is closed when it has ended and nothing is left of it.
	Done() <-chan struct{}
	// Exit tells how it ended, once Done is closed: by a code of its own, or
	// because it was ended, and then perhaps why.
	Exit() (code int, own bool, why string)
	// Kill ends it within milliseconds.
	Kill()
}

// Spawn starts a child of a guest, which must end when ctx does. It takes the
// pipes over unless it fails. Preparing a shell may take long: it honours
// preparing.
type Spawn func(ctx, preparing context.Context, c Command) (Child, error)

// Limits of a guest's children.
const (
	maxRunning  = 8  // at once
	maxChildren = 64 // with those that nobody has waited for
	maxCommand  = 128 << 10
)

// firstPipe is where the numbers of pipes begin: those of the stack's sockets
// count how many it has made.
const firstPipe = 1 << 32

// child is one child as its parent knows it.
type child struct {
	Child
	cancel context.CancelFunc
	signal int // that its parent sent
}

func (c *child) running() bool {
	select {
	case <-c.Done():
		return false
	default:
		return true
	}
}

// status is how the child ended, and why if its host ended it.
func (c *child) status() (abi.WaitStatus, string) {
	code, own, why := c.Exit()
	switch {
	case own:
		return abi.ExitedStatus(code), ""
	case c.signal != 0:
		return abi.SignaledStatus(c.signal), ""
	}
	return abi.SignaledStatus(abi.SIGKILL), why
}

// spawn makes the pipes, and has the shell started.
func spawn(ctx context.Context, p *Process, f *frame) abi.Errno {
	flags := abi.SpawnFlags(f.num[2])
	c := Command{Line: string(f.buf[0]), Dir: string(f.buf[1]), Env: p.cfg.Env}
	if c.Dir == "" {
		c.Dir = "/"
	}
	switch {
	case p.cfg.Spawn == nil:
		return abi.ENOSYS
	case len(f.buf[0])+len(f.buf[1])+len(f.buf[3]) > maxCommand:
		return abi.E2BIG
	case strings.ContainsRune(c.Line+c.Dir, 0), !path.IsAbs(c.Dir), !validFlags(flags):
		return abi.EINVAL
	}
	if len(f.buf[3]) > 0 {
		c.Env = environment(f.buf[3])
	}
	running := 0
	for _, c := range p.children {
		if c.running() {
			running++
		}
	}
	if running >= maxRunning || len(p.children) >= maxChildren {
		return abi.EAGAIN
	}
	var ours [3]sock.Socket
	errno := p.pipes(flags, &c, &ours)
	if errno != abi.OK {
		return errno
	}
	alive, cancel := context.WithCancel(p.alive)
	p.streams(alive, cancel, flags, &c)
	began := time.Now()
	ch, err := p.cfg.Spawn(alive, ctx, c)
	sock.WaitClockOf(ctx).Add(time.Since(began))
	if err != nil {
		cancel()
		for i := range ours {
			closePipe(ours[i], c.Pipes[i])
		}
		if ctx.Err() != nil {
			return abi.EINTR
		}
		p.why = err.Error()
		return abi.ENOEXEC
	}
	for i, s := range ours {
		f.num[4+i] = -1
		if s != nil {
			p.ends++
			f.num[4+i] = p.fds.add(&file{kind: fdSocket, sock: &openSocket{Socket: s, id: firstPipe + p.ends, family: abi.AF_UNIX, typ: abi.SOCK_STREAM}})
		}
	}
	p.lastChild++
	p.children[p.lastChild] = &child{Child: ch, cancel: cancel}
	f.num[7] = p.lastChild
	return abi.OK
}

func validFlags(f abi.SpawnFlags) bool {
	const (
		pipes = abi.SPAWN_PIPE_STDIN | abi.SPAWN_PIPE_STDOUT | abi.SPAWN_PIPE_STDERR
		nulls = abi.SPAWN_NULL_STDIN | abi.SPAWN_NULL_STDOUT | abi.SPAWN_NULL_STDERR
	)
	both := f & pipes & (f & nulls >> 4)
	twice := f&abi.SPAWN_STDERR_TO_STDOUT != 0 && f&(abi.SPAWN_PIPE_STDERR|abi.SPAWN_NULL_STDERR) != 0
	return f&^(pipes|nulls|abi.SPAWN_STDERR_TO_STDOUT) == 0 && both == 0 && !twice
}

// environment splits what a guest gave; what is no K=V is left out.
func environment(b []byte) (env []string) {
	for kv := range bytes.SplitSeq(b, []byte{0}) {
		if bytes.IndexByte(kv, '=') > 0 {
			env = append(env, string(kv))
		}
	}
	return env
}

// streams says what the child's streams are that are no pipes.
func (p *Process) streams(ctx context.Context, cancel context.CancelFunc, flags abi.SpawnFlags, c *Command) {
	if f, ok := p.cfg.Stdin.(*os.File); ok && flags&abi.SPAWN_NULL_STDIN == 0 {
		c.Stdin = f
	}
	if flags&abi.SPAWN_NULL_STDOUT == 0 {
		c.Stdout = &inherited{p, 1, ctx, cancel}
	}
	switch {
	case flags&abi.SPAWN_STDERR_TO_STDOUT != 0:
		c.Pipes[2], c.Stderr = c.Pipes[1], c.Stdout
	case flags&abi.SPAWN_NULL_STDERR == 0:
		c.Stderr = &inherited{p, 2, ctx, cancel}
	}
}

// inherited is a parent's stdout or stderr as its child has it. What is
// written there counts as the parent's.
type inherited struct {
	p      *Process
	fd     int
	ctx    context.Context
	cancel context.CancelFunc
}

var errOutput = errors.New("the limit of output is passed")

func (w *inherited) Write(b []byte) (int, error) {
	n, errno, passed := w.p.output(w.ctx, w.fd, b)
	if passed { // the parent finds out when it next makes a call
		w.p.Stop(Stop{Limit: LimitOutput})
		w.cancel()
		return n, errOutput
	}
	if errno != abi.OK {
		return n, errno
	}
	return n, nil
}
