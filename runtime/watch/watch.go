// Package watch reports when the content of files changes: once for each
// save, as soon as the save is finished.
//
// Editors save in many ways: in place and in several writes, through a
// temporary file renamed over the old one, by removing and creating, with
// backup and lock files beside. So nothing is concluded from the kinds of
// events that the system sends. An event only says when to look; what changed
// is found by comparing content before and after. Where the system sends no
// events, looking at regular intervals finds the same changes, later.
package watch

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Options say what to watch.
type Options struct {
	// Paths are files and folders, folders with all that is below them. They
	// need not exist yet, may go away, and may come back.
	Paths []string

	// Match, if not nil, picks the files of a folder that count, by absolute
	// path. A file named in Paths always does. What editors leave beside a
	// file for themselves never does, see Ignored.
	Match func(file string) bool

	// Poll asks for looking at intervals, without notification.
	Poll bool
}

// Change is a save, or several close together.
type Change struct {
	Paths []string  // the files that differ: new, removed or with other content; absolute, sorted
	At    time.Time // when the first sign of it was seen
}

// Watcher sends Changes until its context ends or it is closed.
type Watcher struct {
	scope   scope
	system  system
	seed    maphash.Seed
	changes chan Change
	polling atomic.Pointer[string] // why, nil while notified
	cancel  context.CancelFunc
	done    chan struct{}

	// The rest belongs to run's goroutine.
	fs        *fsnotify.Watcher // nil while polling
	sight     sight             // what the last look found
	seen      snapshot          // at the last look
	settled   snapshot          // at the end of the last burst
	delivered snapshot          // when the last Change was taken
	pending   Change            // between the last two, if they differ
}

// timing says how long a Watcher waits.
type timing struct {
	quiet   time.Duration // after the last event, before a save counts as finished
	grace   time.Duration // the same when a file is empty or gone: most likely, the writer is about to fill it
	limit   time.Duration // after the first event, at most: a file may be written to without end
	poll    time.Duration // between looks without notification
	recheck time.Duration // between looks with it, for what no event tells: folders exchanged, events lost
}

var usual = timing{
	quiet:   25 * time.Millisecond,
	grace:   100 * time.Millisecond,
	limit:   500 * time.Millisecond,
	poll:    200 * time.Millisecond,
	recheck: time.Second,
}

// Watch starts to watch. What the files hold when it returns is what the
// first Change is compared with.
//
// # Errors
//
// No path at all, or folders with more files than can be watched (10,000). That the
// system has no notification left is no error: see Polling.
func Watch(ctx context.Context, o Options) (*Watcher, error) {
	return start(ctx, o, system{
		timing: usual,
		open:   fsnotify.NewWatcher,
		add:    (*fsnotify.Watcher).Add,
		mount:  unnotified,
		most:   10_000,
	})
}

func start(ctx context.Context, o Options, s system) (*Watcher, error) {
	w := &Watcher{
		scope:   scope{match: o.Match, most: s.most},
		system:  s,
		seed:    maphash.MakeSeed(),
		changes: make(chan Change),
		done:    make(chan struct{}),
	}
	for _, p := range o.Paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, err
		}
		w.scope.roots = append(w.scope.roots, abs)
	}
	if len(w.scope.roots) == 0 {
		return nil, errors.New("nothing to watch")
	}
	if o.Poll {
		w.poll("as asked")
	} else {
		w.openNotify()
	}
	w.settled = w.scan()
	w.delivered = w.settled
	if w.sight.full {
		w.closeNotify()
		return nil, fmt.Errorf("more than %d files and folders in %s: too many to watch",
			s.most, strings.Join(o.Paths, ", "))
	}
	ctx, w.cancel = context.WithCancel(ctx)
	go w.run(ctx)
	return w, nil
}

// Changes returns the channel that Changes come on. While nobody receives,
// they are joined into one. It is closed when the Watcher ends.
func (w *Watcher) Changes() <-chan Change { return w.changes }

// Polling tells whether the Watcher has to look at intervals because
// notification does not work here, and why, as a sentence. It may become true
// later, when the system runs out of notification.
func (w *Watcher) Polling() (bool, string) {
	if why := w.polling.Load(); why != nil {
		return true, *why
	}
	return false, ""
}

// Close ends the Watcher and waits until it has let go of the system's
// resources. It may be called more than once.
func (w *Watcher) Close() error {
	w.cancel()
	<-w.done
	return nil
}

// burst is a run of events close enough together to be one save.
type burst struct{ first, last time.Time }

func (b *burst) add(now time.Time) {
	if !b.open() {
		b.first = now
	}
	b.last = now
}

func (b burst) open() bool { return !b.first.IsZero() }

// end is when the burst is over if nothing more comes for the duration of wait.
func (b burst) end(wait, limit time.Duration) time.Time {
	quiet, last := b.last.Add(wait), b.first.Add(limit)
	if last.Before(quiet) {
		return last
	}
	return quiet
}

func (w *Watcher) run(ctx context.Context) {
	defer close(w.done)
	defer close(w.changes)
	defer w.closeNotify()

	t := w.system.timing
	tick := time.NewTimer(w.interval())
	due := time.NewTimer(0)
	due.Stop()
	var b burst
	event := func() {
		b.add(time.Now())
		due.Reset(time.Until(b.end(t.quiet, t.limit)))
	}
	for {
		var out chan Change
		if len(w.pending.Paths) > 0 {
			out = w.changes
		}
		events, errs := w.notifications()
		select {
		case <-ctx.Done():
			return
		case out <- w.pending:
			w.delivered, w.pending = w.settled, Change{}
		case e := <-events:
			if w.sight.concerns(e, w.scope.match) {
				event()
			}
		case <-errs: // events were lost
			event()
		case <-tick.C:
			before := w.seen
			if paths, _ := diff(before, w.scan()); len(paths) > 0 {
				event()
			}
			tick.Reset(w.interval())
		case <-due.C:
			if wait := w.judge(b); wait > 0 {
				due.Reset(wait)
			} else {
				b = burst{}
				tick.Reset(w.interval()) // it may have changed with what was found
			}
		}
	}
}

// judge looks at what the burst has brought. It returns how long to wait
// before judging again if somebody may still be writing; otherwise it returns
// 0, with a Change pending if there is one.
func (w *Watcher) judge(b burst) time.Duration {
	t := w.system.timing
	before := w.seen
	now := w.scan()
	// Without events, only two equal looks show that a writer has finished.
	if moved, _ := diff(before, now); w.fs == nil && len(moved) > 0 {
		if left := time.Until(b.first.Add(t.limit)); left > 0 {
			return min(t.quiet, left)
		}
	}
	if _, unfinished := diff(w.settled, now); unfinished {
		if wait := time.Until(b.end(t.grace, t.limit)); wait > 0 {
			return wait
		}
	}
	w.settled = now
	if len(w.pending.Paths) == 0 {
		w.pending.At = b.first
	}
	// None, if all is as it was before anybody took notice.
	w.pending.Paths, _ = diff(w.delivered, now)
	return 0
}

// interval is the time to the next look that no event asks for.
func (w *Watcher) interval() time.Duration {
	if w.fs == nil || w.sight.missing {
		return w.system.poll
	}
	return w.system.recheck
}
