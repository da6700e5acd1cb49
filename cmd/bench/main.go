// Command bench measures what the sandbox costs: each figure is a ratio of a
// program in the sandbox to the same program native, taken in turns (native,
// guest, native, guest …) with both ends pinned to processors. It is `make
// bench`, for developers, and no test: what it prints are measurements, and
// it fails only if it is broken.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"
)

// rolePrefix marks an argument by which this program starts itself for a
// part of the work.
const rolePrefix = "role-"

func main() {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], rolePrefix) {
		if err := role(strings.TrimPrefix(os.Args[1], rolePrefix), os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

// role is a part of the work that needs a process of its own.
func role(name string, args []string) error {
	switch name {
	case "peer":
		return peerRole(os.Stdin, os.Stdout)
	case "cpu":
		return cpuRole(args)
	case "idle":
		return idleRole(args)
	}
	return fmt.Errorf("no role %q", name)
}

// bencher is one run.
type bencher struct {
	programs programs
	socklab  string        // the command
	cpus     [2]int        // the measured program's, and the peer's where it has its own
	count    int           // of rounds
	round    time.Duration // how long a round of one side takes, about
	guests   int           // how many idle ones
	want     *regexp.Regexp
	figures  []figure
	show     func(figure)
}

func run() error {
	quick := flag.Bool("quick", false, "a few short rounds: does it all work?")
	asJSON := flag.Bool("json", false, "print the figures as JSON")
	want := flag.String("run", "", "only figures whose name matches this regular expression")
	rounds := flag.Int("rounds", 15, "rounds of each figure")
	socklab := flag.String("socklab", "bin/socklab", "the command to measure")
	flag.Parse()
	b := &bencher{socklab: *socklab, count: *rounds, round: 80 * time.Millisecond, guests: 1000}
	if *quick {
		b.count, b.round, b.guests = 3, 10*time.Millisecond, 100
	}
	var err error
	if b.want, err = regexp.Compile(*want); err != nil {
		return err
	}
	b.show = func(f figure) {
		if !*asJSON {
			f.print(os.Stdout)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer os.RemoveAll(b.programs.dir)
	if !*asJSON {
		printHead(os.Stdout, b)
	}
	if err := b.all(ctx); err != nil {
		return err
	}
	if *asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(b.figures)
	}
	return nil
}

// prepare finds two processors and builds the programs.
func (b *bencher) prepare(ctx context.Context) error {
	cpus := processors()
	if len(cpus) < 2 {
		return fmt.Errorf("two processors are needed, and there are %d", len(cpus))
	}
	b.cpus = [2]int{cpus[0], cpus[1]}
	if _, err := os.Stat(b.socklab); err != nil {
		return fmt.Errorf("%w (make build makes it)", err)
	}
	dir, err := os.MkdirTemp("", "socklab-bench-")
	if err != nil {
		return err
	}
	if b.programs, err = buildPrograms(ctx, dir); err != nil {
		os.RemoveAll(dir)
	}
	return err
}

// all measures everything that is wanted.
func (b *bencher) all(ctx context.Context) error {
	for _, program := range []string{"bsd", "net"} {
		for cores := 1; cores <= 2; cores++ {
			if err := b.pairs(ctx, program, cores); err != nil {
				return err
			}
		}
	}
	for _, part := range []func(context.Context) error{b.cpu, b.poll, b.idle, b.lesson, b.compilers} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wanted reports whether a figure was asked for.
func (b *bencher) wanted(f figure) bool {
	return b.want.MatchString(fmt.Sprintf("%s/%s/%d", f.Name, f.Of, f.Cores))
}

func (b *bencher) add(f figure) {
	b.figures = append(b.figures, f)
	b.show(f)
}
