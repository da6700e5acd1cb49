package engine

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"socklab/runtime/meter"
)

// Tier says how a module is made ready to run.
type Tier uint8

// The tiers.
const (
	// Compiled compiles first: a second or more for a Go program that is not
	// in the cache yet, and then it runs at full speed.
	Compiled Tier = iota
	// Quick interprets at once (15 to 400 times slower where the processor is
	// what counts) and compiles when nothing runs, for the next instances.
	Quick
)

// ModuleError is an error of a module: it is not valid, imports what there is
// not, or is no program.
type ModuleError struct{ err error }

func (e *ModuleError) Error() string { return "not a module that can run here: " + e.err.Error() }

// Unwrap returns what is wrong with it.
func (e *ModuleError) Unwrap() error { return e.err }

// Load makes a module of WebAssembly bytes, which it does not keep. What is the
// module's own fault is a *ModuleError.
func (e *Engine) Load(ctx context.Context, wasm []byte, tier Tier) (*Loaded, error) {
	metered, err := meter.Rewrite(wasm)
	if err != nil {
		return nil, &ModuleError{err}
	}
	m := &Loaded{engine: e, size: len(metered)}
	if tier == Quick {
		if m.quick, err = e.interpret(ctx, metered); err != nil {
			return nil, err
		}
		m.later, m.cancel = context.WithCancel(e.open)
		e.idle.add(m.later, func() { m.compile(m.later, metered) })
		return m, nil
	}
	return m, m.compile(experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0)), metered)
}

// Loaded is a Module of this engine.
type Loaded struct {
	engine *Engine
	size   int
	later  context.Context // of compiling when idle
	cancel func()

	mu     sync.Mutex // guards what follows
	fast   wazero.CompiledModule
	quick  wazero.CompiledModule
	users  int  // instances that run
	closed bool // to be freed when there are none
}

// compile makes the fast form.
func (m *Loaded) compile(ctx context.Context, metered []byte) error {
	c, err := m.engine.compile(ctx, metered)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fast = c
	m.free()
	return nil
}

// interpret makes a module ready to be interpreted.
func (e *Engine) interpret(ctx context.Context, metered []byte) (wazero.CompiledModule, error) {
	c, err := e.quick.CompileModule(ctx, metered)
	if err == nil {
		if err = check(e.quick, c); err == nil {
			return c, nil
		}
		c.Close(ctx)
	}
	return nil, &ModuleError{err}
}

// compile makes a module ready to run fast. A cache that is damaged, full or
// not there costs time and is no error.
func (e *Engine) compile(ctx context.Context, metered []byte) (wazero.CompiledModule, error) {
	c, err := e.machineCode(ctx, metered)
	if err != nil && ctx.Err() == nil {
		valid, own := e.interpret(ctx, metered)
		if own != nil {
			return nil, own
		}
		valid.Close(ctx)
		// What could not be written is in memory now.
		if c, err = e.machineCode(ctx, metered); err != nil {
			if err = e.mendCache(ctx, metered); err == nil {
				c, err = e.machineCode(ctx, metered)
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if err := check(e.fast, c); err != nil {
		c.Close(ctx)
		return nil, &ModuleError{err}
	}
	return c, nil
}

// machineCode compiles. It returns when the context ends, while wazero, which
// looks at it between functions only, may go on for minutes with one function
// that was made for that: the engine stays open for that then.
func (e *Engine) machineCode(ctx context.Context, metered []byte) (wazero.CompiledModule, error) {
	type result struct {
		c   wazero.CompiledModule
		err error
	}
	done := make(chan result, 1)
	e.compiling.Add(1)
	go func() {
		c, err := e.fast.CompileModule(ctx, metered)
		if err == nil && ctx.Err() != nil {
			c.Close(context.Background())
			c, err = nil, context.Cause(ctx)
		}
		e.compiling.Add(-1)
		done <- result{c, err}
	}()
	select {
	case r := <-done:
		return r.c, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// use counts an instance that starts, and returns the fastest form there is.
func (m *Loaded) use() (wazero.Runtime, wazero.CompiledModule, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, nil, false
	}
	m.users++
	if m.fast != nil {
		return m.engine.fast, m.fast, true
	}
	return m.engine.quick, m.quick, true
}

// done counts one that has ended.
func (m *Loaded) done() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users--
	m.free()
}

// free gives up what nobody will start any more: the form to be interpreted,
// by far the larger, as soon as there is the fast one. It needs the lock.
func (m *Loaded) free() {
	if m.users > 0 {
		return
	}
	ctx := context.Background()
	if m.quick != nil && (m.closed || m.fast != nil) {
		m.quick.Close(ctx)
		m.quick = nil
	}
	if m.fast != nil && m.closed {
		m.fast.Close(ctx)
		m.fast = nil
	}
}

// Memory returns about how many bytes the module holds: wazero's interpreter
// has 56 for an instruction that takes two in a module.
func (m *Loaded) Memory() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	if m.quick != nil {
		n += 25 * m.size
	}
	if m.fast != nil {
		n += 4 * m.size
	}
	return n
}

// Close frees the module as soon as its last instance has ended. No more can
// be started.
func (m *Loaded) Close() error {
	if m.cancel != nil {
		m.cancel()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.free()
	return nil
}
