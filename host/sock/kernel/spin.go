package kernel

import (
	"runtime"
	"sync"
	"time"
)

// spinner decides whether to try again for a moment before parking, for a
// receive or a poll. Parking and waking take longer than a peer that answers
// at once: a few microseconds of trying are well spent, as long as they pay
// off. Each try gives the processor away first, if somebody else wants it:
// with only one, that is who answers.
type spinner struct {
	lost int // how often in a row it has not paid off
	skip int // for so many waits it is not tried again
}

const (
	spinTime = 50 * time.Microsecond // what it takes to wake a processor, twice
	lostMost = 7
)

// alone reports whether this process has one processor, and its goroutines
// have to give way to each other. (With more than one that would wake an idle
// thread each time.)
var alone = sync.OnceValue(func() bool { return runtime.NumCPU() == 1 || runtime.GOMAXPROCS(0) == 1 })

// until tries, and reports whether a try returned true.
func (s *spinner) until(try func(uintptr) bool) bool {
	if s.skip > 0 {
		s.skip--
		return false
	}
	start := time.Now()
	for {
		if alone() {
			runtime.Gosched()
		}
		sysYield()
		found := try(0)
		late := time.Since(start) > spinTime // somebody else has had the processor for long
		switch {
		case found && !late:
			s.lost = 0
			return true
		case late:
			s.lost = min(s.lost+1, lostMost)
			s.skip = 1<<s.lost - 1
			return found
		}
	}
}
