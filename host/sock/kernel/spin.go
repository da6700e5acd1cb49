package kernel

import (
	"runtime"
	"sync"
)

// spinner decides how often to try again before parking, for a receive or a
// poll. Parking and waking take longer than a peer that answers at once: with
// a second core for it to answer on, a few microseconds of trying are well
// spent, as long as they pay off. With one core nothing can have changed but
// by another goroutine.
type spinner struct {
	waits int
	lost  int // how often in a row it has not paid off
}

const (
	spins    = 20 // a few microseconds
	patience = 8  // losses in a row after which it seldom spins
	seldom   = 32 // waits
)

var spare = sync.OnceValue(func() bool { return runtime.NumCPU() > 1 && runtime.GOMAXPROCS(0) > 1 })

// until tries, and reports whether a try returned true.
func (s *spinner) until(try func(uintptr) bool) bool {
	if !spare() {
		runtime.Gosched() // with a second core it would wake an idle thread each time
		return false      // to park tries once more
	}
	if s.waits++; s.lost >= patience && s.waits%seldom != 0 {
		return false
	}
	for range spins {
		if try(0) {
			s.lost = 0
			return true
		}
	}
	s.lost++
	return false
}
