package build

import (
	"bytes"
	"encoding/binary"
	"slices"
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

// longName is a section that gives a module a name of n bytes.
func longName(n int) []byte {
	sized := func(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }
	names := append([]byte{0}, sized(sized(bytes.Repeat([]byte("x"), n)))...)
	return append([]byte{0}, sized(append(sized([]byte("name")), names...))...)
}

func TestAProgramThatIsHeldCanBeStartedWhateverIsBuiltMeanwhile(t *testing.T) {
	e, err := engine.New(t.Context(), engine.Options{})
	require.NoError(t, err)
	defer e.Close()
	var r recent
	o := &Options{Engine: e}
	first, err := r.load(t.Context(), o, engine.Quick, emptyModule(0))
	require.NoError(t, err)
	again, err := r.load(t.Context(), o, engine.Quick, emptyModule(0))
	require.NoError(t, err)
	require.Same(t, first, again)
	for n := range byte(2 * recentMax) {
		_, err := r.load(t.Context(), o, engine.Quick, emptyModule(n+1))
		require.NoError(t, err)
	}
	require.Len(t, r.kept, recentMax)
	require.Nil(t, first.(*recentModule).loaded)
	i, err := first.Start(t.Context(), engine.Spec{})
	require.NoError(t, err)
	require.Equal(t, engine.Exited, i.Wait().Why)
	require.Len(t, r.kept, recentMax)
	require.Same(t, first, r.kept[recentMax-1])
}

func TestLargeModulesAreNotManyAtOnce(t *testing.T) {
	e, err := engine.New(t.Context(), engine.Options{})
	require.NoError(t, err)
	defer e.Close()
	var r recent
	o := &Options{Engine: e}
	load := func(n byte) *recentModule {
		m, err := r.load(t.Context(), o, engine.Quick, slices.Concat(emptyModule(n), longName(recentMemory/2/25)))
		require.NoError(t, err)
		return m.(*recentModule)
	}
	first, second := load(1), load(2)
	require.Nil(t, first.loaded)
	require.NotNil(t, second.loaded)
	require.Len(t, r.kept, 1)
	i, err := first.Start(t.Context(), engine.Spec{})
	require.NoError(t, err)
	require.Equal(t, engine.Exited, i.Wait().Why)
	require.Nil(t, second.loaded)
}
