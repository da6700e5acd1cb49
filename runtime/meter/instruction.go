package meter

// instruction reads one instruction, and notes what is to change about it.
func (c *coder) instruction() {
	r := &c.r
	pos := r.pos
	op := r.byte()
	switch immediates[op] {
	case immNone:
	case immLEB32:
		r.skipLEB(5)
	case immLEB64:
		r.skipLEB(10)
	case imm4:
		r.bytes(4)
	case imm8:
		r.bytes(8)
	case immMemory:
		c.memoryArgument()
	case immOther:
		c.other(op, pos)
		return
	default:
		r.pos = pos
		r.fail("instruction %#x is not supported%s", op, proposal(op))
		return
	}
	c.count(pos, 1)
}

func (c *coder) memoryArgument() {
	if c.r.u32() >= 32 { // a bit of it would announce the number of a memory
		c.r.fail("more than one memory is not supported")
	}
	c.r.skipLEB(5)
}

// other reads an instruction that controls the flow, or names what the
// rewrite has to look at.
func (c *coder) other(op byte, pos int) {
	r := &c.r
	switch op {
	case opNop:
		return
	case opBlock:
		c.blockType()
		c.push(op)
		return
	case opLoop:
		c.loop(c.blockType())
		return
	case opElse:
		c.els()
		return
	case opEnd:
		c.end(pos)
		return
	}
	price := uint32(1)
	if op >= opCall && op <= opReturnCallIndirect {
		price = callPrice
	}
	c.count(pos, price)
	switch op {
	case opIf:
		c.blockType()
		c.runs[c.cur].plain = false
		c.push(op)
		c.onCondition()
	case opBr:
		c.branch(r.u32())
		c.dead = true
	case opBrIf:
		c.branch(r.u32())
		c.onCondition()
	case opBrTable:
		c.brTable()
		c.dead = true
	case opUnreachable, opReturn:
		c.dead = true
	case opRefFunc:
		c.functionIndex()
	case opCall, opCallIndirect, opReturnCall, opReturnCallIndirect:
		c.call(op)
	case opSelectType:
		if r.byte() != 1 || !isValue(r.byte()) {
			r.fail("a select of that type is not supported")
		}
	case opGlobalGet, opGlobalSet:
		r.index(c.m.globals, "global")
	case opMemorySize:
		r.zero("more than one memory")
	case opMemoryGrow:
		r.zero("more than one memory")
		c.edit(toCall, pos, r.pos, c.m.use(helpGrow))
	case opRefNull:
		if t := r.byte(); !isReference(t) {
			r.fail("reference type %#x is not supported", t)
		}
	case opMisc:
		c.misc(pos)
	case opVec:
		c.vector()
	default:
		r.pos = pos
		r.fail("instruction %#x is not supported%s", op, proposal(op))
	}
}

// functionIndex reads the index of a function.
func (c *coder) functionIndex() {
	from := c.r.pos
	i := c.m.shift(c.r.index(c.m.funcs, "function"))
	c.edit(toIndex, from, c.r.pos, i)
}

// call reads a call of any kind.
func (c *coder) call(op byte) {
	r := &c.r
	if op == opCall || op == opReturnCall {
		c.functionIndex()
	} else {
		r.index(c.m.types, "type")
		r.index(c.m.tables, "table")
	}
	c.runs[c.cur].plain = false
	c.dead = c.dead || op == opReturnCall || op == opReturnCallIndirect
}

// blockType reads a type of a block, which is void, one value or the index of
// a function's type as a signed number. It reports whether it may have
// parameters.
func (c *coder) blockType() (params bool) {
	r := &c.r
	b := r.byte()
	if b == typeVoid || isValue(b) || r.err != nil {
		return false
	}
	if b&0xc0 == 0x40 {
		r.fail("block type %#x is not supported", b)
		return false
	}
	i := int(b & 0x7f)
	for shift := 7; b >= 0x80 && shift < 35; shift += 7 {
		b = r.byte()
		i |= int(b&0x7f) << shift
	}
	if b >= 0x40 || i >= c.m.types {
		r.fail("block type %d of %d", i, c.m.types)
		return false
	}
	return c.m.params[i] > 0
}

// misc reads the rest of an instruction with the prefix 0xfc.
func (c *coder) misc(pos int) {
	r := &c.r
	switch sub := r.u32(); sub {
	case 0, 1, 2, 3, 4, 5, 6, 7: // conversions that saturate
	case miscMemoryInit:
		r.skipLEB(5)
		r.zero("more than one memory")
		c.edit(putCall, pos, pos, c.m.use(helpCharge))
	case miscMemoryCopy:
		r.zero("more than one memory")
		r.zero("more than one memory")
		c.large(pos, helpCopy)
	case miscMemoryFill:
		r.zero("more than one memory")
		c.large(pos, helpFill)
	case miscTableInit, miscTableCopy:
		r.skipLEB(5)
		r.skipLEB(5)
		c.edit(putCall, pos, pos, c.m.use(helpCharge))
	case miscTableGrow, miscTableFill:
		r.skipLEB(5)
		c.edit(putCall, pos, pos, c.m.use(helpCharge))
	case miscDataDrop, miscElemDrop, miscTableSize:
		r.skipLEB(5)
	default:
		r.fail("instruction 0xfc %d is not supported", sub)
	}
}

// large pays for an instruction that does little, and has a helper do what is
// more.
func (c *coder) large(pos int, h helper) {
	if !c.dead {
		c.count(pos, bulkPrice)
		c.bulk = true
		c.edit(toBulk, pos, c.r.pos, c.m.use(h))
	}
}

// vector reads the rest of an instruction with the prefix 0xfd. Its number has
// to be in its shortest form: wazero reads one byte of it, and the second byte
// of the higher ones, 1, as a nop.
func (c *coder) vector() {
	r := &c.r
	sub := r.byte()
	switch {
	case sub >= 0x80:
		if r.byte() != 1 {
			r.fail("a vector instruction beyond 255 is not supported")
		}
	case sub <= 11 || sub == 92 || sub == 93: // loads and the store
		c.memoryArgument()
	case sub == vecConst || sub == vecShuffle:
		r.bytes(16)
	case sub >= 21 && sub <= 34: // lanes taken out and put in
		r.byte()
	case sub >= 84 && sub <= 91: // lanes loaded and stored
		c.memoryArgument()
		r.byte()
	}
}

// proposal says, for a message, what an unknown instruction belongs to.
func proposal(op byte) string {
	switch op {
	case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f:
		return " (exceptions)"
	case 0x14, 0x15, 0xd3, 0xd4, 0xd5, 0xd6:
		return " (typed function references)"
	case 0xfb:
		return " (garbage collection)"
	case opAtomic:
		return " (threads)"
	}
	return ""
}
