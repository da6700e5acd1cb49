package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"socklab/host/wasi"
)

// checkImports says what a module imports that there is not, in words for
// whoever compiled it.
func checkImports(r wazero.Runtime, m wazero.CompiledModule) error {
	for _, f := range m.ImportedFunctions() {
		module, name, _ := f.Import()
		host := r.Module(module)
		if host == nil {
			return fmt.Errorf("it imports %s from %q, a module that guests do not have here", name, module)
		}
		have := host.ExportedFunctionDefinitions()[name]
		switch {
		case wasi.IsOlder(f):
		case have == nil:
			return fmt.Errorf("it imports %s from %q, where there is no such function", name, module)
		case !slices.Equal(have.ParamTypes(), f.ParamTypes()) || !slices.Equal(have.ResultTypes(), f.ResultTypes()):
			return fmt.Errorf("it imports %s from %q as %s, and it is %s", name, module, signature(f), signature(have))
		}
	}
	if len(m.ImportedMemories()) > 0 {
		return errors.New("it imports a memory, and guests have their own")
	}
	return nil
}

// signature is a function's type, such as (i32, i64) -> i32.
func signature(f api.FunctionDefinition) string {
	list := func(types []api.ValueType) string {
		s := "("
		for i, t := range types {
			if i > 0 {
				s += ", "
			}
			s += api.ValueTypeName(t)
		}
		return s + ")"
	}
	return list(f.ParamTypes()) + " -> " + list(f.ResultTypes())
}
