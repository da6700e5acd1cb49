package check

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"socklab/host/trace"
	"socklab/runtime/build"
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

// startSpec is what a script says about a guest.
type startSpec struct {
	program string
	args    []string
	stdin   *string // nil: written to by the script, line by line
	faults  []string
	env     []string
	files   map[string]string
	firstFD int
}

// start starts a guest.
func (t *trial) start(s startSpec) (*guest, error) {
	p, ok := t.run.sub.Programs[s.program]
	if !ok || p == nil {
		return nil, t.missing(s.program)
	}
	g := &guest{t: t, program: s.program, args: s.args, started: time.Now(), wake: newBell()}
	g.name = s.program
	t.mu.Lock()
	for _, other := range t.guests {
		if other.name == g.name {
			g.name = fmt.Sprintf("%s%d", s.program, len(t.guests)+1)
		}
	}
	for _, f := range s.faults {
		if !slices.Contains(t.faults, f) {
			t.faults = append(t.faults, f)
		}
	}
	t.mu.Unlock()

	network, err := t.lab()
	if err != nil {
		return nil, err
	}
	stack, closeFaults, err := withFaults(network.Stack(g.name, nil), s.faults, t.rand.Uint64())
	if err != nil {
		return nil, err // the script's
	}
	t.finally = append(t.finally, closeFaults)
	g.watch = &watch{changed: g.wake.ring}
	g.watch.Stack = stack
	g.stdout, g.stderr = newOutput(g.wake), newOutput(g.wake)
	spec := engine.Spec{
		Name: g.name, Args: s.args, Env: s.env, Stack: g.watch,
		Stdout: g.stdout, Stderr: g.stderr,
		Recorder: t.hist, Limits: t.run.o.Limits, FirstFD: s.firstFD,
	}
	if s.stdin != nil {
		spec.Stdin = strings.NewReader(*s.stdin)
	} else {
		if g.read, g.stdin, err = os.Pipe(); err != nil {
			return nil, &ownFault{err}
		}
		spec.Stdin = g.read
	}
	if spec.Mounts, err = t.mounts(g.name, s.files); err != nil {
		g.closeStdin()
		return nil, &ownFault{err}
	}
	if g.inst, err = p.Start(t.ctx, spec); err != nil {
		g.closeStdin()
		return nil, &ownFault{fmt.Errorf("start %s: %w", s.program, err)}
	}
	context.AfterFunc(t.ctx, g.wake.ring)
	go func() {
		<-g.inst.Done()
		g.wake.ring()
	}()
	t.mu.Lock()
	t.guests = append(t.guests, g)
	t.mu.Unlock()
	return g, nil
}

// missing is the failure of a check whose program is not there.
func (t *trial) missing(program string) error {
	if err := t.run.sub.Broken[program]; err != nil {
		return &failure{why: whyMissing, code: codeCompile, text: err.Error()}
	}
	if !slices.Contains(t.run.o.Programs, program) {
		return fmt.Errorf("the lesson has no program %q", program)
	}
	return &failure{why: whyMissing, code: codeMissing, text: fmt.Sprintf("There is no program %s in the submission.", program)}
}

// mounts writes the files that a script gives a guest and makes folders of
// them: /srv/a.txt is a.txt in the mount /srv.
func (t *trial) mounts(name string, given map[string]string) ([]engine.Mount, error) {
	if len(given) == 0 {
		return nil, nil
	}
	if t.tmp == "" {
		dir, err := os.MkdirTemp("", "socklab-check-")
		if err != nil {
			return nil, err
		}
		t.tmp = dir
	}
	var mounts []engine.Mount
	for path, data := range given {
		top, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if !ok || !strings.HasPrefix(path, "/") || !filepath.IsLocal(top) || rest != "" && !filepath.IsLocal(rest) {
			return nil, fmt.Errorf("files: %q is not /FOLDER/NAME", path)
		}
		host := filepath.Join(t.tmp, name, top)
		if !slices.ContainsFunc(mounts, func(m engine.Mount) bool { return m.Guest == "/"+top }) {
			mounts = append(mounts, engine.Mount{Host: host, Guest: "/" + top})
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(host, rest)), 0o700); err != nil {
			return nil, err
		}
		if rest == "" || strings.HasSuffix(rest, "/") {
			continue // an empty folder
		}
		if err := os.WriteFile(filepath.Join(host, rest), []byte(data), 0o600); err != nil {
			return nil, err
		}
	}
	return mounts, nil
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

// lastWords is the line of a panic or a traceback that says what happened.
func (g *guest) lastWords() string {
	text := g.stderr.last()
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "Traceback (most recent call last)"):
			for j := len(lines) - 1; j > i; j-- {
				if l := lines[j]; l != "" && l[0] != ' ' {
					return l
				}
			}
		case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "):
			return line
		case strings.HasPrefix(line, "SyntaxError: "), strings.HasPrefix(line, "IndentationError: "), strings.HasPrefix(line, "TabError: "):
			return line
		}
	}
	return ""
}

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

// language is the submission's, for what differs between them.
func (g *guest) language() build.Language { return build.Language(g.t.run.sub.Language) }

// output is what a guest writes: all of it up to outputMax, and the newest.
type output struct {
	mu   sync.Mutex
	all  bytes.Buffer
	tail []byte
	wake *bell
	read int // how far the script has looked, line by line
}

// outputMax is how much of a guest's output a check can look at, in bytes.
const outputMax = 4 << 20

// tailMax is how much of the newest output is kept beyond that.
const tailMax = 8 << 10

func newOutput(wake *bell) *output { return &output{wake: wake} }

var _ io.Writer = (*output)(nil)

// Write takes what the guest writes.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	if room := outputMax - o.all.Len(); room > 0 {
		o.all.Write(p[:min(len(p), room)])
	}
	o.tail = append(o.tail, p...)
	if len(o.tail) > tailMax {
		o.tail = slices.Clone(o.tail[len(o.tail)-tailMax:])
	}
	o.mu.Unlock()
	o.wake.ring()
	return len(p), nil
}

// text is all of it.
func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// first is the beginning, for a report.
func (o *output) first() string {
	s := o.text()
	return s[:min(len(s), tailMax)]
}

// last is the end, for a report.
func (o *output) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.tail)
}

// line takes the next complete line that the script has not seen.
func (o *output) line() (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	rest := o.all.Bytes()[o.read:]
	n := bytes.IndexByte(rest, '\n')
	if n < 0 {
		return "", false
	}
	o.read += n + 1
	return string(rest[:n]), true
}

// bell wakes a wait.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

func newBell() *bell { return &bell{} }

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// rung is closed at the next ring.
func (b *bell) rung() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}
