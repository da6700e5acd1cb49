package wasi

import (
	"context"
	"sync"
	"sync/atomic"

	"socklab/host/abi"
)

// interrupt is how a guest is told of Ctrl-C: a call that it makes by the call
// device ends with ECANCELED, which no kernel gives a socket. The guest then
// does what its language does at SIGINT.
type interrupt struct {
	asked atomic.Bool

	mu     sync.Mutex // guards cancel
	cancel context.CancelFunc
	ctx    context.Context // of the calls, until one is interrupted; the guest's own
}

// Interrupt ends the call that the guest is in, or its next one, if that is one
// that can be interrupted. It is false for a guest without devices, which makes
// no such calls.
func (p *Process) Interrupt() bool {
	if !p.cfg.Devices {
		return false
	}
	i := &p.interrupt
	i.asked.Store(true)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cancel != nil {
		i.cancel()
	}
	return true
}

// Interrupted reports whether the guest has not heard of an Interrupt yet.
func (p *Process) Interrupted() bool { return p.interrupt.asked.Load() }

// begin returns the context for a call that can be interrupted; ECANCELED if
// it has been already.
func (i *interrupt) begin(ctx context.Context) (context.Context, abi.Errno) {
	if i.ctx == nil {
		i.mu.Lock()
		i.ctx, i.cancel = context.WithCancel(ctx)
		i.mu.Unlock()
	}
	if i.asked.Load() {
		i.taken()
		return nil, abi.ECANCELED
	}
	return i.ctx, abi.OK
}

// end is what a call ends with.
func (i *interrupt) end(errno abi.Errno) abi.Errno {
	if errno == abi.EINTR && i.asked.Load() {
		i.taken()
		return abi.ECANCELED
	}
	return errno
}

// taken notes that the guest knows.
func (i *interrupt) taken() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cancel()
	i.ctx, i.cancel = nil, nil
	i.asked.Store(false)
}

// close frees what is left.
func (i *interrupt) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cancel != nil {
		i.cancel()
	}
}
