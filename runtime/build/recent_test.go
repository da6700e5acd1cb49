package build

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
)

// emptyModule is a module whose _start does nothing, and which no other n has.
func emptyModule(n byte) []byte {
	return []byte{
		0, 'a', 's', 'm', 1, 0, 0, 0,
		1, 4, 1, 0x60, 0, 0, // a type: no parameters, no results
		3, 2, 1, 0, // a function of it
		7, 10, 1, 6, '_', 's', 't', 'a', 'r', 't', 0, 0,
		10, 7, 1, 5, 0, 0x41, n, 0x1a, 0x0b, // i32.const n, drop
	}
}

func TestAProgramThatIsHeldCanBeStartedWhateverIsBuiltMeanwhile(t *testing.T) {
	e, err := engine.New(t.Context(), engine.Options{})
	require.NoError(t, err)
	defer e.Close()
	var r recent
	o := &Options{Engine: e}
	first, err := r.load(t.Context(), o, emptyModule(0))
	require.NoError(t, err)
	again, err := r.load(t.Context(), o, emptyModule(0))
	require.NoError(t, err)
	require.Same(t, first, again)
	for n := range byte(2 * recentMax) {
		_, err := r.load(t.Context(), o, emptyModule(n+1))
		require.NoError(t, err)
	}
	require.Len(t, r.kept, recentMax)
	runtime.GC() // frees what nobody holds
	i, err := first.Start(t.Context(), engine.Spec{})
	require.NoError(t, err)
	require.Equal(t, engine.Exited, i.Wait().Why)
}
