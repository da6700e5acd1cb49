package meter

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// host runs metered modules, as an engine would: a refill that fails ends the
// guest.
type host struct {
	wazero.Runtime
	tank *Tank // of the guest that runs next

	once    sync.Once
	started chan struct{} // closed at the first refill
}

var engines = map[string]wazero.RuntimeConfig{
	"compiler":    wazero.NewRuntimeConfigCompiler(),
	"interpreter": wazero.NewRuntimeConfigInterpreter(),
}

const features = api.CoreFeaturesV2 | experimental.CoreFeaturesTailCall | experimental.CoreFeaturesExtendedConst

var ctx = context.Background()

func newHost(t testing.TB, engine string) *host {
	h := &host{tank: NewTank(0), started: make(chan struct{})}
	config, ok := engines[engine]
	if !ok {
		config = engines["compiler"].WithCloseOnContextDone(true)
	}
	h.Runtime = wazero.NewRuntimeWithConfig(ctx, config.WithCoreFeatures(features))
	t.Cleanup(func() { h.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, h)
	refill := func(_ context.Context, stack []uint64) {
		h.once.Do(func() { close(h.started) })
		left, err := h.tank.Refill(int64(stack[0]))
		if err != nil {
			panic(err)
		}
		stack[0] = uint64(left)
	}
	i64 := []api.ValueType{api.ValueTypeI64}
	_, err := h.NewHostModuleBuilder(ImportModule).NewFunctionBuilder().
		WithGoFunction(api.GoFunc(refill), i64, i64).Export(ImportRefill).Instantiate(ctx)
	require.NoError(t, err)
	return h
}

// load instantiates a module under no name, so that several can be.
func (h *host) load(module []byte) (api.Module, error) {
	return h.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithName(""))
}

// call rewrites a module, calls its "run" with a new tank and as many of the
// arguments as it takes, and settles the tank.
func (h *host) call(t testing.TB, module []byte, limit uint64, args ...uint64) ([]uint64, error) {
	metered, err := Rewrite(module)
	require.NoError(t, err)
	h.tank = NewTank(limit)
	m, err := h.load(metered)
	if err != nil {
		return nil, err
	}
	defer m.Close(ctx)
	run := m.ExportedFunction("run")
	results, err := run.Call(ctx, args[:len(run.Definition().ParamTypes())]...)
	h.tank.Settle(int64(m.ExportedGlobal(ExportFuel).Get()))
	return results, err
}
