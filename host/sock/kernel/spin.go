package kernel

// spinner decides whether to try again before parking.
type spinner struct{ left int }

func (s *spinner) more() bool { return false }
func (s *spinner) paid()      {}
