package meter

import (
	"strings"
	"testing"

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
		f.Add(randomModule(seed))
	}
	f.Fuzz(func(t *testing.T, module []byte) {
		metered, err := Rewrite(module)
		if err != nil {
			return // and wazero does not get to see it: a few bytes can have it take all memory
		}
		h := newHost(t, "interpreter")
		_, before := h.CompileModule(ctx, module)
		compiled, after := h.CompileModule(ctx, metered)
		require.Equal(t, before == nil, after == nil, "valid before: %v\nafter: %v", before, after)
		if after != nil {
			return
		}
		h.tank = NewTank(10_000)
		m, err := h.InstantiateModule(ctx, compiled, wazero.NewModuleConfig())
		if err != nil {
			return
		}
		for name, definition := range m.ExportedFunctionDefinitions() {
			args := make([]uint64, 2*len(definition.ParamTypes()))
			_, err = m.ExportedFunction(name).Call(ctx, args[:len(definition.ParamTypes())]...)
			require.False(t, err != nil && strings.Contains(err.Error(), "BUG"), "%v", err)
		}
	})
}
