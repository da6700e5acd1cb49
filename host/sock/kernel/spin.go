package kernel

import (
	"os"
	"runtime"
	"strconv"
)

// spinner decides whether to try again before parking.
type spinner struct{ left int }

var spins, _ = strconv.Atoi(os.Getenv("SPINS"))
var sched = os.Getenv("SCHED") != ""

func (s *spinner) until(try func(uintptr) bool) bool {
	for range spins {
		if sched {
			runtime.Gosched()
		}
		if try(0) {
			return true
		}
	}
	return false
}
