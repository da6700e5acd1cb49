package meter

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// endless are guests that never end by themselves.
var endless = map[string]func(b *builder){
	"an empty loop": func(b *builder) {
		b.run(none, none, none, opLoop, typeVoid, opBr, 0, opEnd)
	},
	"a loop that branches on condition": func(b *builder) {
		b.run(none, none, none, opLoop, typeVoid, opI32Const, 1, opBrIf, 0, opEnd)
	},
	"a loop within blocks": func(b *builder) {
		b.run(none, none, none, opLoop, typeVoid, opBlock, typeVoid, opBlock, typeVoid,
			opI32Const, 1, opIf, typeVoid, opBr, 3, opElse, opNop, opEnd, opEnd, opEnd, opEnd)
	},
	"a loop within a loop that ends": func(b *builder) {
		b.run(none, none, none, opLoop, typeVoid, opLoop, typeVoid, opEnd, opBr, 0, opEnd)
	},
	"a loop around a block that is left": func(b *builder) {
		b.run(none, none, none, opLoop, typeVoid, opBlock, typeVoid,
			opLoop, typeVoid, opBr, 1, opEnd, opEnd, opBr, 0, opEnd)
	},
	"a loop by br_table": func(b *builder) {
		b.run(none, none, none, opLoop, typeVoid, opI32Const, 7, opBrTable, 1, 0, 0, opEnd)
	},
	"a dispatcher, as Go makes it": func(b *builder) {
		b.run(none, none, i32s, opLoop, typeVoid, opBlock, typeVoid, opBlock, typeVoid,
			opLocalGet, 0, opBrTable, 1, 0, 1, opEnd,
			opI32Const, 1, opLocalSet, 0, opBr, 1, opEnd,
			opI32Const, 0, opLocalSet, 0, opBr, 0, opEnd)
	},
	"a dispatcher whose cases are empty": func(b *builder) {
		b.run(none, none, i32s, opLoop, typeVoid, opBlock, typeVoid, opBlock, typeVoid,
			opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, opEnd, opBr, 0, opEnd)
	},
	"a loop with a parameter": func(b *builder) {
		t := b.typ(i32s, i32s)
		b.run(none, i32s, none, opI32Const, 5, opLoop, t, opBr, 0, opEnd)
	},
	"recursion like a tree": func(b *builder) {
		b.run(i32s, none, none, opLocalGet, 0, opI32Const, 60, opI32Ne, opIf, typeVoid,
			opLocalGet, 0, opI32Const, 1, opI32Add, opCall, 0,
			opLocalGet, 0, opI32Const, 1, opI32Add, opCall, 0, opEnd)
	},
	"recursion like a tree through a table": func(b *builder) {
		t := b.typ(i32s, none)
		again := op(opLocalGet, 0, opI32Const, 1, opI32Add, opI32Const, 0, opCallIndirect, t, 0)
		b.run(i32s, none, none, opLocalGet, 0, opI32Const, 60, opI32Ne, opIf, typeVoid, again, again, opEnd)
		b.table(0)
	},
	"functions that only call each other": func(b *builder) {
		// Sixty functions, each of which calls the next one twice.
		for i := range 60 {
			b.fn(none, none, none, opCall, i+1, opCall, i+1)
		}
		b.fn(none, none, none, opNop)
		b.export("run", 0, 0)
	},
	"a tail call": func(b *builder) {
		b.run(none, none, none, opReturnCall, 0)
	},
	"a tail call through a table": func(b *builder) {
		t := b.typ(none, none)
		b.run(none, none, none, opI32Const, 0, opReturnCallIndirect, t, 0)
		b.table(0)
	},
	"a case that calls again, like a tree": func(b *builder) {
		again := op(opLocalGet, 0, opI32Const, 1, opI32Add, opCall, 0)
		b.run(i32s, none, none, opBlock, typeVoid, opBlock, typeVoid,
			opLocalGet, 0, opI32Const, 60, opI32Ne, opBrTable, 1, 0, 1, opEnd, opReturn, opEnd,
			again, again)
	},
	"the start function": func(b *builder) {
		b.run(none, none, none, opNop)
		b.content[secStart] = op(b.fn(none, none, none, opLoop, typeVoid, opBr, 0, opEnd))
	},
	"memory.fill after memory.fill": func(b *builder) {
		b.memory(1024)
		n := appendS64([]byte{opI32Const}, 1024<<16)
		b.run(none, none, none, opLoop, typeVoid, opI32Const, 0, opI32Const, 1, n,
			opMisc, miscMemoryFill, 0, opBr, 0, opEnd)
	},
	"memory.grow that fails": func(b *builder) {
		b.memory(1)
		b.run(none, none, none, opLoop, typeVoid, opI32Const, 0x7f, opMemoryGrow, 0, opBrIf, 0, opEnd)
	},
}

// within fails the test, rather than let it hang, if nothing comes from c.
func within[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(30 * time.Second):
		t.Fatal("still waiting for " + what)
		panic("unreachable")
	}
}

// start runs an endless guest until it has asked for fuel.
func start(t *testing.T, h *host, build func(*builder)) (ended chan error) {
	t.Helper()
	var b builder
	build(&b)
	ended = make(chan error, 1)
	go func() {
		_, err := h.call(t, b.bytes(), 0, 0)
		ended <- err
	}()
	select {
	case <-h.started:
	case err := <-ended:
		t.Fatal("the guest ended by itself: ", err)
	}
	return ended
}

func TestAnEndlessGuestEndsWhenStopped(t *testing.T) {
	reason := errors.New("the student pressed the key")
	for name, build := range endless {
		for engine := range engines {
			t.Run(name+" in the "+engine, func(t *testing.T) {
				h := newHost(t, engine)
				ended := start(t, h, build)
				h.tank.Stop(reason)
				require.ErrorIs(t, within(t, "the guest to end", ended), reason)
			})
		}
	}
}

func TestAGuestEndsAtItsLimit(t *testing.T) {
	const limit = 3*ration + 12345
	for name, build := range endless {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, "compiler")
			var b builder
			build(&b)
			_, err := h.call(t, b.bytes(), limit, 0)
			var over *LimitError
			require.ErrorAs(t, err, &over)
			require.EqualValues(t, limit, over.Limit)
			require.Greater(t, h.tank.Spent(), uint64(limit))
			require.Less(t, h.tank.Spent(), uint64(limit+bulkChunk))
		})
	}
}

func TestLongPiecesOfWorkAskForFuelInBetween(t *testing.T) {
	const units = 4 * ration
	fill := op(opI32Const, 0, opI32Const, 1, i32(units<<bulkShift), opMisc, miscMemoryFill, 0)
	copies := op(opI32Const, 0, opI32Const, 1, i32(units<<bulkShift-1), opMisc, miscMemoryCopy, 0, 0)
	for name, code := range map[string][]byte{
		"straight code": bytes.Repeat([]byte{opI32Const, 0, opDrop}, units/2),
		"memory.fill":   fill,
		"memory.copy":   copies,
	} {
		var b builder
		b.memory(units << bulkShift >> 16)
		h := newHost(t, "interpreter")
		_, err := h.call(t, b.run(none, none, none, code).bytes(), 0)
		require.NoError(t, err)
		require.GreaterOrEqual(t, h.tank.refills, uint(3), name)
	}
}

func TestRecursionWithoutEndOverflowsTheStack(t *testing.T) {
	for engine := range engines {
		h := newHost(t, engine)
		_, err := h.call(t, new(builder).run(none, none, none, opCall, 0).bytes(), 0)
		require.ErrorContains(t, err, "stack overflow")
	}
}

func TestAnEndlessGuestDoesNotHoldUpGarbageCollection(t *testing.T) {
	h := newHost(t, "compiler")
	ended := start(t, h, endless["an empty loop"])
	collected := make(chan error, 1)
	go func() {
		for range 10 {
			runtime.GC() // stops every goroutine, where it can
		}
		collected <- nil
	}()
	within(t, "garbage collection", collected)
	h.tank.Stop(nil)
	require.ErrorIs(t, within(t, "the guest to end", ended), ErrStopped)
}
