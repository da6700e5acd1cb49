package meter

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
)

// ErrStopped ends a guest whose Tank was stopped without a reason.
var ErrStopped = errors.New("stopped")

// LimitError ends a guest that has spent all its fuel.
type LimitError struct {
	Limit uint64 // units
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("out of fuel: the limit is %d units", e.Limit)
}

const (
	// ration is the fuel of one refill, in units: a tenth of a millisecond of
	// compiled code, a few milliseconds of interpreted. It bounds how long a
	// guest goes on after Stop.
	ration = 1 << 19

	// yieldEvery is the number of refills after which other goroutines have a
	// turn.
	yieldEvery = 8
)

// Tank holds the fuel of one guest. The guest's goroutine calls Refill and
// Settle; Spent, Stop and Err may be called from any.
type Tank struct {
	limit   uint64
	spent   atomic.Uint64
	given   int64 // what the guest's global was last set to
	refills uint
	stopped atomic.Pointer[error]
	shared  *Tank // whose fuel it is, if not its own
}

// NewTank returns a tank of limit units, or without a limit if that is zero.
func NewTank(limit uint64) *Tank { return &Tank{limit: limit} }

// Share returns a tank for another guest that spends the fuel of t, and ends
// when that is gone. It is stopped on its own.
func (t *Tank) Share() *Tank { return &Tank{shared: t} }

// Refill takes note of the fuel that the guest has left, which may be below
// zero, and returns the fuel it has from now on. An error says that the guest
// must end: the reason given to Stop, or a *LimitError. Refill may let other
// goroutines run, and blocks for nothing else.
func (t *Tank) Refill(left int64) (int64, error) {
	t.Settle(left)
	if t.refills++; t.refills%yieldEvery == 0 {
		runtime.Gosched()
	}
	if err := t.Err(); err != nil {
		return 0, err
	}
	t.given = ration
	all := t
	if t.shared != nil {
		all = t.shared
	}
	if all.limit > 0 {
		spent := all.spent.Load()
		if spent > all.limit {
			all.Stop(&LimitError{all.limit})
			t.Stop(&LimitError{all.limit})
			return 0, t.Err()
		}
		t.given = int64(min(ration, all.limit-spent))
	}
	return t.given, nil
}

// Settle takes note of the fuel left in a guest that has ended, or is in a call
// of the host, so that Spent is exact.
func (t *Tank) Settle(left int64) {
	t.spent.Add(uint64(t.given - left))
	if t.shared != nil {
		t.shared.spent.Add(uint64(t.given - left))
	}
	t.given = left
}

// Spent returns the units spent, without what the guest used since its last
// refill unless Settle was called.
func (t *Tank) Spent() uint64 { return t.spent.Load() }

// Stop makes the guest's next refill, which is at most a few milliseconds of
// its own work away, fail with the reason, or with ErrStopped if it is nil. The
// first reason stays. A guest that waits in a call of the host is not woken.
func (t *Tank) Stop(reason error) {
	if reason == nil {
		reason = ErrStopped
	}
	t.stopped.CompareAndSwap(nil, &reason)
}

// Err returns why the guest is to end, or nil.
func (t *Tank) Err() error {
	if p := t.stopped.Load(); p != nil {
		return *p
	}
	return nil
}
