package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"socklab/host/wasi"
	"socklab/runtime/meter"
)

// check says why a module is no program that can run here, such as what it
// imports that there is not, in words for whoever compiled it.
func check(r wazero.Runtime, m wazero.CompiledModule) error {
	if err := checkImports(r, m); err != nil {
		return err
	}
	start := m.ExportedFunctions()["_start"]
	switch {
	case start == nil:
		return errors.New("it exports no function _start: it is a library, not a program")
	case len(start.ParamTypes()) > 0:
		return fmt.Errorf("its _start is %s, and has to do without parameters", signature(start))
	}
	return nil
}

func checkImports(r wazero.Runtime, m wazero.CompiledModule) error {
	for _, f := range m.ImportedFunctions() {
		module, name, _ := f.Import()
		if module != meter.ImportModule && len(m.ExportedMemories()) == 0 { // wazero's functions would fail on it
			return fmt.Errorf("it imports %s from %q, and exports no memory for it to work on", name, module)
		}
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
