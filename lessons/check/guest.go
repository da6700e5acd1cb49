package check

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"socklab/host/trace"
	"socklab/runtime/engine"
)

// guest is one of the student's programs, running in a trial.
type guest struct {
	t       *trial
	name    string // in traces
	program string
	args    []string
	inst    Guest
	watch   *watch
	stdout  *output
	stderr  *output
	stdin   *os.File // our end of its standard input, nil if it was given whole
	read    *os.File // the guest's end
	started time.Time
	port    int   // it listens here, 0 if the script has not asked yet
	serves  bool  // a server: the script has waited for it to listen
	stays   bool  // it may not end by itself
	waited  bool  // the script has seen it end
	wake    *bell // rings at whatever a wait may be about
	last    *still
}

// still is a guest at the moment when its check was decided: what happens
// afterwards is the lab's doing.
type still struct {
	ended    bool
	exit     engine.Exit
	activity trace.Activity
	open     trace.Calls
	calls    trace.Calls
}

// freeze keeps the guest as it is now.
func (g *guest) freeze(calls trace.Calls) {
	st := &still{ended: g.ended(), activity: g.activity(), open: g.t.hist.Open(g.name), calls: calls.Of(g.name)}
	if st.ended {
		st.exit = g.exit()
	}
	g.watch.frozen.Store(true)
	g.last = st
}

func (g *guest) ended() bool {
	if g.last != nil {
		return g.last.ended
	}
	return g.gone()
}

// gone is ended, whatever was decided.
func (g *guest) gone() bool {
	select {
	case <-g.inst.Done():
		return true
	default:
		return false
	}
}

// exit is how it ended; ask ended before.
func (g *guest) exit() engine.Exit {
	if g.last != nil {
		return g.last.exit
	}
	return g.inst.Wait()
}

func (g *guest) kill() {
	if !g.gone() {
		g.inst.Kill()
	}
}

func (g *guest) activity() trace.Activity {
	if g.last != nil {
		return g.last.activity
	}
	return g.t.hist.Activity(g.name)
}

// open is the sockets it has: see History.Open.
func (g *guest) open() trace.Calls {
	if g.last != nil {
		return g.last.open
	}
	return g.t.hist.Open(g.name)
}

func (g *guest) closeStdin() {
	if g.stdin != nil {
		g.stdin.Close()
	}
	if g.read != nil && (g.inst == nil || g.gone()) {
		g.read.Close()
	}
}

// stdinWaits reports whether a read of standard input would block now.
func (g *guest) stdinWaits() bool {
	if g.read == nil {
		return false
	}
	raw, err := g.read.SyscallConn()
	if err != nil {
		return false
	}
	ready := true
	raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 0)
		ready = err != nil || n > 0
	})
	return !ready
}

// crashed reports whether it ended by a panic, a traceback or a trap: neither
// a success nor an error that it reported.
func (g *guest) crashed() bool {
	if !g.ended() {
		return false
	}
	e := g.exit()
	if e.Why == engine.Trapped {
		return true
	}
	return e.Why == engine.Exited && e.Code != 0 && g.lastWords() != ""
}

// lastWords is the line of a panic or a traceback that says what happened. An
// exception's message of more than one line comes as one, with \n between.
func (g *guest) lastWords() string {
	return lastWords(g.stderr.last())
}

func lastWords(stderr string) string {
	lines := strings.Split(strings.TrimRight(stderr, "\n"), "\n")
	traceback := -1 // of several, the last one ended the program
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "Traceback (most recent call last)"):
			traceback = i
		case traceback >= 0:
		case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "):
			return line
		case strings.HasPrefix(line, "SyntaxError: "), strings.HasPrefix(line, "IndentationError: "), strings.HasPrefix(line, "TabError: "):
			return line
		}
	}
	if traceback < 0 {
		return ""
	}
	for j := traceback + 1; j < len(lines); j++ {
		if l := lines[j]; l != "" && l[0] != ' ' {
			return strings.Join(lines[j:min(len(lines), j+maxWords)], `\n`)
		}
	}
	return ""
}

// maxWords is how many lines of an exception's message are told.
const maxWords = 3

// detail is a trap's message.
func (g *guest) detail() string {
	if words := g.lastWords(); words != "" {
		return words
	}
	line, _, _ := strings.Cut(g.exit().Detail, "\n")
	return line
}

// listener is the socket it listens with, nil if there is none.
func (g *guest) listener(port int) *watched {
	for _, s := range g.watch.all() {
		if s.listens.Load() && !s.closed.Load() && (port == 0 || int(s.local.Load()) == port) {
			return s
		}
	}
	return nil
}

// calls is what it has called so far.
func (g *guest) calls() trace.Calls {
	if g.last != nil {
		return g.last.calls
	}
	return g.t.hist.Calls().Of(g.name)
}

// summary is it in a report; it must have ended.
func (g *guest) summary() Ended {
	x := g.inst.Wait()
	return Ended{
		Name: g.name, Args: g.args, Why: x.Why, Code: x.Code, Limit: x.Limit, Detail: x.Detail, Usage: x.Usage,
		Stdout: g.stdout.first(), Stderr: g.stderr.last(),
	}
}
