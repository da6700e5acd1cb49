package wasi

import (
	"context"
	"io"
	"os"
	"sync"

	"golang.org/x/term"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

// stdin is a guest's standard input: a file that can be waited for, or a
// reader that does not block for long.
type stdin struct {
	file     *kernel.File
	reader   io.Reader
	terminal bool
	nonblock bool
}

func (in *stdin) init(r io.Reader) (err error) {
	switch r := r.(type) {
	case nil:
		in.reader = eof{}
	case *os.File:
		if in.file, err = kernel.NewFile(r); err == nil {
			in.terminal = isTerminal(r)
		}
	default:
		in.reader = r
	}
	return err
}

// isTerminal asks without f.Fd, which would make f blocking.
func isTerminal(f *os.File) (is bool) {
	if raw, err := f.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { is = term.IsTerminal(int(fd)) })
	}
	return is
}

func (in *stdin) close() {
	if in.file != nil {
		in.file.Close()
	}
}

// source is what a poll waits on; nil if reading never waits.
func (in *stdin) source() sock.Source {
	if in.file == nil {
		return nil
	}
	return in.file.Source()
}

func (p *Process) readStdin(ctx context.Context, b []byte) (int, abi.Errno) {
	in := &p.stdin
	if in.file != nil {
		if in.nonblock {
			item := [1]sock.PollItem{{Source: in.source(), Want: sock.Readable}}
			if n, errno := p.poll.poller.Wait(ctx, item[:], 0); n == 0 && errno == abi.OK {
				return 0, abi.EAGAIN
			}
		}
		return in.file.Read(ctx, b)
	}
	n, err := in.reader.Read(b)
	if err != nil && err != io.EOF && n == 0 {
		return 0, abi.EIO
	}
	return n, abi.OK
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// output is where a guest's stdout or stderr goes, and that of its children.
type output struct {
	mu     sync.Mutex // one write at a time
	file   *kernel.File
	writer io.Writer
}

func (out *output) init(w io.Writer) (err error) {
	switch w := w.(type) {
	case nil:
		out.writer = io.Discard
	case *os.File:
		out.file, err = kernel.NewFile(w)
	default:
		out.writer = w
	}
	return err
}

func (out *output) close() {
	if out.file != nil {
		out.file.Close()
	}
}

// sigpipeCode is 128 and the signal's number, see signal(7).
const sigpipeCode = 128 + 13

// write writes to a guest's stdout (1) or stderr (2) and counts it.
func (p *Process) write(ctx context.Context, fd int, b []byte) (int, abi.Errno) {
	n, errno, passed := p.output(ctx, fd, b)
	if passed {
		p.passed(LimitOutput)
	}
	if errno == abi.EPIPE && p.cfg.SIGPIPE {
		p.quit(sigpipeCode)
	}
	return n, errno
}

// output is write, but leaves the end of the guest that has passed its limit
// to the caller. It may be called from any goroutine.
func (p *Process) output(ctx context.Context, fd int, b []byte) (n int, errno abi.Errno, passed bool) {
	out := &p.out[fd-1]
	out.mu.Lock()
	defer out.mu.Unlock()
	total := p.usage.output.Add(int64(len(b)))
	if over := total - p.cfg.Output; p.cfg.Output > 0 && over > 0 {
		p.usage.output.Store(p.cfg.Output)
		n, errno = out.write(ctx, b[:max(int64(len(b))-over, 0)]) // what is still allowed is not lost
		return n, errno, true
	}
	n, errno = out.write(ctx, b)
	p.usage.output.Add(int64(n - len(b)))
	return n, errno, false
}

func (out *output) write(ctx context.Context, b []byte) (int, abi.Errno) {
	if out.file != nil {
		return out.file.Write(ctx, b)
	}
	n, err := out.writer.Write(b)
	if err != nil {
		return n, abi.EIO
	}
	return n, abi.OK
}
