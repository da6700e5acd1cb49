package meter

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// counted rewrites a module the simple way: each instruction that has a price
// adds one to a global, exported as "counted", just before it runs.
func counted(t testing.TB, module []byte) []byte {
	m := &rewriter{helpers: map[helper]uint32{}}
	require.NoError(t, m.read(module))
	count := op(opGlobalGet, appendU32(nil, uint32(m.globals)), opI64Const, 1, opI64Add,
		opGlobalSet, appendU32(nil, uint32(m.globals)))
	m.add(secGlobal, op(typeI64, 1, opI64Const, 0, opEnd))
	m.add(secExport, op(appendName(nil, "counted"), 3, appendU32(nil, uint32(m.globals))))

	out := append([]byte{}, preamble...)
	r := &reader{buf: module, pos: len(preamble)}
	for r.more() {
		id := r.byte()
		body := r.bytes(r.count(1))
		switch id {
		case secCustom:
			continue
		case secCode:
			body = countedCode(m, body, count)
		case secGlobal, secExport:
			b := &reader{buf: body}
			n := b.u32()
			body = op(appendU32(nil, n+1), body[b.pos:], m.sections[id].added)
		}
		if id > secGlobal && m.globals == 0 {
			m.globals = 1
			global := op(1, m.sections[secGlobal].added)
			out = append(appendU32(append(out, secGlobal), uint32(len(global))), global...)
		}
		out = append(appendU32(append(out, id), uint32(len(body))), body...)
	}
	return out
}

func countedCode(m *rewriter, section, count []byte) []byte {
	r := &reader{buf: section}
	n := r.u32()
	out := appendU32(nil, n)
	for range n {
		c := &coder{m: m}
		c.r = reader{buf: r.bytes(r.count(1))}
		c.locals(c.r.count(2))
		body := append([]byte{}, c.r.buf[:c.r.pos]...)
		c.cur = c.newRun(-1)
		c.push(opBlock)
		for len(c.frames) > 0 {
			pos := c.r.pos
			c.instruction()
			switch c.r.buf[pos] {
			case opBlock, opLoop, opElse, opEnd, opNop:
			default:
				body = append(body, count...)
			}
			body = append(body, c.r.buf[pos:c.r.pos]...)
		}
		out = append(appendU32(out, uint32(len(body))), body...)
	}
	return out
}

// program makes functions at random whose flow is wild, but ends.
type program struct {
	rand  *rand.Rand
	funcs int    // that may be called
	depth int    // of statements in statements
	deep  int    // as far as that goes
	open  []byte // the blocks around: opBlock, opLoop or opIf
}

// Locals of a function of program: its parameter, and how many more times it
// may branch back.
const (
	localX = 0
	localN = 1
)

func (p *program) step() []byte {
	switch p.rand.IntN(3) {
	case 0:
		return op(opLocalGet, localX, opI32Const, p.rand.IntN(64), opI32Add, opLocalSet, localX)
	case 1:
		return op(opNop, opLocalGet, localX, opI32Const, 1|p.rand.IntN(64), opI32Mul, opLocalSet, localX)
	default:
		var out []byte
		for range p.rand.IntN(30) {
			out = append(out, op(opLocalGet, localX, opLocalSet, localX)...)
		}
		return out
	}
}

// chance leaves something on the stack that may be true.
func (p *program) chance() []byte {
	return op(opLocalGet, localX, opI32Const, 1<<p.rand.IntN(5), 0x71 /* i32.and */)
}

// target picks a block to branch to, and code that makes the function end soon
// if that leads back.
func (p *program) target() (depth int, guard []byte) {
	depth = p.rand.IntN(len(p.open))
	return depth, op(opLocalGet, localN, opI32Const, 1, opI32Sub, opLocalTee, localN,
		0x45 /* i32.eqz */, opIf, typeVoid, opReturn, opEnd)
}

func (p *program) block(kind int, content []byte) []byte {
	return op(kind, typeVoid, content, opEnd)
}

func (p *program) statements() (out []byte) {
	p.depth++
	defer func() { p.depth-- }()
	for range p.rand.IntN(5) {
		out = append(out, p.statement()...)
	}
	return out
}

func (p *program) within(kind byte) []byte {
	p.open = append(p.open, kind)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	return p.statements()
}

func (p *program) statement() []byte {
	kind := p.rand.IntN(12)
	if p.depth > p.deep {
		kind = 0
	}
	switch kind {
	case 1, 2:
		return p.block(opBlock, p.within(opBlock))
	case 3, 4:
		return p.block(opLoop, p.within(opLoop))
	case 5:
		return op(p.chance(), p.block(opIf, p.within(opIf)))
	case 6:
		return op(p.chance(), p.block(opIf, op(p.within(opIf), opElse, p.within(opIf))))
	case 7, 8:
		depth, guard := p.target()
		return op(guard, p.chance(), opBrIf, depth)
	case 9:
		a, guard := p.target()
		b, _ := p.target()
		c, _ := p.target()
		return op(guard, p.chance(), opBrTable, 2, a, b, c)
	case 10:
		depth, guard := p.target()
		return op(guard, opBr, depth)
	case 11:
		if p.funcs > 0 {
			return op(opLocalGet, localX, opCall, p.rand.IntN(p.funcs))
		}
	}
	return p.step()
}

// randomModule makes a module whose "run" calls a random function: a small one,
// or a larger one that calls others.
func randomModule(seed uint64, large bool) *builder {
	var b builder
	p := &program{rand: rand.New(rand.NewPCG(seed, 1)), deep: 2}
	// Long enough that the call does not pay for any of it.
	begin := op(bytes.Repeat([]byte{opLocalGet, localX, opDrop}, callPrice/2), opI32Const, 20, opLocalSet, localN)
	functions := 1
	if large {
		p.deep, functions = 6, 4
	}
	for range functions {
		p.open = []byte{opBlock}
		b.fn(i32s, none, i32s, begin, p.statements(), p.statements(), p.statements())
		if large {
			p.funcs++
		}
	}
	// The host pays nothing for its call, so that it does not count.
	return b.run(i32s, none, none, opLocalGet, 0, opCall, functions-1)
}

// ranAndPaid runs a module twice, and returns how many instructions it ran and
// how many units it paid.
func ranAndPaid(t *testing.T, h *host, module []byte, arg uint64) (ran, paid uint64) {
	m, err := h.load(counted(t, module))
	require.NoError(t, err)
	defer m.Close(ctx)
	_, err = m.ExportedFunction("run").Call(ctx, arg)
	require.NoError(t, err)
	_, err = h.call(t, module, 0, arg)
	require.NoError(t, err)
	return m.ExportedGlobal("counted").Get(), h.tank.Spent()
}

func TestAGuestNeverRunsMoreThanItHasPaidFor(t *testing.T) {
	h := newHost(t, "interpreter")
	for seed := range uint64(1500) {
		ran, paid := ranAndPaid(t, h, randomModule(seed, false).bytes(), 0x155)
		require.GreaterOrEqual(t, paid-(callPrice-1), ran, "small random program %d", seed)
	}
	var allRan, allPaid uint64
	for seed := range uint64(200) {
		ran, paid := ranAndPaid(t, h, randomModule(seed, true).bytes(), 0x155)
		require.GreaterOrEqual(t, paid, ran, "large random program %d", seed)
		allRan, allPaid = allRan+ran, allPaid+paid
	}
	require.Less(t, allPaid, 2*allRan)
}

func TestPrices(t *testing.T) {
	const step = "\x20\x00\x21\x00" // local.get 0, local.set 0
	call := op(opLocalGet, 0, opCall, 0)
	some := bytes.Repeat([]byte(step), 5)
	many := bytes.Repeat([]byte(step), 20)
	for name, c := range map[string]struct {
		leaf, code any
		paid       uint64
	}{
		"an instruction":                              {code: step, paid: 2},
		"markers":                                     {code: op(opBlock, typeVoid, opNop, step, opEnd), paid: 2},
		"a call, and a short function":                {leaf: op(step, step), code: call, paid: 1 + callPrice},
		"a call, and a longer one":                    {leaf: many, code: call, paid: 1 + callPrice + 40},
		"an arm of an if that is not taken":           {code: op(opI32Const, 0, opIf, typeVoid, step, opEnd), paid: 4},
		"a long arm of an if that is not taken":       {code: op(opI32Const, 0, opIf, typeVoid, many, opEnd), paid: 2},
		"a long arm of an if that is":                 {code: op(opI32Const, 1, opIf, typeVoid, many, opEnd), paid: 42},
		"a loop that runs three times":                {code: op(opI32Const, 3, opLocalSet, 0, opLoop, typeVoid, opLocalGet, 0, opI32Const, 1, opI32Sub, opLocalTee, 0, opBrIf, 0, opEnd, step), paid: 2 + 3*5 + 2},
		"a small copy":                                {code: op(opI32Const, 0, opI32Const, 0, opI32Const, 8, opMisc, miscMemoryCopy, 0, 0), paid: 4 + bulkPrice},
		"a copy of 64 KiB":                            {code: op(opI32Const, 0, opI32Const, 0, i32(1<<16), opMisc, miscMemoryCopy, 0, 0), paid: 4 + bulkPrice + 1<<13},
		"a fill of 64 KiB":                            {code: op(opI32Const, 0, opI32Const, 0, i32(1<<16), opMisc, miscMemoryFill, 0), paid: 4 + bulkPrice + 1<<13},
		"two pages of memory":                         {code: op(opI32Const, 2, opMemoryGrow, 0, opLocalSet, 0), paid: 3 + 2<<13},
		"more memory than there is":                   {code: op(i32(1<<17), opMemoryGrow, 0, opLocalSet, 0), paid: 3},
		"table.fill with five":                        {code: op(opI32Const, 0, opRefNull, typeFnRef, opI32Const, 5, opMisc, miscTableFill, 0), paid: 4 + 5},
		"table.grow by five":                          {code: op(opRefNull, typeFnRef, opI32Const, 5, opMisc, miscTableGrow, 0, opLocalSet, 0), paid: 4 + 5},
		"table.copy of five":                          {code: op(opI32Const, 0, opI32Const, 0, opI32Const, 5, opMisc, miscTableCopy, 0, 0), paid: 4 + 5},
		"memory.init of five":                         {code: op(opI32Const, 0, opI32Const, 0, opI32Const, 5, opMisc, miscMemoryInit, 0, 0), paid: 4 + 5},
		"what comes behind a loop, once":              {code: op(opI32Const, 3, opLocalSet, 0, opBlock, typeVoid, opLoop, typeVoid, opLocalGet, 0, opI32Const, 1, opI32Sub, opLocalTee, 0, 0x45, opBrIf, 1, opBr, 0, opEnd, opEnd, many), paid: 2 + 3*7 + 40},
		"a switch that may leave the function":        {code: op(opI32Const, 5, opBrTable, 1, 0, 0), paid: 2},
		"a short case that is not taken":              {code: op(opBlock, typeVoid, opBlock, typeVoid, opBlock, typeVoid, opI32Const, 2, opBrTable, 2, 0, 1, 2, opEnd, step, opEnd, step, opEnd, step, step), paid: 2 + 4},
		"cases that are empty, one after another":     {code: op(opLoop, typeVoid, opBlock, typeVoid, opBlock, typeVoid, opI32Const, 0, opBrTable, 1, 0, 1, opEnd, opEnd, opEnd), paid: 2},
		"an empty case, behind which code goes on":    {code: op(opLoop, typeVoid, opBlock, typeVoid, opBlock, typeVoid, some, opI32Const, 0, opBrTable, 1, 0, 0, opEnd, opEnd, step, opEnd), paid: 10 + 2 + 2},
		"an empty case at the function's end":         {code: op(opBlock, typeVoid, opLoop, typeVoid, some, opI32Const, 0, opBrTable, 1, 1, 1, opEnd, opEnd), paid: 10 + 2},
		"a case that leaves the function":             {code: op(opLoop, typeVoid, some, opI32Const, 0, opBrTable, 1, 1, 1, opEnd), paid: 10 + 2},
		"an empty case, behind which there is a loop": {code: op(opLoop, typeVoid, opBlock, typeVoid, some, opI32Const, 0, opBrTable, 1, 0, 0, opEnd, opLoop, typeVoid, step, opEnd, opEnd), paid: 10 + 2 + 2},
		"a br_if before a switch": {code: op(opBlock, typeVoid, opLoop, typeVoid, opBlock, typeVoid, some, opBlock, typeVoid, opI32Const, 0, opBrIf, 0, opI32Const, 1, opBrIf, 3, opEnd,
			some, opI32Const, 0, opBrTable, 1, 0, 0, opEnd, opEnd, opEnd), paid: 10 + 2 + 2 + 10 + 2},
		"an if before a switch": {code: op(opBlock, typeVoid, opLoop, typeVoid, opBlock, typeVoid, some, opI32Const, 1, opIf, typeVoid, opBr, 3, opEnd,
			some, opI32Const, 0, opBrTable, 1, 0, 0, opEnd, opEnd, opEnd), paid: 10 + 2 + 1 + 10 + 2},
		"many short arms, of which a few are paid": {code: bytes.Repeat(op(opI32Const, 0, opIf, typeVoid, step, step, step, step, step, step, opEnd), 10), paid: 20 + 4*12},
		"dead code":                               {code: op(opBlock, typeVoid, opBlock, typeVoid, opBr, 1, opEnd, many, opEnd), paid: 1},
		"straight code that has no end, almost":   {code: string(bytes.Repeat([]byte(step), maxPrice)), paid: 2 * maxPrice},
		"a switch whose cases are long and short": {code: op(opI32Const, 5, opLocalSet, 0, opBlock, typeVoid, opBlock, typeVoid, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, bytes.Repeat([]byte(step), 50), opEnd, step), paid: 2 + 2 + 2},
	} {
		t.Run(name, func(t *testing.T) {
			var b builder
			b.memory(1)
			if c.leaf == nil {
				c.leaf = none
			}
			b.fn(i32s, none, none, c.leaf)
			// A call of its own, lest the code is short enough to cost nothing.
			b.fn(none, none, none)
			b.run(i32s, none, none, opCall, 1, c.code)
			b.table(0, 0, 0, 0, 0)
			b.add(secDataCount, nil)
			b.add(secData, op(1, 5, "abcde"))
			h := newHost(t, "compiler")
			_, err := h.call(t, b.bytes(), 0, 0)
			require.NoError(t, err)
			require.Equal(t, callPrice+c.paid, h.tank.Spent())
		})
	}
}
