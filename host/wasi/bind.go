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

// bindWASI makes a module of WASI's functions and the extensions; instead has
// other forms of some of them.
func bindWASI(ctx context.Context, r wazero.Runtime, name string, instead []extension) (api.Module, error) {
	inner, err := wasi_snapshot_preview1.NewBuilder(r).Compile(ctx)
	if err != nil {
		return nil, fmt.Errorf("wasi: %w", err)
	}
	b := r.NewHostModuleBuilder(name)
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
	m, err := b.Instantiate(ctx)
	if err != nil {
		return nil, fmt.Errorf("wasi: %w", err)
	}
	return m, nil
}

// binding is held to make a module that is not there yet.
var binding sync.Mutex

// WithImports returns the context to instantiate a module with in a runtime
// that Bind was called for. It finds for the module what it imports by types
// that are not WASI's: the older forms of the socket extension. It only fails
// if the runtime is closed, which instantiating then tells.
func WithImports(ctx context.Context, r wazero.Runtime, m wazero.CompiledModule) context.Context {
	var instead []extension
	name := abi.WASI
	for _, e := range older {
		if imports(m, e) {
			instead = append(instead, e)
			name += " " + e.name
		}
	}
	if instead == nil {
		return ctx
	}
	binding.Lock()
	defer binding.Unlock()
	host := r.Module(name)
	if host == nil {
		var err error
		if host, err = bindWASI(ctx, r, name, instead); err != nil {
			return ctx
		}
	}
	return experimental.WithImportResolver(ctx, func(module string) api.Module {
		if module == abi.WASI {
			return host
		}
		return nil
	})
}

// imports reports whether a module imports an extension with its types.
func imports(m wazero.CompiledModule, e extension) bool {
	return slices.ContainsFunc(m.ImportedFunctions(), func(f api.FunctionDefinition) bool {
		module, name, _ := f.Import()
		return module == abi.WASI && name == e.name && len(f.ParamTypes()) == e.params
	})
}
