// Package wasi binds a sock.Stack into a wazero runtime: it gives guests
// WASI preview 1 with sockets that work, the module "socklab" with the rest of
// the BSD calls (package abi has the table), and, for modules that were built
// for it, the socket extension of WasmEdge in both its versions.
//
// wazero's own WASI stays in charge of files, clocks, arguments and random
// numbers: each of its functions is wrapped, and called with the number it
// knows its descriptor by. Sockets, standard input and output, polling and
// the numbering of descriptors are ours. A guest's state is a Process, which
// travels in the context that its module is instantiated with.
//
// This is the one place that touches guest memory for a socket call, and the
// one place that traces. Every pointer is checked before a call does
// anything: a bad one is EFAULT.
package wasi

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Bind adds the modules wasi_snapshot_preview1 and socklab to a runtime. Do
// it once, before the first guest.
func Bind(ctx context.Context, r wazero.Runtime) error {
	code, err := compileWASI(ctx, r, nil)
	if err == nil {
		_, err = r.InstantiateModule(ctx, code, wazero.NewModuleConfig())
	}
	if err != nil {
		return fmt.Errorf("wasi: %w", err)
	}
	b := r.NewHostModuleBuilder(abi.Module)
	for i := range abi.Funcs {
		fn := &abi.Funcs[i]
		types := make([]api.ValueType, fn.Words())
		for w := range types {
			types[w] = api.ValueTypeI32
		}
		b.NewFunctionBuilder().
			WithGoModuleFunction(sockFunc(fn), types, []api.ValueType{api.ValueTypeI32}).
			WithName(fn.Name).Export(fn.Name)
	}
	if _, err := b.Instantiate(ctx); err != nil {
		return fmt.Errorf("wasi: %w", err)
	}
	return nil
}

// sockFunc is the wasm form of one call of package abi's table.
func sockFunc(fn *abi.Func) api.GoModuleFunc {
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		p := processOf(ctx)
		f := &p.frame
		errno := f.fromGuest(fn, mod.Memory(), stack)
		if errno != abi.OK {
			stack[0] = uint64(uint32(int32(errno)))
			return
		}
		result := p.call(ctx, f)
		if result == 0 {
			f.toGuest()
		}
		stack[0] = uint64(uint32(result))
	}
}

// processContext carries a Process. It is a type of its own so that the
// usual case costs a comparison and not a search.
type processContext struct {
	context.Context
	p    *Process
	done <-chan struct{} // Context's
}

type processKey struct{}

func (c *processContext) Value(key any) any {
	if key == (processKey{}) {
		return c.p
	}
	return c.Context.Value(key)
}

// Done and Err are asked before and after every call. A look at the channel
// takes no lock and asks no parent.
func (c *processContext) Done() <-chan struct{} { return c.done }

func (c *processContext) Err() error {
	select {
	case <-c.done:
		return c.Context.Err()
	default:
		return nil
	}
}

// WithProcess returns the context to instantiate a guest's module with. When
// ctx ends, whatever the guest waits for ends too.
func WithProcess(ctx context.Context, p *Process) context.Context {
	p.alive = ctx
	if p.cfg.Recorder != nil {
		ctx = sock.WithWaitClock(ctx, &p.waited)
	}
	return &processContext{ctx, p, ctx.Done()}
}

func processOf(ctx context.Context) *Process {
	if c, ok := ctx.(*processContext); ok {
		return c.p
	}
	p, _ := ctx.Value(processKey{}).(*Process)
	if p == nil {
		panic("wasi: a guest without a Process")
	}
	return p
}
