package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"socklab/host/abi"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

var runCommand = command{
	name:  "run",
	args:  "[flags] FILE [ARG...]",
	short: "run one program: .go, .py, .c, .wasm, or a folder of Go or C",
	run:   run,
}

// Exit codes that a shell gives a program which a signal ended.
const (
	exitInterrupted = 130 // SIGINT
	exitAborted     = 134 // SIGABRT: a trap
	exitLimited     = 137 // SIGKILL: a limit
	exitTerminated  = 143 // SIGTERM
)

// runFlags are what run is told besides the program.
type runFlags struct {
	dirs      dirFlag
	noDir     bool
	env       listFlag
	trace     bool
	traceFile string
	faults    string
	seed      uint64
	allow     listFlag
	listenOn  string
	watch     bool
	json      bool
	wall      time.Duration
	fuel      uint64
	memory    uint64
	compiler  compilerFlag
}

func (f *runFlags) declare(set *flag.FlagSet) {
	set.Var(&f.dirs, "dir", "mount `HOST::GUEST`, a folder of the machine at a path of the program's (repeatable; default: the current folder at /)")
	set.BoolVar(&f.noDir, "no-dir", false, "mount no folder")
	set.Var(&f.env, "env", "set `KEY=VALUE` in the program's environment (repeatable)")
	set.BoolVar(&f.trace, "trace", false, "print every call on stderr")
	set.StringVar(&f.traceFile, "trace-file", "", "write every call to `FILE`, one line of JSON each")
	set.StringVar(&f.faults, "fault", "", "inject faults, such as `cap=3,delay=recv:100ms`")
	set.Uint64Var(&f.seed, "seed", 0, "seed of the faults; 0 chooses one and tells it")
	set.Var(&f.allow, "allow-connect", "let the program connect to `HOST:PORT` outside loopback (repeatable)")
	set.StringVar(&f.listenOn, "listen-on", "", "the `ADDRESS` that a bind to all addresses means (default: loopback)")
	set.BoolVar(&f.watch, "watch", false, "reload when the file is saved; listening sockets are kept")
	set.BoolVar(&f.json, "json", false, "what socklab itself says on stderr is one line of JSON an event, the trace as well")
	f.compiler.declare(set, "")
	set.DurationVar(&f.wall, "time", 0, "end the program after this long")
	set.Uint64Var(&f.fuel, "fuel", 0, "end the program after this much work, in WebAssembly instructions")
	set.Uint64Var(&f.memory, "memory", 0, "the most memory the program may have, in MiB")
}

func run(ctx context.Context, c console, args []string) (int, error) {
	var f runFlags
	set := flags(&f)
	if err := set.Parse(args); err != nil {
		return c.badFlags(set, err)
	}
	if set.NArg() == 0 {
		return 0, usageError("run needs a program", "for example: socklab run server.py 9000")
	}
	source, args := set.Arg(0), set.Args()[1:]
	for _, kv := range f.env {
		if k, _, ok := strings.Cut(kv, "="); !ok || k == "" {
			return 0, usageError(fmt.Sprintf("--env: %q is not KEY=VALUE", kv), "for example: --env NAME=Ada")
		}
	}
	mounts, err := f.mounts()
	if err != nil {
		return 0, err
	}
	tier := engine.Compiled
	if f.watch { // somebody waits for what a save does
		tier = engine.Quick
	}
	work, err := newWorkshop(ctx, c, f.compiler.Compiler, tier, nil)
	if err != nil {
		return 0, err
	}
	defer work.Close()
	r := &runner{console: c, flags: f, mounts: mounts, args: args, work: work}
	if err := r.prepare(); err != nil {
		return 0, err
	}
	defer r.close()
	if f.watch {
		return r.watch(ctx, source)
	}
	p, err := work.build(ctx, source)
	if err != nil {
		return 0, err
	}
	r.warn(p)
	i, err := r.start(context.WithoutCancel(ctx), p) // what signals mean is the program's affair
	if err != nil {
		return 0, err
	}
	terminated, stop := forwardSignals(i)
	defer stop()
	if ctx.Err() != nil { // it came before the program could be told
		i.Kill()
	}
	code := r.ended(i.Wait())
	if terminated() && code == exitInterrupted {
		code = exitTerminated
	}
	return code, nil
}

// forwardSignals gives a program Ctrl-C as its own and ends it when it is to
// terminate, until stopped. terminated tells whether that was so.
func forwardSignals(i *engine.Instance) (terminated func() bool, stop func()) {
	var killed atomic.Bool
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for {
			select {
			case s := <-signals:
				if s == os.Interrupt {
					i.Interrupt()
				} else {
					killed.Store(i.Terminate())
				}
			case <-i.Done():
				return
			}
		}
	}()
	return killed.Load, func() { signal.Stop(signals) }
}

// start starts a program as run does: on the machine's loopback, with its
// streams passed through.
func (r *runner) start(ctx context.Context, p *build.Program) (*engine.Instance, error) {
	env := []string{"PWD=/"}
	if p.Language == build.Wasm { // a module gets what it was given, and nothing else
		env = nil
	}
	s := p.Prepare(engine.Spec{
		Name: p.Name, Args: r.args, Env: append(env, r.flags.env...), Mounts: r.mounts, Stack: r.stack, Paths: r.paths,
		Stdin: r.in, Stdout: r.out, Stderr: r.err, Recorder: r.recorder,
		Explain: func(call string, err abi.Errno, why string) {
			r.tell(event{"event": "refused", "call": call, "errno": err.Name(), "why": why}, why)
		},
		Limits: engine.Limits{Wall: r.flags.wall, Fuel: r.flags.fuel, Memory: r.flags.memory << 20},
	})
	i, err := p.Module.Start(ctx, s)
	if err != nil {
		return nil, &problem{what: err.Error(), code: exitUndecided}
	}
	return i, nil
}

// event is one line of --json.
type event map[string]any

// tell says something on stderr: a line for people, or an event.
func (r *runner) tell(e event, line string) {
	if !r.flags.json {
		fmt.Fprintf(r.err, "socklab: %s\n", line)
		return
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // our own words
	}
	fmt.Fprintf(r.err, "%s\n", b)
}

// warn shows what the compiler said of a program that it compiled.
func (r *runner) warn(p *build.Program) {
	switch {
	case p.Warnings == "":
	case r.flags.json:
		r.tell(event{"event": "warnings", "program": p.Name, "text": p.Warnings}, "")
	default:
		io.WriteString(r.err, p.Warnings)
	}
}

// ended says how a program ended, where its exit code alone does not, and
// returns the code to exit with.
func (r *runner) ended(x engine.Exit) int {
	code, line := x.Code, ""
	switch x.Why {
	case engine.Exited:
	case engine.Killed:
		code = exitInterrupted
	case engine.Trapped:
		code, line = exitAborted, "the program crashed: "+x.Detail
	case engine.Limited:
		code, line = exitLimited, "the program was ended: it passed its limit of "+r.flags.limit(x.Limit)
	default:
		code, line = exitBroken, "error: the sandbox failed: "+x.Detail
	}
	if line != "" || r.flags.json {
		r.tell(event{"event": "exit", "why": x.Why, "code": code, "limit": x.Limit, "detail": x.Detail, "usage": x.Usage}, line)
	}
	return code
}

// limit names a limit as the flag that sets it does.
func (f *runFlags) limit(name string) string {
	switch {
	case name == "wall" && f.wall > 0:
		return fmt.Sprintf("time (--time %s)", f.wall)
	case name == "fuel" && f.fuel > 0:
		return fmt.Sprintf("work (--fuel %d)", f.fuel)
	case name == "memory" && f.memory > 0:
		return fmt.Sprintf("memory (--memory %d, in MiB)", f.memory)
	}
	return name
}

// mounts are the folders that the program sees.
func (f *runFlags) mounts() ([]engine.Mount, error) {
	if f.noDir {
		if len(f.dirs) > 0 {
			return nil, usageError("--dir and --no-dir exclude each other")
		}
		return nil, nil
	}
	if len(f.dirs) == 0 {
		return []engine.Mount{{Host: ".", Guest: "/"}}, nil
	}
	return f.dirs, nil
}

// dirFlag collects mounts.
type dirFlag []engine.Mount

func (d *dirFlag) String() string { return "" }

func (d *dirFlag) Set(v string) error {
	host, guest, ok := strings.Cut(v, "::")
	if !ok {
		guest = "/"
	}
	if !strings.HasPrefix(guest, "/") && !filepath.IsLocal(guest) {
		return fmt.Errorf("the guest's path %q leads out of the folder that it starts in", guest)
	}
	info, err := os.Stat(host)
	if err != nil || !info.IsDir() {
		return fmt.Errorf("%q is not a folder", host)
	}
	*d = append(*d, engine.Mount{Host: host, Guest: filepath.Clean(guest)})
	return nil
}

// listFlag collects strings.
type listFlag []string

func (l *listFlag) String() string     { return "" }
func (l *listFlag) Set(v string) error { *l = append(*l, v); return nil }

// flags makes a command's flag set. It prints nothing by itself.
func flags(f interface{ declare(*flag.FlagSet) }) *flag.FlagSet {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	f.declare(set)
	return set
}

// parseFlags reads a command's flags wherever they stand among its arguments,
// up to a "--". (Of run, what stands behind its program is the program's.)
func parseFlags(set *flag.FlagSet, args []string) error {
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			return err
		}
		read := len(args) - set.NArg()
		ended := read > 0 && args[read-1] == "--"
		if args = set.Args(); len(args) == 0 || ended {
			break
		}
		rest, args = append(rest, args[0]), args[1:]
	}
	return set.Parse(append(append([]string{"--"}, rest...), args...))
}

// badFlags is what a command returns when its flags were not understood, or
// asked for help.
func (c console) badFlags(set *flag.FlagSet, err error) (int, error) {
	if !errors.Is(err, flag.ErrHelp) {
		return 0, usageError(c.cmd.name+": "+err.Error(), "socklab "+c.cmd.name+" -h lists the flags")
	}
	fmt.Fprintf(c.out, "socklab %s %s\n  %s\n\n", c.cmd.name, c.cmd.args, c.cmd.short)
	set.SetOutput(c.out)
	set.PrintDefaults()
	return exitPass, nil
}
