package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"socklab/lessons"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

var verifyCommand = command{name: "verify", args: "[flags] DIR...", short: "does a lesson hold? for its author", run: verify}

type verifyFlags struct {
	runs     int
	lang     string
	seed     uint64
	patience float64
	json     bool
	compiler compilerFlag
}

func (f *verifyFlags) declare(set *flag.FlagSet) {
	set.IntVar(&f.runs, "runs", 1, "how often each submission is checked")
	set.StringVar(&f.lang, "lang", "", "only this language: `go` or python")
	set.Uint64Var(&f.seed, "seed", 0, "the seed of the first run")
	set.Float64Var(&f.patience, "patience", 1, "how much longer to wait than on a quiet machine")
	f.compiler.declare(set, "")
	set.BoolVar(&f.json, "json", false, "one line of JSON for each event")
}

func verify(ctx context.Context, c console, args []string) (int, error) {
	var f verifyFlags
	set := flags(&f)
	if err := parseFlags(set, args); err != nil {
		return c.badFlags(set, err)
	}
	if set.NArg() == 0 {
		return 0, usageError("verify needs a lesson's folder", "for example: socklab verify lessons/05-echo-loop")
	}
	lang, err := parseLanguage(f.lang)
	if err != nil {
		return 0, err
	}
	work, err := newWorkshop(ctx, c, f.compiler.Compiler, engine.Quick, nil)
	if err != nil {
		return 0, err
	}
	defer work.Close()
	o := lessons.VerifyOptions{Builder: work.toolkit, Runs: f.runs, Patience: f.patience, Seed: f.seed}
	if lang != "" {
		o.Languages = []build.Language{lang}
	}
	code := exitPass
	for _, dir := range set.Args() {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return 0, usageError(fmt.Sprintf("%s is not a folder", dir))
		}
		n := 0
		o.Progress = func(path string) {
			n++
			if !f.json {
				fmt.Fprintf(c.err, "socklab: %s: %s\n", filepath.Base(dir), path)
			}
		}
		problems, err := lessons.Verify(ctx, dir, o)
		if err != nil {
			return 0, explain(ctx, err, dir)
		}
		for _, p := range problems {
			code = exitFail
			if f.json {
				c.jsonLine(map[string]string{"lesson": dir, "path": p.Path, "problem": p.Text})
				continue
			}
			fmt.Fprintf(c.out, "%s/%s: %s\n", dir, p.Path, p.Text)
		}
		if f.json {
			c.jsonLine(map[string]any{"lesson": dir, "submissions": n, "problems": len(problems), "holds": len(problems) == 0})
		} else if len(problems) == 0 {
			fmt.Fprintf(c.out, "%s holds: %d submissions, each as it says\n", dir, n)
		}
	}
	return code, nil
}
