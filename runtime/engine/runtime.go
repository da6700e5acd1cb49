package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/wasi"
	"socklab/runtime/meter"
)

// Options are what an Engine stands on.
type Options struct {
	// CacheDir keeps compiled modules from one run to the next, and is made
	// if it is missing. Only the user may be able to write there: what is in
	// it is executed. Empty: nothing is kept.
	CacheDir string
}

// Engine compiles and runs guests. Its methods may be called at once from
// many goroutines.
type Engine struct {
	fast  wazero.Runtime // compiles modules: slow to start with, fast to run
	quick wazero.Runtime // interprets them: at once, and slow
	cache wazero.CompilationCache
	dir   string // the cache's; "": nothing is kept
	older wasi.Older
	idle  *idler

	open      context.Context // until Close
	cancel    func()
	compiling atomic.Int32 // into fast
}

// features are WebAssembly 2.0 and what compilers have begun to emit beyond it.
const features = api.CoreFeaturesV2 | experimental.CoreFeaturesTailCall | experimental.CoreFeaturesExtendedConst

// New makes an Engine. Close it when all its instances have ended.
func New(ctx context.Context, o Options) (*Engine, error) {
	e := &Engine{idle: newIdler()}
	e.open, e.cancel = context.WithCancel(context.Background())
	fast := fastConfig()
	if o.CacheDir != "" {
		dir := compiledDir(o.CacheDir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("engine: %w", err)
		}
		cache, err := wazero.NewCompilationCacheWithDir(dir)
		if err != nil {
			return nil, fmt.Errorf("engine: %w", err)
		}
		forget(dir)
		e.cache, e.dir = cache, dir
		fast = fast.WithCompilationCache(cache)
	}
	for _, r := range []struct {
		to     *wazero.Runtime
		config wazero.RuntimeConfig
	}{{&e.fast, fast}, {&e.quick, configured(wazero.NewRuntimeConfigInterpreter())}} {
		*r.to = wazero.NewRuntimeWithConfig(ctx, r.config)
		if err := bind(ctx, *r.to); err != nil {
			e.Close()
			return nil, err
		}
	}
	return e, nil
}

func fastConfig() wazero.RuntimeConfig { return configured(wazero.NewRuntimeConfigCompiler()) }

func configured(c wazero.RuntimeConfig) wazero.RuntimeConfig {
	return c.WithCoreFeatures(features).WithDebugInfoEnabled(false)
}

// bind adds what guests import.
func bind(ctx context.Context, r wazero.Runtime) error {
	if err := wasi.Bind(ctx, r); err != nil {
		return err
	}
	_, err := r.NewHostModuleBuilder(meter.ImportModule).NewFunctionBuilder().
		WithGoFunction(api.GoFunc(refill), []api.ValueType{api.ValueTypeI64}, []api.ValueType{api.ValueTypeI64}).
		Export(meter.ImportRefill).Instantiate(ctx)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

type tankKey struct{}

// refill is what a metered guest calls when its fuel is used up.
func refill(ctx context.Context, stack []uint64) {
	tank := ctx.Value(tankKey{}).(*meter.Tank)
	fuel, err := tank.Refill(int64(stack[0]))
	if err != nil {
		panic(sys.NewExitError(stoppedCode))
	}
	stack[0] = uint64(fuel)
}

// stoppedCode is the exit code of a guest that was ended; nobody is shown it.
const stoppedCode = 137

// Close frees everything, the modules as well.
func (e *Engine) Close() error {
	e.cancel()
	e.idle.close()
	ctx := context.Background()
	parts := []api.Closer{e.fast, e.quick, e.cache}
	if e.compiling.Load() > 0 { // what nobody waits for: it keeps what it stands on
		parts = []api.Closer{e.quick}
	}
	var errs []error
	for _, c := range parts {
		if c != nil {
			errs = append(errs, c.Close(ctx))
		}
	}
	return errors.Join(errs...)
}
