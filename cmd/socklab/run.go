package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"socklab/host/abi"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

var runCommand = command{
	name:  "run",
	args:  "[flags] FILE [ARG...]",
	short: "run one program: .go, a folder of Go, .py or .wasm",
	run:   run,
}

// Exit codes that a shell gives a program which a signal ended.
const (
	exitInterrupted = 130 // SIGINT
	exitAborted     = 134 // SIGABRT: a trap
	exitLimited     = 137 // SIGKILL: a limit
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
	wall      time.Duration
	fuel      uint64
	memory    uint64
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
	mounts, err := f.mounts()
	if err != nil {
		return 0, err
	}
	work, err := newWorkshop(ctx, c, engine.Compiled, nil)
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
	i, err := r.start(ctx, p)
	if err != nil {
		return 0, err
	}
	return c.ended(ctx, i.Wait()), nil
}

// start starts a program as run does: on the machine's loopback, with its
// streams passed through.
func (r *runner) start(ctx context.Context, p *build.Program) (*engine.Instance, error) {
	s := p.Prepare(engine.Spec{
		Name: p.Name, Args: r.args, Env: append([]string{"PWD=/"}, r.flags.env...), Mounts: r.mounts, Stack: r.stack, Paths: r.paths,
		Stdin: r.in, Stdout: r.out, Stderr: r.err, Recorder: r.recorder,
		Explain: func(_ string, _ abi.Errno, why string) { fmt.Fprintf(r.err, "socklab: %s\n", why) },
		Limits:  engine.Limits{Wall: r.flags.wall, Fuel: r.flags.fuel, Memory: r.flags.memory << 20},
	})
	i, err := p.Module.Start(ctx, s)
	if err != nil {
		return nil, &problem{what: err.Error(), code: exitUndecided}
	}
	return i, nil
}

// ended says how a program ended, where its exit code alone does not, and
// returns the code to exit with.
func (c console) ended(ctx context.Context, x engine.Exit) int {
	switch x.Why {
	case engine.Exited:
		return x.Code
	case engine.Killed:
		return exitInterrupted
	case engine.Trapped:
		fmt.Fprintf(c.err, "socklab: the program crashed: %s\n", x.Detail)
		return exitAborted
	case engine.Limited:
		fmt.Fprintf(c.err, "socklab: the program was ended: it passed its limit of %s\n", x.Limit)
		return exitLimited
	}
	fmt.Fprintf(c.err, "socklab: error: the sandbox failed: %s\n", x.Detail)
	return exitBroken
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
	if !strings.HasPrefix(guest, "/") {
		return fmt.Errorf("the guest's path %q does not begin with /", guest)
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
