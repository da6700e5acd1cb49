package kernel

import "runtime"

// spinner decides whether to try again before parking.
type spinner struct{}

func (s *spinner) until(try func(uintptr) bool) bool {
	runtime.Gosched()
	return try(0)
}
