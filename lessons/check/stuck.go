package check

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/trace"
	"socklab/runtime/engine"
)

// state is what can be said of all guests of a trial at once.
type state uint8

const (
	stateMoving state = iota // something may happen by itself
	stateStuck               // every guest waits for somebody else, with nothing under way
	stateEnded               // the guest in question has ended, or all have
	stateSpin                // the guest asks again and again, and gets nothing
	stateBroken              // a guest ended by the host's own fault
)

// spinCalls is how many fruitless calls in one wait are too many, beside
// those that the lesson allows each second.
const spinCalls = 2000

// watchdog returns a function that tells the state, and of which guest, if it
// is one's. It keeps for how long nothing has moved, in time and in looks: each
// comes after another try of what is waited for, and on a machine that is too
// busy for the lab, time alone passes without one.
func (t *trial) watchdog(w wait) func() (state, *guest) {
	about, patient := w.guest, t.scaled(grace)
	if w.quiet {
		patient = quietGrace
	}
	type seen struct {
		calls int
		moved int64
		conns int
	}
	began := time.Now()
	first := map[*guest]seen{}
	note := func(g *guest) seen {
		a := g.activity()
		return seen{a.Calls - a.Prints, a.Moved, len(g.watch.all())}
	}
	for _, g := range t.guestList() {
		first[g] = note(g)
	}
	var since time.Time // when the present standstill began
	var looks int       // how often it has been seen
	var still string
	return func() (state, *guest) {
		guests := t.guestList()
		if len(guests) == 0 {
			return stateMoving, nil
		}
		alive := 0
		standing := t.everybodyWaits()
		fingerprint := ""
		for _, g := range guests {
			if g.ended() {
				if g.exit().Why == engine.Broken {
					return stateBroken, g
				}
				continue
			}
			alive++
			was, ok := first[g]
			if !ok {
				was = note(g)
				first[g] = was
			}
			now := note(g)
			if now.moved == was.moved && now.conns == was.conns {
				allowed := spinCalls + int(float64(t.run.script.house.calls)*time.Since(began).Seconds())
				if now.calls-was.calls > allowed {
					return stateSpin, g
				}
			} else {
				first[g] = now
				began = time.Now()
			}
			if standing && t.posture(g) != waiting {
				standing = false
			}
			fingerprint += fmt.Sprint(g.name, now.calls, ",")
		}
		if alive == 0 || about != nil && about.ended() {
			return stateEnded, nil
		}
		if !standing {
			still = ""
			return stateMoving, nil
		}
		if fingerprint != still {
			still, since, looks = fingerprint, time.Now(), 0
		}
		looks++
		if time.Since(since) < patient || looks < int(patient/tick/2) {
			return stateMoving, nil
		}
		return stateStuck, nil
	}
}

// everybodyWaits reports whether no part of the script is doing anything.
func (t *trial) everybodyWaits() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.idle >= t.actors
}

// posture is what a guest is doing.
type posture uint8

const (
	running posture = iota // it computes, or what it waits for is there
	timed                  // it waits, but not for ever
	waiting                // it waits until somebody else does something
)

func (t *trial) posture(g *guest) posture {
	a := g.activity()
	w := a.Waits
	if w == nil || a.Children > 0 || t.underWay(g) {
		return running
	}
	if w.Is("poll") {
		return t.polls(g, w)
	}
	s := g.watch.find(w.Sock)
	if s == nil { // standard input, or a call that does not wait
		if w.Name == "read" && g.stdinWaits() && time.Since(g.activity().Last) > time.Second {
			return waiting // a second, since it may be on its way out with what was there
		}
		return running
	}
	switch info := s.Info(); {
	case s.inside.Load() == 0,
		w.Is("recv") && s.ready(), w.Is("accept") && t.knocks(s),
		w.Is("send") && info.Out == 0, w.Is("connect") && connected(info.State):
		return running
	case s.timed.Load():
		return timed
	case w.Is("recv"), w.Is("accept"), w.Is("send"), w.Is("connect"):
		return waiting
	}
	return running
}

// connected reports whether a connect in this TCP state has come about, so
// that it waits no more: the peer may have hung up before it returned.
func connected(state string) bool {
	return state != "" && state != "CLOSE" && state != "SYN_SENT"
}

// computing reports whether a guest, or any if g is nil, is at work of its
// own and has asked nothing for a while.
func (t *trial) computing(g *guest) bool {
	if t.run.o.Bare {
		return false
	}
	for _, x := range t.guestList() {
		a := x.activity()
		if (g == nil || g == x) && (!x.ended() || t.tookDown(x)) && a.Waits == nil && time.Since(a.Last) > time.Second {
			return true
		}
	}
	return false
}

// tookDown reports whether a guest was ended because the check was over.
func (t *trial) tookDown(g *guest) bool {
	return t.ctx.Err() != nil && g.gone() && g.exit().Why == engine.Killed
}

// polls is the posture of a guest in a poll.
func (t *trial) polls(g *guest, w *trace.Entry) posture {
	open := g.open()
	for _, a := range w.Args {
		if a.Name != "poll" || !strings.Contains(a.Str, "POLLIN") {
			continue
		}
		if a.Int == 0 && !g.stdinWaits() {
			return running
		}
		for _, o := range open {
			s := g.watch.find(o.Sock)
			if o.FD == int(a.Int) && s != nil && (s.listens.Load() && t.knocks(s) || !s.listens.Load() && s.ready()) {
				return running
			}
		}
	}
	if a, ok := w.Arg("timeout_ms"); !ok || a.Int >= 0 {
		return timed
	}
	return waiting
}

// knocks reports whether a connection waits to be accepted.
func (t *trial) knocks(s *watched) bool {
	t.mu.Lock()
	made := t.connects[int(s.local.Load())]
	t.mu.Unlock()
	return made > s.accepted.Load()
}

// underWay reports whether bytes of a peer have neither reached the guest nor
// wait where it can get them, or bytes of the guest have not reached the other
// end, or one's end of the stream has not: on some machines loopback takes its
// time.
func (t *trial) underWay(g *guest) bool {
	for _, p := range t.peerList() {
		s := p.other(g)
		if s == nil || !s.stream || s.broken.Load() {
			continue
		}
		if (s.closed.Load() || s.shut.Load()) && expectsMore(p.s) {
			return true
		}
		if s.closed.Load() {
			continue
		}
		if p.ended.Load() && expectsMore(s) {
			return true
		}
		n, err := s.Pending()
		if err == abi.OK && s.received.Load()+int64(n) < p.sentBytes() {
			return true
		}
	}
	for _, s := range g.watch.all() {
		if s.stream && s.peer.Load() != 0 && !s.closed.Load() && !s.broken.Load() && s.Info().Out > 0 && t.lacks(s) {
			return true
		}
	}
	return false
}

// expectsMore reports whether a connection has brought neither bytes that wait
// nor the end of the stream.
func expectsMore(s sock.Socket) bool {
	if !empty(s) {
		return false
	}
	switch s.Info().State {
	case "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2":
		return true
	}
	return false
}

// empty reports whether no bytes wait in a socket.
func empty(s sock.Socket) bool {
	n, err := s.Pending()
	return err == abi.OK && n == 0
}

// lacks reports whether nothing of what a guest has sent waits to be read at
// the other end of the connection. What does not get there because of what
// waits there is not under way.
func (t *trial) lacks(s *watched) bool {
	for _, p := range t.peerList() {
		if p.local == int(s.peer.Load()) && p.port == int(s.local.Load()) {
			return empty(p.s)
		}
	}
	for _, g := range t.guestList() {
		for _, o := range g.watch.all() {
			if o.local.Load() == s.peer.Load() && o.peer.Load() == s.local.Load() && !o.closed.Load() {
				return empty(o)
			}
		}
	}
	return false
}

// settled reports whether every guest has done all it will do before a peer
// moves or time passes.
func (t *trial) settled() bool {
	if t.run.o.Bare {
		return true
	}
	for _, g := range t.guestList() {
		if g.ended() {
			continue
		}
		p := t.posture(g)
		if p == running || p == timed && time.Since(g.activity().Last) < 30*time.Millisecond {
			return false
		}
	}
	return true
}

func (t *trial) brokenGuest() error {
	for _, g := range t.guestList() {
		if g.ended() && g.exit().Why == engine.Broken {
			return fmt.Errorf("%s: %s", g.name, g.exit().Detail)
		}
	}
	return errors.New("a guest broke")
}

// endedFailure words a wait for a guest that is gone.
func (t *trial) endedFailure(w wait, after time.Duration) *failure {
	g := w.guest
	if g == nil {
		for _, g = range t.guestList() {
			if g.ended() {
				break
			}
		}
	}
	f := &failure{why: whyEnded, guest: g, after: after, text: fmt.Sprintf("The program ended while the lab was %s.", w.what)}
	if g == nil {
		return f
	}
	switch e := g.exit(); {
	case t.tookDown(g): // in the moment before the wait would have noticed
		f = t.timeOver(w, g, after)
		f.guest = g
	case e.Limit != "":
		f.why = whyLimit
		f.text = fmt.Sprintf("%s was ended: it passed the limit of %s.", g.name, limitNames[e.Limit])
	case e.Why == engine.Exited:
		f.text = fmt.Sprintf("%s exited with code %d while the lab was %s.", g.name, e.Code, w.what)
	case e.Why == engine.Trapped:
		f.text = fmt.Sprintf("%s crashed while the lab was %s.", g.name, w.what)
	}
	return f
}

var limitNames = map[string]string{
	"wall": "running time", "fuel": "computing time", "memory": "memory", "output": "output",
	"files": "bytes written to files", "connections": "sockets", "traffic": "bytes sent",
}

func (t *trial) stuckText(w wait) string {
	var who []string
	for _, e := range t.hist.Blocked() {
		who = append(who, fmt.Sprintf("%s waits in %s", e.Guest, callText(&e)))
	}
	return fmt.Sprintf("Nobody moves: the lab is %s, and %s.", w.what, strings.Join(who, ", "))
}

func (t *trial) spinText(w wait) string {
	return fmt.Sprintf("While the lab was %s, the program made thousands of calls that moved nothing.", w.what)
}

// callText names a call as in a sentence: recv(fd 5).
func callText(e *trace.Entry) string {
	name := e.Name
	switch {
	case e.Is("recv") && e.Sock != 0:
		name = "recv"
	case e.Is("send") && e.Sock != 0:
		name = "send"
	}
	if e.FD < 0 {
		return name + "()"
	}
	return fmt.Sprintf("%s(fd %d)", name, e.FD)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
