package meter

// frame is a block, loop or if, or the function.
type frame struct {
	op    byte   // opElse once an if has had its else
	dead  bool   // it stands in dead code
	lives bool   // a way leads to its end
	split bool   // its end begins a run
	loops int    // how many loops are around it, itself included
	run   int    // the run that it stands in
	from  int    // the run that all who come to its end come from, or -1
	owed  uint32 // a price to be paid at its end
}

func (c *coder) push(op byte) {
	if op == opLoop {
		c.loops = append(c.loops, len(c.frames))
	}
	c.frames = append(c.frames, frame{op: op, dead: c.dead, loops: len(c.loops), run: c.cur})
}

// loop enters a loop, whose header checks and pays. Whoever is sure to come
// here next need not check.
func (c *coder) loop(params bool) {
	if c.dead {
		c.push(opLoop)
		return
	}
	price := uint32(0)
	switch r := &c.runs[c.cur]; {
	case r.state == empty:
		price, r.price, r.own, r.checks = r.price, 0, 0, false
	case r.plain:
		r.checks = false
	}
	c.runs[c.cur].plain = false
	c.push(opLoop)
	c.cur = c.newRun(-1)
	r := &c.runs[c.cur]
	r.price, r.own, r.checks, r.back = price, price, true, !params
	c.open(c.r.pos)
}

// arrive notes that a way leads from the given run to the end of f.
func (c *coder) arrive(f *frame, from int) {
	for from >= 0 && c.runs[from].state == empty { // nothing paid there
		r := &c.runs[from]
		if r.price > 0 || r.parent < 0 {
			f.split = true
			f.owed = max(f.owed, r.price)
		}
		from = r.parent
	}
	if f.lives {
		from = c.common(f.from, from)
	}
	f.from, f.lives = from, true
}

// branch notes a branch out of so many blocks, and returns its target.
func (c *coder) branch(depth uint32) *frame {
	if depth >= uint32(len(c.frames)) {
		c.r.fail("branch out of %d blocks of %d", depth, len(c.frames))
		return &c.frames[0]
	}
	f := &c.frames[len(c.frames)-1-int(depth)]
	if c.dead {
		return f
	}
	c.runs[c.cur].plain = false
	if f.op != opLoop {
		from := c.cur
		if f.loops < len(c.loops) {
			// Out of a loop, the code goes on with what was paid before it.
			from = c.frames[c.loops[f.loops]].run
		}
		c.arrive(f, from)
	}
	return f
}

// brTable notes the branches of a br_table. Each target begins a run, so that
// an interpreter's loop pays for the case that it takes. If none is a loop's
// header, they also pay for a small run that ends here.
func (c *coder) brTable() {
	n := c.r.count(1) + 1 // and the default
	r := &c.runs[c.cur]
	moves := !c.dead && r.state == paid && r.plain && r.price <= maxMoved
	from := c.r.pos
	for i := 0; i < n && c.r.err == nil; i++ {
		f := c.branch(c.r.u32())
		f.split = true
		moves = moves && f.op != opLoop && f != &c.frames[0]
	}
	if !moves || c.r.err != nil {
		return
	}
	c.r.pos = from
	for range n {
		f := c.branch(c.r.u32())
		f.owed = max(f.owed, r.price)
	}
	r.state = moved
}

func (c *coder) els() {
	f := &c.frames[len(c.frames)-1]
	if f.op != opIf {
		c.r.fail("else without if")
		return
	}
	f.op = opElse
	if f.dead {
		return
	}
	if !c.dead {
		c.arrive(f, c.cur)
	}
	c.cur, c.dead = f.run, false
	c.onCondition()
}

func (c *coder) end(pos int) {
	f := &c.frames[len(c.frames)-1]
	if f.op == opLoop {
		c.loops = c.loops[:f.loops-1]
	}
	switch {
	case f.dead:
	case f.op == opLoop:
		c.settle(pos)
		c.cur = f.run
	case len(c.frames) == 1:
		c.settle(pos)
	default:
		if !c.dead {
			c.arrive(f, c.cur)
		}
		if f.op == opIf { // no else: the condition leads here too
			c.arrive(f, f.run)
		}
		c.dead = !f.lives
		switch {
		case c.dead:
			c.cur = f.run
		case f.split || f.from < 0:
			c.cur = c.newRun(f.from)
			r := &c.runs[c.cur]
			r.price, r.own, r.keep = f.owed, f.owed, true
		default:
			c.cur = f.from
		}
	}
	c.frames = c.frames[:len(c.frames)-1]
}
