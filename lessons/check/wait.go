package check

import (
	"errors"
	"fmt"
	"time"
)

// tick is how often a wait looks around. Nothing that a guest does is late
// by it: what a peer waits for wakes it at once.
const tick = 10 * time.Millisecond

// grace is how long everybody must have waited for somebody else, with
// nothing under way, before that is called a deadlock.
const grace = 150 * time.Millisecond

// quietGrace is the same where a deadlock ends the wait well: nothing can
// come any more, and to be mistaken only makes the silence shorter.
const quietGrace = 20 * time.Millisecond

// patience is how long a peer waits where the contract names no time.
const patience = 5 * time.Second

// slack is what is added to a time that the contract names: the machine may
// be busy.
const slack = 1500 * time.Millisecond

// wait is what await waits for.
type wait struct {
	what   string // for people: "waiting for 5 bytes"
	doing  string // for fingerprints: "listen", "bytes", "eof" …
	guest  *guest // whose move it is; nil if any guest's
	peer   *conn
	within time.Duration // what the contract allows, 0 if it names no time
	limit  time.Duration // when to give up; 0: patience, or within and slack
	// quiet is a wait that a deadlock ends well: nothing will come.
	quiet bool
	// endOK is a wait for which the guests' end is no reason to stop at once.
	endOK bool
}

// await calls try until it is done, and gives up when nobody will ever make
// it so. try waits for at most tick itself. The script's turn goes to others
// meanwhile. Its error is a *failure, an *ownFault or the context's.
func (t *trial) await(w wait, try func() (done bool, err error)) error {
	t.mu.Lock()
	t.idle++
	t.mu.Unlock()
	t.turn.Unlock()
	defer func() {
		t.turn.Lock()
		t.mu.Lock()
		t.idle--
		t.mu.Unlock()
	}()

	began := time.Now()
	limit := w.limit
	if limit == 0 {
		if limit = patience; w.within > 0 {
			limit = w.within + slack
		}
		limit = t.scaled(limit)
	}
	look := t.watchdog(w)
	for {
		done, err := try()
		after := time.Since(began)
		if err != nil {
			var f *failure
			if errors.As(err, &f) {
				f.after = after
				t.blame(f, w)
			}
			return err
		}
		if done {
			if w.within > 0 && after > t.scaled(w.within+slack) {
				return t.blame(&failure{why: whyLate, after: after, text: fmt.Sprintf("%s took %d ms; the contract allows %d.", capital(w.what), after.Milliseconds(), w.within.Milliseconds())}, w)
			}
			return nil
		}
		if t.aborted() {
			return errAborted
		}
		if t.ctx.Err() != nil {
			return t.blame(t.timeOver(w, w.guest, after), w)
		}
		switch s, who := look(); {
		case s == stateBroken:
			return &ownFault{t.brokenGuest()}
		case s == stateEnded && !w.endOK:
			if done, err := try(); done || err != nil { // what it did last may count
				return t.blameErr(err, w)
			}
			if w.quiet {
				return nil
			}
			return t.blame(t.endedFailure(w, after), w)
		case s == stateStuck:
			if w.quiet {
				return nil
			}
			return t.blame(&failure{why: whyStuck, after: after, text: t.stuckText(w)}, w)
		case s == stateSpin && !w.quiet:
			return t.blame(&failure{why: whySpin, guest: who, after: after, text: t.spinText(w)}, w)
		}
		if after > limit {
			if w.quiet {
				return nil
			}
			if t.computing(w.guest) {
				if after < t.scaled(8*time.Second) {
					continue // its limit ends it, at the same moment on every machine
				}
				return t.blame(endless(after), w)
			}
			return t.blame(&failure{why: whyTimeout, after: after, text: fmt.Sprintf("Gave up after %d ms of %s.", after.Milliseconds(), w.what)}, w)
		}
	}
}

// timeOver is the failure of a wait during which the time for the whole check
// ran out; g is who was waited for, nil if it was any guest.
func (t *trial) timeOver(w wait, g *guest, after time.Duration) *failure {
	if t.computing(g) {
		return endless(after)
	}
	return &failure{why: whyTimeout, after: after, text: fmt.Sprintf("The time for this check was over while %s.", w.what)}
}

// endless is the failure of a guest that has computed for so long that its
// limits, on a machine as slow as this one, are too far away to wait for.
func endless(after time.Duration) *failure {
	return &failure{why: whyBusy, limit: "wall", after: after, text: "The program was ended: it computed for too long."}
}

// errAborted ends the other functions of a t.together when one has failed.
var errAborted = errors.New("another part of the check has failed")

func (t *trial) aborted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.abort
}

// rest lets time pass. It is over sooner when no guest will do anything more.
func (t *trial) rest(d time.Duration) error {
	began := time.Now()
	return t.await(wait{what: "resting", limit: d, quiet: true}, func() (bool, error) {
		t.nap(min(tick, d), nil)
		return time.Since(began) >= d, nil
	})
}

// settle waits until the guests have done all they will do by themselves: at
// most a second, since a busy guest is no failure.
func (t *trial) settle() error {
	return t.await(wait{what: "waiting for the program to be done", limit: time.Second, quiet: true}, func() (bool, error) {
		if t.settled() {
			return true, nil
		}
		t.nap(time.Millisecond, nil)
		return false, nil
	})
}

// scaled is a time on this machine.
func (t *trial) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * t.run.o.Patience)
}

func (t *trial) blameErr(err error, w wait) error {
	var f *failure
	if errors.As(err, &f) {
		return t.blame(f, w)
	}
	return err
}

// blame fills in whose failure it is.
func (t *trial) blame(f *failure, w wait) error {
	if f.guest == nil {
		f.guest = w.guest
	}
	if f.peer == nil {
		f.peer = w.peer
	}
	if f.doing == "" {
		f.doing = w.doing
	}
	return f
}

// nap waits for d, or until the trial is over; as try in await.
func (t *trial) nap(d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-t.ctx.Done():
	}
}
