package main

import (
	"context"
	"fmt"
)

var resetCommand = command{name: "reset", args: "[flags] [LESSON]", short: "give a lesson's starting files back; what you had is kept", run: reset}

func reset(_ context.Context, c console, args []string) (int, error) {
	var f workspaceFlags
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
	backup, err := w.Reset(l)
	if err != nil {
		return 0, &problem{what: "reset: " + err.Error(), hints: nonEmpty(kept(backup)), code: exitBroken, cause: err}
	}
	if f.json {
		c.jsonLine(map[string]any{"lesson": l.ID(), "backup": backup})
		return exitPass, nil
	}
	fmt.Fprintf(c.out, "%s begins anew in %s\n", l.ID(), short(w.LessonDir(l)))
	if backup != "" {
		fmt.Fprintf(c.out, "what you had is in %s\n", short(backup))
	}
	return exitPass, nil
}

func kept(backup string) string {
	if backup == "" {
		return ""
	}
	return "what you had is in " + short(backup)
}
