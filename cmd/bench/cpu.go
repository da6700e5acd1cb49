package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"

	"socklab/host/sock/kernel"
	"socklab/host/wasi"
	"socklab/runtime/engine"
)

// cpu measures what it costs that a guest can be ended at any moment: the
// module as the engine runs it, and as it was before its work was counted.
func (b *bencher) cpu(ctx context.Context) error {
	head := figure{Name: "a guest that can be ended", Of: "cpu", Cores: 1, Target: 1.2, Unit: "ms"}
	if !b.wanted(head) {
		return nil
	}
	rounds, times := max(b.count/2, 3), max(int(b.round/(8*time.Millisecond)), 1)
	c, err := startRole(ctx, b.cpus[0], "cpu", b.programs.guest("cpu"), strconv.Itoa(rounds), strconv.Itoa(times))
	if err != nil {
		return err
	}
	defer c.stop()
	var all []cpuRound
	if err := json.NewDecoder(c.out).Decode(&all); err != nil {
		return fmt.Errorf("cpu: %w", err)
	}
	var free, metered []float64
	each := map[string]*[2][]float64{}
	for _, r := range all {
		sum := [2]float64{}
		for name, t := range r {
			if each[name] == nil {
				each[name] = &[2][]float64{}
			}
			for i := range t {
				sum[i] += t[i]
				each[name][i] = append(each[name][i], t[i])
			}
		}
		free, metered = append(free, sum[0]), append(metered, sum[1])
	}
	head.fill(free, metered)
	worst := figure{}
	for name, t := range each {
		f := figure{Name: name}
		if f.fill(t[0], t[1]); f.Ratio > worst.Ratio {
			worst = f
		}
	}
	head.Note = fmt.Sprintf("native: without metering; most: %s %.2f", worst.Name, worst.Ratio)
	b.add(head)
	return nil
}

// cpuRound is how many milliseconds each kind of work took, without metering
// and with.
type cpuRound map[string]*[2]float64

// cpuRole runs a module with and without metering in turn and prints how long
// each took.
func cpuRole(args []string) error {
	code, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	rounds, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	argv := []string{"cpu", args[2]}
	ctx := context.Background()
	free, err := loadFree(ctx, code)
	if err != nil {
		return err
	}
	e, err := engine.New(ctx, engine.Options{})
	if err != nil {
		return err
	}
	metered, err := e.Load(ctx, code, engine.Compiled)
	if err != nil {
		return err
	}
	var all []cpuRound
	for range rounds {
		round := cpuRound{}
		for i, run := range []func(out *bytes.Buffer) error{
			func(out *bytes.Buffer) error { return free.run(ctx, argv, out) },
			func(out *bytes.Buffer) error {
				i, err := metered.Start(ctx, engine.Spec{Args: argv, Stack: kernel.New(), Stdout: out})
				if err != nil {
					return err
				}
				if x := i.Wait(); x.Why != engine.Exited || x.Code != 0 {
					return fmt.Errorf("the guest %s with code %d: %s", x.Why, x.Code, x.Detail)
				}
				return nil
			},
		} {
			var out bytes.Buffer
			if err := run(&out); err != nil {
				return err
			}
			if err := round.read(i, &out); err != nil {
				return err
			}
		}
		all = append(all, round)
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}

// read takes what the program printed of one side.
func (r cpuRound) read(side int, out *bytes.Buffer) error {
	for out.Len() > 0 {
		var name string
		var ns, sum int64
		if _, err := fmt.Fscanln(out, &name, &ns, &sum); err != nil {
			return err
		}
		if r[name] == nil {
			r[name] = &[2]float64{}
		}
		r[name][side] = float64(ns) / 1e6
	}
	return nil
}

// freeModule is a module on the same wazero and the same host calls as the
// engine's, and without its rewrite.
type freeModule struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
}

func loadFree(ctx context.Context, code []byte) (*freeModule, error) {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	if err := wasi.Bind(ctx, r); err != nil {
		return nil, err
	}
	c, err := r.CompileModule(ctx, code)
	return &freeModule{r, c}, err
}

func (m *freeModule) run(ctx context.Context, args []string, out *bytes.Buffer) error {
	p, err := wasi.NewProcess(wasi.Config{Stack: kernel.New(), Stdout: out})
	if err != nil {
		return err
	}
	defer p.Close()
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(mapped))
	config := wazero.NewModuleConfig().WithName("").WithArgs(args...).WithNanotime(wasi.Nanotime, 1)
	mod, err := m.runtime.InstantiateModule(wasi.WithProcess(ctx, p), m.code, config)
	if mod != nil {
		defer mod.Close(ctx)
	}
	if code, ok := p.Exited(); ok && code == 0 {
		return nil
	}
	return err
}

// mapped gives a guest its memory as the engine does, so that the two are on
// the same kind.
func mapped(_, most uint64) experimental.LinearMemory {
	b, err := unix.Mmap(-1, 0, int(most), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return mapping{b}
}

type mapping struct{ b []byte }

func (m mapping) Reallocate(size uint64) []byte { return m.b[:size] }
func (m mapping) Free()                         { unix.Munmap(m.b) }
