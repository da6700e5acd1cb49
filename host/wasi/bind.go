package wasi

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"socklab/host/abi"
)

// compileWASI makes a module of WASI's functions and the extensions; instead has
// other forms of some of them.
func compileWASI(ctx context.Context, r wazero.Runtime, instead []extension) (wazero.CompiledModule, error) {
	inner, err := wasi_snapshot_preview1.NewBuilder(r).Compile(ctx)
	if err != nil {
		return nil, fmt.Errorf("wasi: %w", err)
	}
	b := r.NewHostModuleBuilder(abi.WASI)
	own := map[string]extension{}
	for _, e := range slices.Concat(extensions, instead) {
		own[e.name] = e
	}
	funcs := functions{}
	for name, def := range inner.ExportedFunctions() {
		fn, ok := def.GoFunction().(api.GoModuleFunction)
		if !ok {
			return nil, fmt.Errorf("wasi: %s is not a Go function", name)
		}
		funcs[name] = fn
	}
	for name, def := range inner.ExportedFunctions() {
		if _, ok := own[name]; ok {
			continue
		}
		fn := funcs[name]
		if wrap := wrappers[name]; wrap != nil {
			fn = wrap(name, funcs)
		} else {
			fn = stoppable(fn)
		}
		b.NewFunctionBuilder().
			WithGoModuleFunction(fn, def.ParamTypes(), def.ResultTypes()).
			WithName(name).WithParameterNames(def.ParamNames()...).Export(name)
	}
	for name, e := range own {
		types := make([]api.ValueType, e.params)
		for i := range types {
			types[i] = api.ValueTypeI32
		}
		b.NewFunctionBuilder().
			WithGoModuleFunction(call(e.call)(name, funcs), types, []api.ValueType{api.ValueTypeI32}).
			WithName(name).Export(name)
	}
	return b.Compile(ctx)
}

// Older makes, for modules that import them, the older forms of the socket
// extension: for each combination a module of its own. The zero value is ready
// for use, by many goroutines at once.
type Older struct {
	mu   sync.Mutex
	made map[variant]api.Module
}

type variant struct {
	r     wazero.Runtime
	names string
}

// WithImports returns the context to instantiate m with in a runtime that Bind
// was called for. It finds for m what it imports by types that are not WASI's.
// It only fails if the runtime is closed, which instantiating then tells.
func (o *Older) WithImports(ctx context.Context, r wazero.Runtime, m wazero.CompiledModule) context.Context {
	var instead []extension
	key := variant{r: r}
	for _, e := range older {
		if imports(m, e) {
			instead = append(instead, e)
			key.names += e.name + " "
		}
	}
	if instead == nil {
		return ctx
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	host := o.made[key]
	if host == nil {
		code, err := compileWASI(ctx, r, instead)
		if err != nil {
			return ctx
		}
		// Not by its builder, whose modules a resolver may not give.
		if host, err = r.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithName("")); err != nil {
			return ctx
		}
		if o.made == nil {
			o.made = map[variant]api.Module{}
		}
		o.made[key] = host
	}
	return experimental.WithImportResolver(ctx, func(module string) api.Module {
		if module == abi.WASI {
			return host
		}
		return nil
	})
}

// IsOlder reports whether an imported function is an older form of the socket
// extension, which WithImports finds.
func IsOlder(f api.FunctionDefinition) bool {
	return slices.ContainsFunc(older, func(e extension) bool { return e.is(f) })
}

// imports reports whether a module imports an extension with its types.
func imports(m wazero.CompiledModule, e extension) bool {
	return slices.ContainsFunc(m.ImportedFunctions(), e.is)
}

// is reports whether an imported function is the extension, by its types too.
func (e extension) is(f api.FunctionDefinition) bool {
	module, name, _ := f.Import()
	words := func(types []api.ValueType, n int) bool {
		return slices.Equal(types, slices.Repeat([]api.ValueType{api.ValueTypeI32}, n))
	}
	return module == abi.WASI && name == e.name && words(f.ParamTypes(), e.params) && words(f.ResultTypes(), 1)
}
