package meter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/api"
)

// A rewritten memory.copy or memory.fill does what the instruction does,
// whether it is small, large or too large for the memory.
func TestMemoryCopyAndFillWorkAsBefore(t *testing.T) {
	const pages, size = 80, 80 << 16
	var b builder
	b.memory(pages)
	b.export("copy", 0, b.fn(i32s+i32s+i32s, none, none,
		opLocalGet, 0, opLocalGet, 1, opLocalGet, 2, opMisc, miscMemoryCopy, 0, 0))
	b.export("fill", 0, b.fn(i32s+i32s+i32s, none, none,
		opLocalGet, 0, opLocalGet, 1, opLocalGet, 2, opMisc, miscMemoryFill, 0))
	metered, err := Rewrite(b.bytes())
	require.NoError(t, err)

	for name, c := range map[string]struct {
		call    string
		d, s, n uint64
	}{
		"nothing":                              {"copy", 0, 0, 0},
		"a small copy":                         {"copy", 10, 20, bulkFlat},
		"a copy":                               {"copy", 10, 5000, bulkFlat + 1},
		"a chunk":                              {"copy", 10, 2 << 20, bulkChunk},
		"a large copy":                         {"copy", 10, 2<<20 + 7, 2<<20 + 12345},
		"a large copy downwards that overlaps": {"copy", 10, 11, 4 << 20},
		"a large copy upwards that overlaps":   {"copy", 11, 10, 4 << 20},
		"a large copy upwards by a chunk":      {"copy", bulkChunk, 0, 3 << 20},
		"a large copy onto itself":             {"copy", 7, 7, 4 << 20},
		"a large copy up to the end":           {"copy", 0, size - 4<<20, 4 << 20},
		"a large copy from beyond the end":     {"copy", 0, size - 4<<20 + 1, 4 << 20},
		"a large copy to beyond the end":       {"copy", size - 4<<20 + 1, 0, 4 << 20},
		"a copy of everything there could be":  {"copy", 1, 2, 1<<32 - 1},
		"a small fill":                         {"fill", 10, 0x155, bulkFlat},
		"a fill":                               {"fill", 10, 0x55, bulkFlat + 1},
		"a large fill":                         {"fill", 10, 0x55, 3<<20 + 12345},
		"a large fill up to the end":           {"fill", size - 4<<20, 0x55, 4 << 20},
		"a large fill to beyond the end":       {"fill", size - 4<<20 + 1, 0x55, 4 << 20},
		"a fill that wraps around":             {"fill", 1<<32 - 1, 0x55, 4 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, "compiler")
			memory := make([][]byte, 2)
			errs := make([]error, 2)
			for i, module := range [][]byte{b.bytes(), metered} {
				m, err := h.load(module)
				require.NoError(t, err)
				memory[i] = numbers(m)
				_, errs[i] = m.ExportedFunction(c.call).Call(ctx, c.d, c.s, c.n)
			}
			require.Equal(t, errs[0] == nil, errs[1] == nil, "%v, rewritten: %v", errs[0], errs[1])
			if errs[0] != nil {
				require.ErrorContains(t, errs[1], "out of bounds memory access")
			}
			require.True(t, string(memory[0]) == string(memory[1]), "the memories differ")
		})
	}
}

// numbers fills a memory with different bytes.
func numbers(m api.Module) []byte {
	memory, _ := m.Memory().Read(0, m.Memory().Size())
	x := uint32(1)
	for i := range memory {
		x = x*1664525 + 1013904223
		memory[i] = byte(x >> 24)
	}
	return memory
}

func TestMemoryGrowWorksAsBefore(t *testing.T) {
	var b builder
	b.add(secMemory, op(1, 1, 4)) // at least one page, at most four
	b.run(i32s, i32s, none, opLocalGet, 0, opMemoryGrow, 0, opLocalGet, 0, opMemoryGrow, 0,
		i32(16), opI32Mul, opI32Add)
	h := newHost(t, "compiler")
	got, err := h.call(t, b.bytes(), 0, 1)
	require.NoError(t, err)
	require.EqualValues(t, 1+16*2, got[0])
	got, err = h.call(t, b.bytes(), 0, 2)
	require.NoError(t, err)
	require.EqualValues(t, int32(1-16), int32(got[0]))
}
