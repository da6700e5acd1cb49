package meter

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// everything is a module with something in each section, and a "run" that uses
// it.
func everything() *builder {
	var b builder
	t := b.typ(i32s, i32s)
	b.imported("wasi_snapshot_preview1", "sched_yield", 0, b.typ(none, i32s))
	const yield, begin, ten, tail = 0, 1, 2, 3
	b.add(secTable, op(typeFnRef, 1, 8, 8))
	b.memory(1)
	b.add(secGlobal, op(typeI32, 1, opI32Const, 1, opEnd))
	b.add(secGlobal, op(typeFnRef, 0, opRefFunc, ten, opEnd))
	b.add(secGlobal, op(typeV128, 0, opVec, vecConst, "0123456789abcdef", opEnd))
	b.content[secStart] = op(begin)
	b.add(secElement, op(0, opI32Const, 1, opEnd, 1, ten))
	b.add(secElement, op(1, 0, 1, ten))
	b.add(secElement, op(2, 0, opI32Const, 2, opEnd, 0, 1, ten))
	b.add(secElement, op(3, 0, 1, ten))
	b.add(secElement, op(4, opI32Const, 3, opEnd, 1, opRefFunc, ten, opEnd))
	b.add(secElement, op(5, typeExRef, 1, opRefNull, typeExRef, opEnd))
	b.add(secElement, op(6, 0, opI32Const, 4, opEnd, typeFnRef, 1, opRefNull, typeFnRef, opEnd))
	b.add(secElement, op(7, typeFnRef, 1, opGlobalGet, 1, opEnd))
	b.n[secDataCount] = 3
	b.add(secData, op(0, opI32Const, 8, opEnd, 2, "\x03\x00"))
	b.add(secData, op(1, 2, "\x04\x00"))
	b.add(secData, op(2, 0, opI32Const, 1, opI32Const, 7, opI32Add, opEnd, 2, "\x05\x00"))

	b.fn(none, none, none, opI32Const, 2, opGlobalSet, 0)
	b.fn(i32s, i32s, none, opLocalGet, 0, opI32Const, 10, opI32Mul)
	b.fn(i32s, i32s, none, opLocalGet, 0, opReturnCall, ten)
	b.run(none, i32s, i32s+i64s,
		opCall, yield, opIf, typeVoid, opUnreachable, opEnd,
		opI32Const, 1, opCall, ten, opGlobalGet, 0, opI32Add,
		opCall, tail, opI32Const, 8, 0x28, 2, 0, opI32Add, // i32.load
		opI32Const, 1, opCallIndirect, t, 0, opI32Const, 4, opI32Add,
		opLoop, t, opI32Const, 3, opCallIndirect, t, 0,
		opLocalGet, 1, opI64Const, 1, opI64Add, opLocalTee, 1, 0xa7, opI32Add, // i32.wrap_i64
		opLocalGet, 1, opI64Const, 3, opI64LtS, opBrIf, 0, opEnd,
		opRefFunc, ten, 0xd1, opI32Add, // ref.is_null
		opI32Const, 0, opI32Const, 5, opSelectType, 1, typeI32,
		opGlobalGet, 2, opVec, 0xa8, 1, opVec, 0x1b, 0, opI32Add) // i32x4.extend_high_i16x8_s, i32x4.extract_lane
	return b.names(map[int]string{begin: "begin", ten: "ten", tail: "tail"})
}

func TestARewrittenModuleDoesWhatItDid(t *testing.T) {
	module := everything().bytes()
	for engine := range engines {
		h := newHost(t, engine)
		m, err := h.load(module)
		require.NoError(t, err)
		want, err := m.ExportedFunction("run").Call(ctx)
		require.NoError(t, err)
		got, err := h.call(t, module, 0)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestAnEmptyModuleStaysOne(t *testing.T) {
	metered, err := Rewrite(preamble)
	require.NoError(t, err)
	_, err = newHost(t, "compiler").load(metered)
	require.NoError(t, err)
}

// A function that is called again when it asks for fuel gets its parameters,
// and gives back its results, whatever they are and however many.
func TestAFunctionThatAsksForFuelIsCalledWithItsParameters(t *testing.T) {
	for name, params := range map[string]int{"few": 3, "as many as can be": maxRestart, "more": maxRestart + 1} {
		t.Run(name, func(t *testing.T) {
			var b builder
			types, sum := none, []byte{}
			for i := range params {
				types += i64s
				sum = append(sum, op(opLocalGet, i, opI64Add)...)
			}
			// It is called with 1, 2, 3 … until it has run out of fuel many times.
			b.fn(types, i64s+i32s, none, opI64Const, 0, sum, opI32Const, 1)
			var args []byte
			for i := range params {
				args = append(args, op(opLocalGet, 0, opI64Const, i, opI64Add)...)
			}
			b.run(none, i64s, i64s+i64s, opLoop, typeVoid,
				opLocalGet, 0, opI64Const, 1, opI64Add, opLocalSet, 0,
				args, opCall, 0, opDrop, opLocalGet, 1, opI64Add, opLocalSet, 1,
				opLocalGet, 0, i64(100_000), opI64LtS, opBrIf, 0, opEnd, opLocalGet, 1)
			want := uint64(0)
			for n := range uint64(100_000) {
				for i := range uint64(params) {
					want += n + 1 + i
				}
			}
			for engine := range engines {
				h := newHost(t, engine)
				got, err := h.call(t, b.bytes(), 0)
				require.NoError(t, err)
				require.Equal(t, want, got[0])
				require.Greater(t, h.tank.refills, uint(1))
			}
		})
	}
}

func TestNamesOfFunctionsStay(t *testing.T) {
	var b builder
	b.imported("wasi_snapshot_preview1", "sched_yield", 0, b.typ(none, i32s))
	b.memory(1)
	b.run(none, none, none, opCall, 2)
	b.fn(none, none, none, opUnreachable)
	b.names(map[int]string{0: "yield", 1: "first", 2: "second"})

	_, err := newHost(t, "compiler").call(t, b.bytes(), 0)
	require.ErrorContains(t, err, "wasm stack trace:\n\t.second()\n\t.first()")
	h := newHost(t, "compiler")
	h.tank.Stop(nil)
	var endlessly builder
	endless["an empty loop"](&endlessly)
	endlessly.names(map[int]string{0: "endlessly"})
	_, err = h.call(t, endlessly.bytes(), 1)
	require.ErrorContains(t, err, ".socklab_meter.refuel()\n\t.endlessly()")
}

func TestOtherCustomSectionsAreDropped(t *testing.T) {
	b := everything()
	b.custom = append(b.custom, op(secCustom, 14, 11, ".debug_line", "xy")...)
	metered, err := Rewrite(b.bytes())
	require.NoError(t, err)
	require.NotContains(t, string(metered), ".debug_line")
	require.Contains(t, string(metered), "begin")
}
