package meter

import "fmt"

// readCode rewrites the functions' bodies.
func (m *rewriter) readCode(r *reader) {
	n := r.count(2)
	if n != len(m.signatures) {
		r.fail("code for %d functions of %d", n, len(m.signatures))
		return
	}
	m.use(helpRefuel)
	c := &coder{m: m, out: make([]byte, 0, r.left()*3/2)}
	for i := 0; i < n && r.err == nil; i++ {
		size := r.count(1)
		c.r = reader{base: r.base + r.pos, buf: r.bytes(size)}
		if r.err != nil {
			break
		}
		c.index, c.params = m.shift(m.importedFuncs+i), m.params[m.signatures[i]]
		if err := c.function(); err != nil {
			r.err = fmt.Errorf("function %d: %w", m.importedFuncs+i, err)
		}
	}
	m.set(secCode, n, c.out)
}

// coder rewrites one function after another: it reads all of it, noting what is
// to be put in and what is to change, and then writes it.
type coder struct {
	m   *rewriter
	out []byte // the functions so far

	// The function at hand.
	r      reader
	index  uint32 // its own, after the rewrite
	params uint32 // how many it has
	edits  []edit
	runs   []run
	cur    int     // the run that instructions now belong to
	dead   bool    // no way leads here
	frames []frame // the blocks around, the function itself first
	loops  []int   // those of frames that are loops
	bulk   bool    // it has instructions that work on many bytes
}

// edit is a change of the code between two offsets of the function.
type edit struct {
	kind     editKind
	from, to int
	arg      uint32
}

type editKind byte

const (
	putPayment editKind = iota // of run arg, before the code
	putCall                    // of function arg, before the code
	toCall                     // the code gives way to a call of function arg
	toBulk                     // it does so where its last operand is large
	toIndex                    // it is now the index arg
)

func (c *coder) edit(kind editKind, from, to int, arg uint32) {
	c.edits = append(c.edits, edit{kind, from, to, arg})
}

func (c *coder) function() error {
	c.edits, c.runs, c.frames, c.loops = c.edits[:0], c.runs[:0], c.frames[:0], c.loops[:0]
	c.dead, c.bulk = false, false

	groups := c.r.count(2)
	from := c.r.pos
	locals := c.locals(groups)
	code := c.r.pos
	c.cur = c.newRun(-1)
	c.runs[c.cur].checks = true
	c.push(opBlock)
	for len(c.frames) > 0 && c.r.err == nil {
		c.instruction()
	}
	if err := c.r.end(); err != nil {
		return err
	}
	c.merge()

	start := len(c.out)
	c.emit(0, 0, 0, 0, 0) // the size is filled in below
	if c.bulk {
		c.out = appendU32(c.out, uint32(groups+1))
		c.emit(c.r.buf[from:code]...)
		c.emit(1, typeI32)
	} else {
		c.out = appendU32(c.out, uint32(groups))
		c.emit(c.r.buf[from:code]...)
	}
	c.write(code, c.params+locals)
	putPadded(c.out[start:], uint32(len(c.out)-start-padded))
	return nil
}

// locals reads the declarations of n groups of locals, and returns how many
// locals there are.
func (c *coder) locals(n int) uint32 {
	total := uint64(0)
	for i := 0; i < n && c.r.err == nil; i++ {
		total += uint64(c.r.u32())
		if t := c.r.byte(); !isValue(t) {
			c.r.fail("value type %#x is not supported", t)
		}
	}
	if total > maxLocals {
		c.r.fail("%d locals in a function are not supported", total)
	}
	return uint32(total)
}

// write copies the code from an offset on, with the edits. If the function has
// bulk instructions, scratch is the local that was added for them.
func (c *coder) write(from int, scratch uint32) {
	for i := range c.edits {
		e := &c.edits[i]
		c.emit(c.r.buf[from:e.from]...)
		from = e.to
		switch e.kind {
		case putPayment:
			c.pay(&c.runs[e.arg])
		case putCall, toCall:
			c.emitIndex(opCall, e.arg)
		case toIndex:
			c.out = appendU32(c.out, e.arg)
		case toBulk:
			c.emitIndex(opLocalTee, scratch)
			c.emitIndex(opLocalGet, scratch)
			c.emit(i32(bulkFlat)...)
			c.emit(opI32LeU, opIf)
			c.out = appendS64(c.out, int64(c.m.types+typeBulk))
			c.emit(c.r.buf[e.from:e.to]...)
			c.emit(opElse)
			c.emitIndex(opCall, e.arg)
			c.emit(opEnd)
		}
	}
	c.emit(c.r.buf[from:]...)
}

// pay writes the payment of a run. The forms are those that wazero's compiler
// makes the least of: no ways meet behind a check, and what is in registers
// stays there.
func (c *coder) pay(r *run) {
	if r.checks && r.state != merged {
		c.check(r.back, r == &c.runs[0] && c.params <= maxRestart)
	}
	if r.state == paid && r.price > 0 {
		c.emitFuel(opGlobalGet)
		c.out = appendS64(append(c.out, opI64Const), int64(r.price))
		c.emit(opI64Sub)
		c.emitFuel(opGlobalSet)
	}
}

// maxRestart is how many parameters a function may have to be called again.
const maxRestart = 16

// check asks for fuel if there is less than none. It then goes back to the
// loop's header, calls the function again, which has done nothing yet, or goes
// on.
func (c *coder) check(back, restart bool) {
	c.emitFuel(opGlobalGet)
	c.emit(opI64Const, 0, opI64GeS, opIf, typeVoid, opElse)
	c.emitIndex(opCall, c.m.use(helpRefuel))
	switch {
	case back:
		c.emit(opBr, 1)
	case restart:
		for i := range c.params {
			c.emitIndex(opLocalGet, i)
		}
		c.emitIndex(opCall, c.index)
		c.emit(opReturn)
	}
	c.emit(opEnd)
}

func (c *coder) emit(code ...byte) { c.out = append(c.out, code...) }

func (c *coder) emitIndex(op byte, i uint32) { c.out = appendU32(append(c.out, op), i) }

func (c *coder) emitFuel(op byte) { c.emitIndex(op, uint32(c.m.globals)) }
