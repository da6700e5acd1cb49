package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/experimental/sysfs"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/wasi"
	"socklab/runtime/meter"
)

// Instance is a guest that runs, or has run.
type Instance struct {
	cancel  context.CancelFunc
	process *wasi.Process
	tank    *meter.Tank
	memory  *memory
	limits  Limits
	began   time.Time
	done    chan struct{}
	exit    Exit
	spec    Spec
	mounts  []mounted
	wall    *time.Timer // nil: no limit
}

// Done is closed when the instance has ended and everything of it is closed.
func (i *Instance) Done() <-chan struct{} { return i.done }

// Wait waits for the end and tells how it was.
func (i *Instance) Wait() Exit {
	<-i.done
	return i.exit
}

// Kill ends the instance, wherever it is; it has ended when Done is closed,
// a few milliseconds later. Killing one that has ended does nothing.
func (i *Instance) Kill() { i.end("") }

// end ends the instance for passing a limit, or just so.
func (i *Instance) end(limit string) {
	i.process.Stop(wasi.Stop{Limit: limit})
	i.tank.Stop(nil)
	i.cancel()
}

// Start starts a guest and returns at once. The instance ends when ctx does.
func (m *Loaded) Start(ctx context.Context, s Spec) (*Instance, error) {
	i := &Instance{
		tank: s.tank(), memory: &memory{limit: s.Limits.Memory, image: s.Image},
		limits: s.Limits, began: time.Now(), done: make(chan struct{}), spec: s,
	}
	i.memory.over = func() { i.end("memory") }
	config := wazero.NewModuleConfig().WithName("").WithArgs(s.Args...).
		WithWalltime(walltime, sys.ClockResolution(1)).
		WithNanotime(wasi.Nanotime, sys.ClockResolution(1)).
		WithNanosleep(func(int64) {}). // waiting is ours, in poll_oneoff
		WithOsyield(func() {})
	for _, kv := range s.Env {
		k, v, ok := strings.Cut(kv, "=")
		if !ok || k == "" || strings.ContainsRune(kv, 0) {
			return nil, fmt.Errorf("environment %q is not KEY=VALUE", kv)
		}
		config = config.WithEnv(k, v)
	}

	if s.Image != nil {
		config = config.WithStartFunctions()
	}

	closeFiles, err := i.openFiles()
	if err != nil {
		return nil, err
	}
	fsys := wazero.NewFSConfig()
	for _, m := range i.mounts {
		fsys = fsys.(sysfs.FSConfig).WithSysFSMount(m.fs, m.guest)
	}
	config = config.WithFSConfig(fsys)

	p, err := wasi.NewProcess(wasi.Config{
		Name: s.Name, Stack: s.Stack, Recorder: s.Recorder, Explain: s.Explain,
		Mounts: len(i.mounts), Devices: s.Devices,
		Stdin: s.Stdin, Stdout: s.Stdout, Stderr: s.Stderr, SIGPIPE: s.SIGPIPE, Pipes: s.pipes, Spawn: i.spawner(),
		FirstFD: s.FirstFD, Descriptors: s.Limits.Descriptors, Output: s.Limits.Output,
		Connections: s.Limits.Connections, Traffic: s.Limits.Traffic,
		Args: s.Args, Env: s.Env, Freeze: s.freeze,
	})
	if err != nil {
		closeFiles()
		return nil, err
	}
	i.process = p
	runtime, code, ok := m.use()
	if !ok {
		p.Close()
		closeFiles()
		return nil, errors.New("engine: the module is closed")
	}
	ctx, i.cancel = context.WithCancel(ctx)
	inner := context.WithValue(ctx, tankKey{}, i.tank)
	inner = experimental.WithMemoryAllocator(inner, i.memory)
	inner = m.engine.older.WithImports(inner, runtime, code)
	inner = wasi.WithProcess(inner, p)

	m.engine.idle.enter()
	stopWatching := context.AfterFunc(ctx, func() { i.end("") })
	if s.Limits.Wall > 0 {
		i.wall = time.AfterFunc(s.Limits.Wall, func() { i.end("wall") })
	}
	go func() {
		mod, err := runtime.InstantiateModule(inner, code, config)
		if err == nil && s.Image != nil {
			err = i.wake(inner, mod, s)
		}
		ended := time.Now()
		if i.wall != nil {
			i.wall.Stop()
		}
		stopWatching()
		if mod != nil {
			if g, ok := mod.ExportedGlobal(meter.ExportFuel).(api.MutableGlobal); ok {
				i.tank.Settle(int64(g.Get()))
			}
			mod.Close(context.Background())
		}
		i.memory.free()
		p.Close()
		closeFiles()
		i.exit = i.judge(err, ended)
		for _, m := range i.mounts {
			i.exit.Usage.FileBytes += m.fs.Written()
		}
		i.cancel()
		m.done()
		m.engine.idle.leave()
		close(i.done)
	}()
	return i, nil
}

// judge tells why the instance ended, from what _start returned.
func (i *Instance) judge(err error, ended time.Time) Exit {
	u := i.process.Usage()
	x := Exit{Usage: Usage{
		Wall: ended.Sub(i.began), Fuel: i.tank.Spent(), Memory: i.memory.peak.Load(),
		Output: u.Output, Connections: u.Connections, Sent: u.Sent, Received: u.Received,
	}}
	var exit *sys.ExitError
	var spent *meter.LimitError
	code, exited := i.process.Exited()
	stop := i.process.Stopped()
	switch {
	case errors.As(i.tank.Err(), &spent):
		x.Why, x.Limit = Limited, "fuel"
	case stop != nil && stop.Limit != "":
		x.Why, x.Limit = Limited, stop.Limit
	case err == nil:
		x.Why = Exited
	case err == errNoRoom:
		x.Why, x.Limit = Limited, "memory"
	case exited:
		x.Why, x.Code = Exited, code
	case errors.As(err, &exit):
		x.Why = Killed
	default:
		x.Why, x.Detail = Broken, err.Error()
		if what := trap(err); what != "" {
			x.Why, x.Detail = Trapped, what
		}
	}
	// A program that was refused memory mostly ends by its own hand.
	if i.memory.denied.Load() && (x.Why == Trapped || x.Why == Exited && x.Code != 0) {
		x.Why, x.Limit = Limited, "memory"
	}
	return x
}

// trap is what trapped, such as "wasm error: unreachable" with a stack below;
// empty if it was no trap. wazero says before it which function was called.
func trap(err error) string {
	const sign, overflow = "wasm error: ", "failed: stack overflow" // of compiled code: without a stack
	text := err.Error()
	if strings.HasPrefix(text, "data[") { // a segment that does not fit the memory
		return sign + text
	}
	if strings.HasSuffix(text, overflow) {
		return sign + "stack overflow"
	}
	if at := strings.Index(text, sign); at == 0 || at > 1 && text[at-2:at] == ": " {
		return text[at:]
	}
	return ""
}

func walltime() (sec int64, nsec int32) {
	t := time.Now()
	return t.Unix(), int32(t.Nanosecond())
}
