package kernel

// spinner decides whether to try again before parking.
type spinner struct{ left int }

func (s *spinner) until(try func(uintptr) bool) bool { return false }
