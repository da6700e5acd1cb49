// Command socklab teaches socket programming: it runs network programs of
// students inside WebAssembly, on real loopback sockets, and tells them what
// happened.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

func main() { os.Exit(doMain(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// Exit codes of every command but run, which gives its program's.
const (
	exitPass      = 0
	exitFail      = 1
	exitUndecided = 2 // or a usage error
	exitBroken    = 3 // the tool's own fault
)

// console is where a command reads and writes. Tests give their own.
type console struct {
	in       *os.File
	out, err io.Writer
	cmd      *command // which it is
}

// command is one subcommand.
type command struct {
	name  string
	args  string // as the usage line shows them
	short string // one line, for the list
	run   func(ctx context.Context, c console, args []string) (code int, err error)
}

// commands are in the order that help lists them. Each lives in a file of its
// name.
func commands() []command {
	return []command{
		learnCommand,
		runCommand,
		checkCommand,
		listCommand,
		hintCommand,
		resetCommand,
		solutionCommand,
		gradeCommand,
		verifyCommand,
		traceCommand,
		doctorCommand,
	}
}

// doMain is the command without its process.
func doMain(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	c := console{in: stdin, out: stdout, err: stderr}
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		help(stdout)
		return exitPass
	}
	if args[0] == "version" || args[0] == "--version" {
		fmt.Fprintln(stdout, version())
		return exitPass
	}
	for _, cmd := range commands() {
		if cmd.name != args[0] {
			continue
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		c.cmd = &cmd
		code, err := cmd.run(ctx, c, args[1:])
		if err != nil {
			return c.fail(err)
		}
		return code
	}
	return c.fail(usageError(fmt.Sprintf("there is no command %q", args[0]), "socklab help lists the commands"))
}

// version is what a bug report needs: the module's version or the commit, the
// toolchain and the machine.
func version() string {
	which := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		which = info.Main.Version
	}
	return fmt.Sprintf("socklab %s, %s, %s/%s", which, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func help(w io.Writer) {
	fmt.Fprint(w, "socklab: learn socket programming by running real network programs in a sandbox\n\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  socklab %-34s %s\n", cmd.name+" "+cmd.args, cmd.short)
	}
	fmt.Fprintf(w, "  socklab %-34s %s\n", "version", "which socklab this is")
	fmt.Fprint(w, "\nsocklab COMMAND -h tells a command's flags.\n")
}

// problem is an error as people are shown it: what is wrong, what to do, and
// the exit code that goes with it.
type problem struct {
	what  string
	hints []string
	code  int
	cause error
}

func (p *problem) Error() string { return p.what }
func (p *problem) Unwrap() error { return p.cause }

// usageError is a command that was not understood.
func usageError(what string, hints ...string) error {
	return &problem{what: what, hints: hints, code: exitUndecided}
}

// fail prints an error and its hints, and returns the exit code.
func (c console) fail(err error) int {
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{what: err.Error(), code: exitBroken}
	}
	fmt.Fprintf(c.err, "socklab: error: %s\n", p.what)
	for _, h := range p.hints {
		fmt.Fprintf(c.err, "socklab: hint: %s\n", h)
	}
	return p.code
}

// jsonLine prints one event of --json.
func (c console) jsonLine(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	fmt.Fprintf(c.out, "%s\n", b)
}
