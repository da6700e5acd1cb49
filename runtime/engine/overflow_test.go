package engine_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
)

// A program that calls itself without end is at fault itself, however it is
// made ready to run.
func TestAStackThatOverflowsIsATrap(t *testing.T) {
	e, err := engine.New(context.Background(), engine.Options{})
	require.NoError(t, err)
	defer e.Close()
	for name, tier := range map[string]engine.Tier{"compiled": engine.Compiled, "interpreted": engine.Quick} {
		m, err := e.Load(t.Context(), []byte{
			0, 'a', 's', 'm', 1, 0, 0, 0,
			1, 4, 1, 0x60, 0, 0, // a type: no parameters, no results
			3, 2, 1, 0, // a function of it
			7, 10, 1, 6, '_', 's', 't', 'a', 'r', 't', 0, 0,
			10, 6, 1, 4, 0, 0x10, 0, 0x0b, // call 0
		}, tier)
		require.NoError(t, err)
		i, err := m.Start(t.Context(), engine.Spec{})
		require.NoError(t, err)
		exit := i.Wait()
		require.Equal(t, engine.Trapped, exit.Why, "%s: %s", name, exit.Detail)
		require.Contains(t, exit.Detail, "stack overflow")
	}
}
