package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"

	"maps"

	"socklab/lessons"
)

var solutionCommand = command{name: "solution", args: "[flags] [LESSON]", short: "a model answer, once you have passed", run: solution}

type solutionFlags struct {
	workspaceFlags
	force bool
}

func (f *solutionFlags) declare(set *flag.FlagSet) {
	f.workspaceFlags.declare(set)
	set.BoolVar(&f.force, "force", false, "show it although the lesson is not passed; that is noted")
}

func solution(_ context.Context, c console, args []string) (int, error) {
	var f solutionFlags
	set := flags(&f)
	if err := parseFlags(set, args); err != nil {
		return c.badFlags(set, err)
	}
	w, err := f.open(c)
	if err != nil {
		return 0, err
	}
	l, err := lesson(w, set.Args())
	if err != nil {
		return 0, err
	}
	files, err := w.Solution(l, f.force)
	if errors.Is(err, lessons.ErrNotPassed) {
		return 0, &problem{what: err.Error(), hints: []string{"socklab hint helps without giving it away", "--force shows it all the same"}, code: exitFail, cause: err}
	}
	if err != nil {
		return 0, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if f.json {
			c.jsonLine(map[string]any{"lesson": l.ID(), "file": name, "content": string(files[name])})
			continue
		}
		fmt.Fprintf(c.out, "==> %s\n%s\n", name, files[name])
	}
	return exitPass, nil
}
