package build

import (
	"context"
	"crypto/sha256"
	"runtime"
	"slices"
	"sync"

	"socklab/runtime/engine"
)

// recent keeps the modules that were loaded lately: saving what was there a
// moment ago, and checking again, costs no loading, and finds it compiled.
type recent struct {
	mu   sync.Mutex
	kept []recentModule // newest last
}

type recentModule struct {
	sum    [sha256.Size]byte
	module *sharedModule
}

// recentMax bounds how many are kept.
const recentMax = 12

// sharedModule is a module that many programs may hold. It is freed when
// nobody holds it any more and its last instance has ended: a program does
// not say when it will not be started again.
type sharedModule struct{ loaded *engine.Loaded }

func share(loaded *engine.Loaded) *sharedModule {
	m := &sharedModule{loaded}
	runtime.AddCleanup(m, func(l *engine.Loaded) { l.Close() }, loaded)
	return m
}

// Start starts a guest.
func (m *sharedModule) Start(ctx context.Context, s engine.Spec) (*engine.Instance, error) {
	defer runtime.KeepAlive(m)
	return m.loaded.Start(ctx, s)
}

// load loads a module, or finds that it was loaded lately.
func (r *recent) load(ctx context.Context, o *Options, code []byte) (engine.Module, error) {
	sum := sha256.Sum256(code)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, k := range r.kept {
		if k.sum == sum {
			r.kept = append(slices.Delete(r.kept, i, i+1), k)
			return k.module, nil
		}
	}
	loaded, err := o.Engine.Load(ctx, code, o.Tier)
	if err != nil {
		return nil, err
	}
	m := share(loaded)
	if r.kept = append(r.kept, recentModule{sum, m}); len(r.kept) > recentMax {
		r.kept = slices.Delete(r.kept, 0, 1)
	}
	return m, nil
}
