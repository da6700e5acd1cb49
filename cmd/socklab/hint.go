package main

import (
	"context"
	"fmt"
	"strings"
)

var hintCommand = command{name: "hint", args: "[flags] [LESSON]", short: "the next hint for a lesson", run: hint}

func hint(_ context.Context, c console, args []string) (int, error) {
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
	text, left, err := w.Hint(l)
	if err != nil {
		return 0, err
	}
	if f.json {
		c.jsonLine(map[string]any{"lesson": l.ID(), "hint": text, "left": left})
		return exitPass, nil
	}
	fmt.Fprintf(c.out, "%s\n\n(%s)\n", strings.TrimSpace(text), moreHints(left))
	return exitPass, nil
}
