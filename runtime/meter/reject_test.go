package meter

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// reach returns a module with one of everything, in which what is added would
// have the index 1 (a global) or 2 (a function, behind the imported one), to be
// spoiled by a test.
func reach() *builder {
	var b builder
	b.typ(none, none) // 0
	b.imported("env", "f", 0, 0)
	b.add(secGlobal, op(typeI64, 1, opI64Const, 0, opEnd))
	b.fn(none, none, none) // function 1, type 1
	return &b
}

func TestAGuestCannotReachWhatIsAdded(t *testing.T) {
	spoil := map[string]struct {
		want string
		f    func(b *builder)
	}{
		"global.get":                   {"global 1 of 1", func(b *builder) { b.fn(none, i64s, none, opGlobalGet, 1) }},
		"global.set":                   {"global 1 of 1", func(b *builder) { b.fn(none, none, none, opI64Const, 9, opGlobalSet, 1) }},
		"global.set in dead code":      {"global 1 of 1", func(b *builder) { b.fn(none, none, none, opReturn, opI64Const, 9, opGlobalSet, 1) }},
		"an export of the global":      {"global 1 of 1", func(b *builder) { b.export("g", 3, 1) }},
		"a global that starts with it": {"global 2 of 2", func(b *builder) { b.add(secGlobal, op(typeI64, 0, opGlobalGet, 2, opEnd)) }},
		"data at it":                   {"global 1 of 1", func(b *builder) { b.memory(1); b.add(secData, op(0, opGlobalGet, 1, opEnd, 0)) }},
		"elements at it":               {"global 1 of 1", func(b *builder) { b.table(); b.add(secElement, op(0, opGlobalGet, 1, opEnd, 0)) }},
		"a call of the function":       {"function 3 of 3", func(b *builder) { b.fn(none, none, none, opCall, 3) }},
		"a tail call of it":            {"function 3 of 3", func(b *builder) { b.fn(none, none, none, opReturnCall, 3) }},
		"ref.func of it":               {"function 3 of 3", func(b *builder) { b.fn(none, none, none, opRefFunc, 3, opDrop) }},
		"an export of it":              {"function 2 of 2", func(b *builder) { b.export("f", 0, 2) }},
		"a start with it":              {"function 2 of 2", func(b *builder) { b.content[secStart] = op(2) }},
		"it as an element":             {"function 2 of 2", func(b *builder) { b.table(2) }},
		"it in an element expression":  {"function 2 of 2", func(b *builder) { b.add(secElement, op(5, typeFnRef, 1, opRefFunc, 2, opEnd)) }},
		"a type for a function":        {"type 2 of 2", func(b *builder) { b.add(secFunction, op(2)); b.add(secCode, op(2, 0, opEnd)) }},
		"a type for an import":         {"type 2 of 2", func(b *builder) { b.imported("env", "g", 0, 2) }},
		"a type for a block":           {"block type 4 of 3", func(b *builder) { b.fn(none, none, none, opI64Const, 0, opBlock, 4, opEnd, opDrop) }},
		"a type for a call":            {"type 3 of 3", func(b *builder) { b.fn(none, none, none, opI32Const, 0, opCallIndirect, 3, 0); b.table(1) }},
		"a type for a tail call":       {"type 3 of 3", func(b *builder) { b.fn(none, none, none, opI32Const, 0, opReturnCallIndirect, 3, 0); b.table(1) }},
		"the import":                   {"reserved", func(b *builder) { b.imported(ImportModule, ImportRefill, 0, 0) }},
		"another import from there":    {"reserved", func(b *builder) { b.imported(ImportModule, "x", 0, 0) }},
		"the export":                   {"reserved", func(b *builder) { b.export(ExportFuel, 0, 1) }},

		// Ways to have code read differently than it was read here.
		"a vector instruction in a longer form": {"beyond 255", func(b *builder) { b.fn(none, none, none, opVec, 0x8c, 0x00, bytes.Repeat([]byte{1}, 16)) }},
		"a block type in a longer form":         {"block type", func(b *builder) { b.fn(none, none, none, opBlock, 0xc0, 0x7f, opEnd) }},
	}
	_, err := Rewrite(reach().bytes())
	require.NoError(t, err)
	for name, c := range spoil {
		b := reach()
		c.f(b)
		_, err := Rewrite(b.bytes())
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestMalformedAndUnsupportedModulesAreErrors(t *testing.T) {
	with := func(f func(b *builder)) []byte {
		b := reach()
		f(b)
		return b.bytes()
	}
	code := func(c ...any) []byte { return with(func(b *builder) { b.fn(none, none, none, c...) }) }
	section := func(id int, content ...any) []byte {
		c := op(content...)
		return op(preamble, id, appendU32(nil, uint32(len(c))), c)
	}
	for want, module := range map[string][]byte{
		"not a WebAssembly module":          []byte("#!/bin/sh"),
		"only core modules":                 []byte("\x00asm\x0d\x00\x01\x00"),
		"section 3 is out of order":         op(section(4, 0), secFunction, 1, 0),
		"section 1 is out of order":         op(section(1, 0), secType, 1, 0),
		"section 13 is out of order or not": section(13, 1, 0, 0),
		"a vector of 2097151 elements":      section(1, 0xff, 0xff, 0x7f),
		"4294967295 elements in 0 bytes":    section(1, 0xff, 0xff, 0xff, 0xff, 0x0f),
		"longer than 32 bits":               section(1, 0xff, 0xff, 0xff, 0xff, 0x1f),
		"1 bytes too many":                  section(1, 0, 0),
		"not a function's":                  section(1, 1, 0x5f, 0, 0),
		"not UTF-8":                         section(0, 1, 0xff),
		"name section: at offset":           section(0, 4, "name", namesFunctions, 5, 1),
		"a second name section":             op(section(0, 4, "name"), 0, 5, 4, "name"),
		"1 functions are declared and 0":    op(section(1, 1, 0x60, 0, 0), secFunction, 2, 1, 0),
		"code for 1 functions of 0":         section(10, 1, 2, 0, opEnd),
		"unexpected end":                    code(opI32Const, 0x80),
		"branch out of 1 blocks of 1":       code(opBr, 1),
		"else without if":                   code(opElse),
		"bytes too many":                    code(opEnd),
		"instruction 0xfe is not":           code(opAtomic, 0, 2, 0),
		"(threads)":                         code(opAtomic, 0, 2, 0),
		"(exceptions)":                      code(0x1f, typeVoid, 0),
		"(garbage collection)":              code(0xfb, 0),
		"(typed function references)":       code(0x14, 0),
		"instruction 0x27":                  code(0x27),
		"instruction 0xfc 18":               code(opMisc, 18),
		"vector instruction beyond 255":     code(opVec, 0x80, 0x02),
		"block type 0x63":                   code(opBlock, 0x63, 0x70, opEnd),
		"a select of that type":             code(opSelectType, 2, typeI32, typeI32),
		"reference type 0x0":                code(opRefNull, 0),
		"more than one memory":              code(opMemorySize, 1),
		"more than one memory is":           code(0x28, 0x40, 0, 0),
		"value type 0x63":                   with(func(b *builder) { b.typ("\x63", none) }),
		"50001 locals": with(func(b *builder) {
			b.add(secFunction, op(0))
			b.add(secCode, op(6, 1, 0xd1, 0x86, 0x03, typeI32, opEnd))
		}),
		"4294967295 locals": with(func(b *builder) {
			b.add(secFunction, op(0))
			b.add(secCode, op(8, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, typeI32, opEnd))
		}),
		"tables of more than 1048576":         with(func(b *builder) { b.add(secTable, op(typeFnRef, 0, appendU32(nil, maxTableEntries+1))) }),
		"at least 2 and at most 1":            with(func(b *builder) { b.add(secTable, op(typeFnRef, 1, 2, 1)) }),
		"a table of type 0x40":                with(func(b *builder) { b.add(secTable, op(0x40, 0, typeFnRef, 0, 1, opRefNull, typeFnRef, opEnd)) }),
		"a table that is shared":              with(func(b *builder) { b.add(secTable, op(typeFnRef, 2, 1)) }),
		"a memory that is shared":             with(func(b *builder) { b.add(secMemory, op(3, 1, 1)) }),
		"more than one memory is not support": with(func(b *builder) { b.add(secMemory, op(0, 1)); b.add(secMemory, op(0, 1)) }),
		"either constant or mutable":          with(func(b *builder) { b.add(secGlobal, op(typeI32, 2, opI32Const, 0, opEnd)) }),
		"instruction 0x1 in a constant":       with(func(b *builder) { b.add(secGlobal, op(typeI32, 0, opNop, opEnd)) }),
		"value type 0x40":                     with(func(b *builder) { b.add(secGlobal, op(0x40, 0, opI32Const, 0, opEnd)) }),
		"vector instruction 0xd in":           with(func(b *builder) { b.add(secGlobal, op(0x7b, 0, opVec, 13, bytes.Repeat([]byte{0}, 16), opEnd)) }),
		"reference type 0x71":                 with(func(b *builder) { b.add(secGlobal, op(typeFnRef, 0, opRefNull, 0x71, opEnd)) }),
		"elements of type 0x0":                with(func(b *builder) { b.add(secElement, op(5, 0, 0)) }),
		"elements of type 0x70":               with(func(b *builder) { b.add(secElement, op(1, typeFnRef, 0)) }),
		"a table of type 0x7f":                with(func(b *builder) { b.imported("a", "b", 1, typeI32, 0, 0) }),
		"more than one memory is not suppor":  with(func(b *builder) { b.imported("a", "b", 2, 0, 1); b.memory(1) }),
		"value type 0x62":                     with(func(b *builder) { b.imported("a", "b", 3, 0x62, 0) }),
		"global 3 of 3": with(func(b *builder) {
			b.imported("a", "b", 3, typeI64, 0)
			b.add(secGlobal, op(typeI64, 0, opGlobalGet, 3, opEnd))
		}),
		"table 2 of 2": with(func(b *builder) {
			b.imported("a", "b", 1, typeFnRef, 0, 0)
			b.table()
			b.add(secElement, op(2, 2, opI32Const, 0, opEnd, 0, 0))
		}),
		"import kind 4":          with(func(b *builder) { b.imported("a", "b", 4, 0, 0) }),
		"export kind 4":          with(func(b *builder) { b.export("a", 4, 0) }),
		"element segment kind 8": with(func(b *builder) { b.add(secElement, op(8, 0, 0)) }),
		"elements of type 0x1":   with(func(b *builder) { b.add(secElement, op(1, 1, 0)) }),
		"data segment kind 3":    with(func(b *builder) { b.add(secData, op(3, 0)) }),
	} {
		_, err := Rewrite(module)
		require.ErrorContains(t, err, want)
	}
}

func TestEveryBeginningOfAModuleIsAnError(t *testing.T) {
	whole := everything().bytes()
	_, err := Rewrite(whole)
	require.NoError(t, err)
	ends := 0 // of sections, where it may be a module of its own
	for n := range whole {
		if _, err := Rewrite(whole[:n]); err == nil {
			ends++
		}
	}
	require.Less(t, ends, 12)
}

func TestTheModuleGivenIsNotChanged(t *testing.T) {
	module := everything().bytes()
	before := bytes.Clone(module)
	_, err := Rewrite(module)
	require.NoError(t, err)
	require.Equal(t, before, module)
}

func TestTablesCannotGrowBeyondTheLimit(t *testing.T) {
	h := newHost(t, "compiler")
	var b builder
	b.table()
	b.run(i32s, i32s, none, opRefNull, typeFnRef, opLocalGet, 0, opMisc, miscTableGrow, 0)
	got, err := h.call(t, b.bytes(), 0, maxTableEntries)
	require.NoError(t, err)
	require.Zero(t, got[0])
	got, err = h.call(t, b.bytes(), 0, maxTableEntries+1)
	require.NoError(t, err)
	require.EqualValues(t, -1, int32(got[0]))
}

func TestTheSearchForACommonRunIsBounded(t *testing.T) {
	var c coder
	for i := -1; i < 10*maxDepth; i++ {
		n := c.newRun(i)
		r := c.runs[n]
		require.LessOrEqual(t, r.depth, maxDepth)
		require.Equal(t, r.depth == 0, r.parent == -1)
	}
	for i := range c.runs { // a run on condition has a parent, if it is one
		c.cur = i
		if c.onCondition(); c.cur != i {
			require.Equal(t, i, c.runs[c.cur].parent)
		}
	}
}

func TestTablesShareTheLimit(t *testing.T) {
	const all, half = maxTableEntries, maxTableEntries / 2
	table := func(min int, max ...int) []byte {
		limits := appendU32(op(typeFnRef, len(max)), uint32(min))
		for _, m := range max {
			limits = appendU32(limits, uint32(m))
		}
		return limits
	}
	for name, c := range map[string]struct{ tables, want [][]byte }{
		"one":                       {[][]byte{table(1)}, [][]byte{table(1, all)}},
		"one that asks for less":    {[][]byte{table(1, 9)}, [][]byte{table(1, 9)}},
		"one that asks for more":    {[][]byte{table(1, all+1)}, [][]byte{table(1, all)}},
		"two":                       {[][]byte{table(0), table(0)}, [][]byte{table(0, half), table(0, half)}},
		"one leaves much":           {[][]byte{table(0, 2), table(0)}, [][]byte{table(0, 2), table(0, all-2)}},
		"one is large":              {[][]byte{table(half + 2), table(0)}, [][]byte{table(half+2, half+2), table(0, half-2)}},
		"they are all there may be": {[][]byte{table(half), table(half)}, [][]byte{table(half, half), table(half, half)}},
		"they are too many":         {[][]byte{table(half + 1), table(half)}, nil},
	} {
		var given, want builder
		for _, x := range c.tables {
			given.add(secTable, x)
		}
		got, err := Rewrite(given.bytes())
		if c.want == nil {
			require.ErrorContains(t, err, "tables of more than", name)
			continue
		}
		require.NoError(t, err, name)
		for _, x := range c.want {
			want.add(secTable, x)
		}
		require.Contains(t, string(got), string(want.bytes()[len(preamble):]), name)
	}
}

// What little code asks for the most must not be much larger either.
func TestTheResultIsOfASizeWithTheModule(t *testing.T) {
	var parameters, loops, copies builder
	parameters.add(secGlobal, op(typeI32, 0, opI32Const, 0, opEnd))
	parameters.add(secType, op(0x60, appendU32(nil, 1000), bytes.Repeat([]byte(i32s), 1000), 0))
	for range 100 {
		parameters.add(secFunction, op(0))
		parameters.add(secCode, op(2+2*callPrice, 0, bytes.Repeat([]byte{opGlobalGet, 0}, callPrice), opEnd))
	}
	loops.fn(none, none, none, bytes.Repeat([]byte{opLoop, typeVoid, opEnd}, 10_000))
	copies.memory(1)
	copies.fn(none, none, none, bytes.Repeat(op(opI32Const, 0, opI32Const, 0, opI32Const, 0, opMisc, miscMemoryFill, 0), 10_000))
	for _, b := range []*builder{&parameters, &loops, &copies} {
		module := b.bytes()
		metered, err := Rewrite(module)
		require.NoError(t, err)
		require.Less(t, len(metered), 10*len(module))
	}
}
