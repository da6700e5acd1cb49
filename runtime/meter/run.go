package meter

// run is a piece of code that is paid for at once, where it starts. It need not
// be in one piece: behind a loop, or where ways meet again, the run goes on
// that all of them come from. What makes it right is that every way to one of
// its instructions comes by its payment, and that it runs once for that.
type run struct {
	parent int    // the run that every way to this one comes from, or -1
	depth  int    // how many parents that makes
	own    uint32 // the price of its own instructions
	price  uint32 // that, and the price of the runs merged with it
	state  state
	keep   bool // may not be merged
	checks bool // sees to it that there is fuel before it pays
	back   bool // and goes back to the loop's header then
	plain  bool // so far without branches and calls: who entered it came to its end
}

type state byte

const (
	empty  state = iota // without instructions so far
	paid                // where its first instruction is
	moved               // others pay, though it may check
	merged              // its parent pays
)

const (
	// minRun is the price from which code that is run on condition is a run of
	// its own. It is where the error becomes small (Python and Go pay up to a
	// tenth more than they run); the time it takes hardly depends on it.
	minRun = 16

	maxPrice = 1 << 16 // from this price on, straight code goes on in another run
	maxMoved = 32      // up to this price, the runs behind a br_table may pay
	maxDepth = 32      // of parents, which bounds the search for a common one
)

// newRun adds a run that starts with the next instruction.
func (c *coder) newRun(parent int) int {
	r := run{parent: parent, plain: true}
	if parent >= 0 {
		if r.depth = c.runs[parent].depth + 1; r.depth > maxDepth {
			r.parent, r.depth = -1, 0
		}
	}
	c.runs = append(c.runs, r)
	return len(c.runs) - 1
}

// onCondition goes on with code that not everyone in the current run comes to.
func (c *coder) onCondition() {
	if !c.dead && c.runs[c.cur].depth < maxDepth {
		c.cur = c.newRun(c.cur)
	}
}

// count adds the price of an instruction, which begins at an offset of the
// function, to the current run.
func (c *coder) count(pos int, price uint32) {
	if c.dead {
		return
	}
	r := &c.runs[c.cur]
	if full := r.own >= maxPrice; full || r.state == moved {
		c.cur = c.newRun(c.cur)
		r = &c.runs[c.cur]
		r.checks, r.keep = full, true
	}
	c.open(pos)
	r.own += price
	r.price += price
}

// open notes the payment of the current run, unless that is done.
func (c *coder) open(pos int) {
	if r := &c.runs[c.cur]; r.state == empty {
		r.state = paid
		c.edit(putPayment, pos, pos, uint32(c.cur))
	}
}

// settle opens the current run if it has a price but no instruction yet, before
// the code leaves it.
func (c *coder) settle(pos int) {
	if !c.dead && c.runs[c.cur].price > 0 {
		c.open(pos)
	}
}

// common returns the run that the ways to both runs come from, or -1.
func (c *coder) common(a, b int) int {
	for a != b && a >= 0 && b >= 0 {
		if c.runs[a].depth >= c.runs[b].depth {
			a = c.runs[a].parent
		} else {
			b = c.runs[b].parent
		}
	}
	if a != b {
		return -1
	}
	return a
}

// merge has parents pay for runs that are not worth a payment, as long as that
// about doubles, at most, what the parent pays.
func (c *coder) merge() {
	payments := 0
	for i := len(c.runs) - 1; i >= 0; i-- {
		r := &c.runs[i]
		if r.state == paid && !r.keep && r.parent >= 0 && r.price < minRun {
			p := &c.runs[r.parent]
			if p.state == paid && p.price+r.price <= 2*p.own+minRun {
				p.price += r.price
				r.state = merged
			}
		}
		if r.state == paid {
			payments++
		}
	}
	if r := &c.runs[0]; r.state == paid && r.price < callPrice {
		r.state = moved // whoever calls the function has paid
		if payments == 1 {
			r.checks = false
		}
	}
}
