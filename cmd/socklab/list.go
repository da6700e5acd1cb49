package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"socklab/lessons"
)

var listCommand = command{name: "list", args: "[flags]", short: "the lessons, and how far you are", run: list}

func list(_ context.Context, c console, args []string) (int, error) {
	var f workspaceFlags
	set := flags(&f)
	if err := parseFlags(set, args); err != nil {
		return c.badFlags(set, err)
	}
	catalog, err := lessons.Builtin()
	if err != nil {
		return 0, err
	}
	w, err := lessons.OpenWorkspace(f.find(), catalog)
	if err != nil && (f.dir != "" || !errors.Is(err, lessons.ErrNoWorkspace)) {
		return 0, workspaceProblem(err, f.find())
	}
	if w != nil {
		c.notices(w)
	}
	for _, l := range catalog.Lessons {
		if f.json {
			c.jsonLine(struct {
				Lesson  string `json:"lesson"`
				Title   string `json:"title"`
				Chapter string `json:"chapter"`
				Done    bool   `json:"done"`
				Current bool   `json:"current"`
			}{l.ID(), l.Title, l.Chapter, w != nil && w.Done(l), w != nil && w.Current() == l})
			continue
		}
		fmt.Fprintln(c.out, listLine(w, l))
	}
	return exitPass, nil
}

// listLine is a lesson in a list. w may be nil.
func listLine(w *lessons.Workspace, l *lessons.Lesson) string {
	mark := " "
	if w != nil && w.Done(l) {
		mark = "✓"
	} else if w != nil && w.Current() == l {
		mark = "●"
	}
	return fmt.Sprintf("%s %02d %-20s %s", mark, l.Number, l.Slug, l.Title)
}

func noColour() bool { return os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" }
