package engine

import (
	"context"
	"slices"
	"sync"
	"time"
)

// idler does work when no instance has run for a moment, one piece at a time,
// so that it takes no processor from what somebody waits for.
type idler struct {
	mu      sync.Mutex
	running int // instances
	queue   []idleWork
	busy    bool
	timer   *time.Timer
	closed  bool
	done    sync.WaitGroup
}

type idleWork struct {
	ctx  context.Context
	work func()
}

// idleAfter is how long nothing may have run before work begins. The checks
// of a lesson follow each other faster than that.
const idleAfter = 300 * time.Millisecond

func newIdler() *idler { return &idler{} }

// add puts work in the queue. It is left out if ctx has ended by its turn,
// which may never come while something runs: so what is left out goes at once.
func (i *idler) add(ctx context.Context, work func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.queue = slices.DeleteFunc(i.queue, func(w idleWork) bool { return w.ctx.Err() != nil })
	i.queue = append(i.queue, idleWork{ctx, work})
	i.schedule()
}

// enter and leave tell of an instance that runs.
func (i *idler) enter() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.running++
	if i.timer != nil {
		i.timer.Stop()
	}
}

func (i *idler) leave() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.running--
	i.schedule()
}

// schedule needs the lock.
func (i *idler) schedule() {
	if i.running > 0 || i.busy || i.closed || len(i.queue) == 0 {
		return
	}
	if i.timer == nil {
		i.timer = time.AfterFunc(idleAfter, i.next)
	} else {
		i.timer.Reset(idleAfter)
	}
}

func (i *idler) next() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.running > 0 || i.busy || i.closed || len(i.queue) == 0 {
		return
	}
	w := i.queue[0]
	i.queue = i.queue[1:]
	if w.ctx.Err() != nil {
		i.schedule()
		return
	}
	i.busy = true
	i.done.Add(1)
	go func() {
		defer i.done.Done()
		w.work()
		i.mu.Lock()
		defer i.mu.Unlock()
		i.busy = false
		i.schedule()
	}()
}

// close drops what waits and waits for what runs.
func (i *idler) close() {
	i.mu.Lock()
	i.closed = true
	i.queue = nil
	i.mu.Unlock()
	i.done.Wait()
}
