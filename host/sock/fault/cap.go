package fault

// Cap limits how many bytes one receive of a stream returns. A peek sees what
// the next receive will return.
type Cap struct{ Sizes Sizes }

// String is the text form: cap=3, cap=1-9, cap=3,5.
func (r Cap) String() string { return "cap=" + r.Sizes.String() }

// Licence says why.
func (Cap) Licence() string {
	return "recv returns what is there, and may return less than was asked for"
}

func (r Cap) check() error { return r.Sizes.check() }

func (r Cap) attach(s *socket) effect {
	if !s.stream {
		return nil
	}
	return &capped{idle: idle{r, s}, op: opRecv, sizes: r.Sizes, next: r.Sizes.at(0, s.rng)}
}

// capped cuts down the calls of one direction.
type capped struct {
	idle
	op    op
	sizes Sizes
	step  int
	next  int
}

func (e *capped) limit(c *call, n int) int {
	if c.op != e.op {
		return n
	}
	return min(n, e.next)
}

func (e *capped) after(c *call) {
	if c.op == e.op {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		e.step++
		e.next = e.sizes.at(e.step, c.s.rng)
	}
}

// SendCap limits how many bytes one send on a stream accepts.
type SendCap struct{ Sizes Sizes }

// String is the text form: scap=3, scap=1-700.
func (r SendCap) String() string { return "scap=" + r.Sizes.String() }

// Licence says why.
func (SendCap) Licence() string {
	return "send takes what fits into the kernel's buffer, and may take less than was given"
}

func (r SendCap) check() error { return r.Sizes.check() }

func (r SendCap) attach(s *socket) effect {
	if !s.stream {
		return nil
	}
	return &capped{idle: idle{r, s}, op: opSend, sizes: r.Sizes, next: r.Sizes.at(0, s.rng)}
}
