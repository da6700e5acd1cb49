package files

import (
	"sync"
	"sync/atomic"
)

// budget is how much of something is left. The zero value has no limit.
type budget struct {
	limited bool
	left    atomic.Int64
	used    atomic.Int64
	hit     func() // tells, once, that it ran out
}

func (b *budget) init(what string, limit int64, onLimit func(string)) {
	b.limited = limit > 0
	b.left.Store(limit)
	b.hit = sync.OnceFunc(func() {
		if onLimit != nil {
			onLimit(what)
		}
	})
}

// take spends n, or what is left if that is less, and returns how much.
func (b *budget) take(n int64) int64 {
	if !b.limited {
		b.used.Add(n)
		return n
	}
	for {
		left := b.left.Load()
		got := min(n, left)
		if b.left.CompareAndSwap(left, left-got) {
			b.used.Add(got)
			return got
		}
	}
}

// give returns n that was taken and not used.
func (b *budget) give(n int64) {
	b.used.Add(-n)
	if b.limited {
		b.left.Add(n)
	}
}
