package engine

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A server runs as long as its program is worked on: what each save leaves to
// be done when nothing runs must not pile up until then.
func TestWorkThatIsCalledOffIsNotKept(t *testing.T) {
	i := newIdler()
	defer i.close()
	i.enter()
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		i.add(ctx, func() { t.Error("was called off") })
		cancel()
	}
	var done sync.WaitGroup
	done.Add(1)
	i.add(t.Context(), done.Done)
	require.Len(t, i.queue, 1)
	i.leave()
	done.Wait()
}

func TestWhatIsCompiledIsNotInterpretedAnyMore(t *testing.T) {
	e, err := New(t.Context(), Options{})
	require.NoError(t, err)
	defer e.Close()
	m, err := e.Load(t.Context(), empty(1), Quick)
	require.NoError(t, err)
	forms := func() (quick, fast bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.quick != nil, m.fast != nil
	}
	quick, _ := forms()
	require.True(t, quick)
	require.Eventually(t, func() bool {
		quick, fast := forms()
		return fast && !quick
	}, 30*time.Second, 10*time.Millisecond)
	i, err := m.Start(t.Context(), Spec{})
	require.NoError(t, err)
	require.Equal(t, Exited, i.Wait().Why)
}
