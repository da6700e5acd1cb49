package meter

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

// FuzzRewrite holds Rewrite against wazero: what it makes of a valid module is
// valid and ends within its limit, and it makes nothing valid of an invalid
// one.
func FuzzRewrite(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(preamble)
	f.Add(reach().bytes())
	f.Add(everything().bytes())
	for _, build := range endless {
		var b builder
		build(&b)
		f.Add(b.bytes())
	}
	for seed := range uint64(20) {
		f.Add(randomModule(seed, true).bytes())
	}
	f.Fuzz(func(t *testing.T, module []byte) {
		metered, err := Rewrite(module)
		if err != nil {
			return // and wazero does not get to see it: a few bytes can have it take all memory
		}
		hold(t, module, metered)
	})
}

// hold fails the test if a module and what Rewrite made of it differ in what
// they ought not to.
func hold(t *testing.T, module, metered []byte) {
	// A hang is a failure too, which the fuzzer would not see.
	defer time.AfterFunc(20*time.Second, func() { panic("hangs") }).Stop()
	h := newHost(t, "interpreter")
	_, before := h.CompileModule(ctx, module)
	compiled, after := h.CompileModule(ctx, metered)
	if before != nil && strings.Contains(before.Error(), "failed to read custom section") {
		return // an empty one at the end, which is valid, and dropped
	}
	require.Equal(t, before == nil, after == nil, "before: %v\nafter: %v", before, after)
	if after != nil {
		return
	}
	h.tank = NewTank(10_000)
	m, err := h.InstantiateModule(ctx, compiled, wazero.NewModuleConfig())
	if err != nil {
		return
	}
	for name, definition := range m.ExportedFunctionDefinitions() {
		m.ExportedFunction(name).Call(ctx, make([]uint64, len(definition.ParamTypes()))...)
	}
}

// FuzzCode does the same with the code of one function, and demands that code
// which is valid is taken, unless the error says what is not supported.
func FuzzCode(f *testing.F) {
	for _, build := range endless {
		var b builder
		build(&b)
		f.Add(instructions(b.content[secCode]))
	}
	f.Add(instructions(everything().content[secCode]))
	for seed := range uint64(20) {
		f.Add(instructions(randomModule(seed, false).content[secCode]))
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		var b builder
		b.typ(none, none)
		b.memory(1)
		b.add(secGlobal, op(typeI64, 1, opI64Const, 0, opEnd))
		b.fn(none, none, none)
		b.table(0)
		b.add(secDataCount, nil)
		b.add(secData, op(1, 2, "ab"))
		b.run(i32s, none, i32s+i64s, code)
		module := b.bytes()
		metered, err := Rewrite(module)
		switch {
		case err == nil:
			hold(t, module, metered)
			neverMoreThanPaid(t, module)
		case !strings.Contains(err.Error(), "not supported"):
			_, valid := newHost(t, "interpreter").CompileModule(ctx, module)
			require.Error(t, valid, "refused, though it is valid: %v", err)
		}
	})
}

func neverMoreThanPaid(t *testing.T, module []byte) {
	h := newHost(t, "interpreter")
	if _, err := h.CompileModule(ctx, module); err != nil {
		return
	}
	_, err := h.call(t, module, 10_000, 3)
	var over *LimitError
	if errors.As(err, &over) || h.tank.Spent() > 10_000 {
		return // it may have no end
	}
	m, err := h.load(counted(t, module))
	require.NoError(t, err)
	m.ExportedFunction("run").Call(ctx, 3)
	// A short function costs the host nothing to call.
	require.LessOrEqual(t, m.ExportedGlobal("counted").Get(), h.tank.Spent()+callPrice-1)
}

// instructions returns those of the longest function in a code section.
func instructions(section []byte) (longest []byte) {
	r := &reader{buf: section}
	for r.more() {
		c := &coder{}
		c.r = reader{buf: r.bytes(r.count(1))}
		c.locals(c.r.count(2))
		if c.r.err == nil && c.r.left() > len(longest) {
			longest = c.r.buf[c.r.pos : len(c.r.buf)-1]
		}
	}
	return longest
}
