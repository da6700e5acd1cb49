package build

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"

	"socklab/runtime/engine"
)

// recent keeps the modules that were loaded lately: saving what was there a
// moment ago, and checking again, costs no loading, and finds it compiled.
type recent struct {
	mu   sync.Mutex
	kept []*recentModule // newest last
}

// How many are kept, and about how many bytes of memory they may hold: a Go
// program that uses net/http takes 250 MB until it is compiled, which it is not
// while it runs. The newest is kept in any case.
const (
	recentMax    = 12
	recentMemory = 256 << 20
)

// recentModule is a module that many programs may hold. It is given up when it
// is not among the recent ones any more, whether or not a program is still
// held (a program does not say when it will not be started again): if it is
// started after all, it is loaded again.
type recentModule struct {
	in   *recent
	o    *Options
	tier engine.Tier
	code []byte
	sum  [sha256.Size]byte

	loaded *engine.Loaded // guarded by in.mu; nil if it was given up
}

// Start starts a guest.
func (m *recentModule) Start(ctx context.Context, s engine.Spec) (*engine.Instance, error) {
	m.in.mu.Lock()
	defer m.in.mu.Unlock()
	if err := m.in.use(ctx, m); err != nil {
		return nil, err
	}
	return m.loaded.Start(ctx, s)
}

// load loads a module, or finds that it was loaded lately.
func (r *recent) load(ctx context.Context, o *Options, tier engine.Tier, code []byte) (engine.Module, error) {
	sum := sha256.Sum256(code)
	r.mu.Lock()
	defer r.mu.Unlock()
	m := &recentModule{in: r, o: o, tier: tier, code: code, sum: sum}
	if i := slices.IndexFunc(r.kept, func(k *recentModule) bool { return k.sum == sum }); i >= 0 {
		m = r.kept[i]
	}
	if err := r.use(ctx, m); err != nil {
		return nil, err
	}
	return m, nil
}

// use makes a module the newest, loads it if it is not, and gives up what has
// become too much. It needs the lock.
func (r *recent) use(ctx context.Context, m *recentModule) error {
	if m.loaded == nil {
		loaded, err := m.o.Engine.Load(ctx, m.code, m.tier)
		if err != nil {
			return err
		}
		m.loaded = loaded
	} else if i := slices.Index(r.kept, m); i >= 0 {
		r.kept = slices.Delete(r.kept, i, i+1)
	}
	r.kept = append(r.kept, m)
	memory := 0
	for i, k := range slices.Backward(r.kept) {
		if memory += k.loaded.Memory(); i < len(r.kept)-1 && (memory > recentMemory || len(r.kept)-i > recentMax) {
			for _, old := range r.kept[:i+1] {
				old.loaded.Close() // when its last instance has ended
				old.loaded = nil
			}
			r.kept = slices.Delete(r.kept, 0, i+1)
			break
		}
	}
	return nil
}
