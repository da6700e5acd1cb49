package sock

import (
	"context"
	"time"
)

// WaitClock adds up how long the calls of one guest have waited for somebody
// else. It is the guest's own: one goroutine uses it.
type WaitClock struct{ waited time.Duration }

// Take returns what has added up, and begins again at zero.
func (w *WaitClock) Take() time.Duration {
	d := w.waited
	w.waited = 0
	return d
}

// Add adds a wait. A nil clock takes it and forgets.
func (w *WaitClock) Add(d time.Duration) {
	if w != nil {
		w.waited += d
	}
}

type waitKey struct{}

// WithWaitClock makes the calls that are given the context tell w how long
// they wait.
func WithWaitClock(ctx context.Context, w *WaitClock) context.Context {
	return context.WithValue(ctx, waitKey{}, w)
}

// WaitClockOf is the context's clock, or nil. A Stack asks for it only when
// it is about to wait.
func WaitClockOf(ctx context.Context) *WaitClock {
	w, _ := ctx.Value(waitKey{}).(*WaitClock)
	return w
}
