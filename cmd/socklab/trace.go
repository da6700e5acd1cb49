package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"socklab/host/trace"
)

var traceCommand = command{
	name:  "trace",
	args:  "[flags] FILE",
	short: "show, filter or convert a recorded run",
	run:   showTrace,
}

type traceFlags struct {
	guest, calls string
	failed, json bool
}

func (f *traceFlags) declare(set *flag.FlagSet) {
	set.StringVar(&f.guest, "guest", "", "only the calls of the guest of this `NAME`")
	set.StringVar(&f.calls, "calls", "", "only these calls, such as `accept,recv,read`")
	set.BoolVar(&f.failed, "failed", false, "only the calls that failed")
	set.BoolVar(&f.json, "json", false, "one line of JSON for each event")
}

func (f *traceFlags) wants(c *trace.Call) bool {
	if f.guest != "" && c.Guest != f.guest || f.failed && c.OK() {
		return false
	}
	if f.calls == "" {
		return true
	}
	for name := range strings.SplitSeq(f.calls, ",") {
		if c.Is(strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}

func showTrace(_ context.Context, c console, args []string) (int, error) {
	var f traceFlags
	set := flags(&f)
	if err := parseFlags(set, args); err != nil {
		return c.badFlags(set, err)
	}
	if set.NArg() != 1 {
		return 0, usageError("trace needs one file", "socklab run --trace-file FILE PROGRAM makes one")
	}
	file, err := os.Open(set.Arg(0))
	if err != nil {
		return 0, usageError(err.Error(), "socklab run --trace-file FILE PROGRAM makes one")
	}
	defer file.Close()
	var since time.Time
	shown := false
	var names []string // of the calls that there are
	for e, err := range trace.Read(file) {
		if err != nil {
			return 0, usageError(fmt.Sprintf("%s: %v", set.Arg(0), err), "is it a file that --trace-file has written?")
		}
		if since.IsZero() {
			since = e.Call.Start
		}
		if !slices.Contains(names, e.Call.Name) {
			names = append(names, e.Call.Name)
		}
		wanted := f.wants(&e.Call)
		shown = shown || wanted
		switch {
		case !wanted:
		case f.json:
			c.jsonLine(e)
		case e.Kind != trace.Enter:
			fmt.Fprintln(c.out, e.Text(since))
		}
	}
	if !shown && len(names) > 0 {
		fmt.Fprintf(c.err, "socklab: note: none of the calls in %s is such a one; they are %s\n", set.Arg(0), strings.Join(names, ", "))
	}
	return exitPass, nil
}
