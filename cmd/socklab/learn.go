package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"

	"socklab/cmd/socklab/internal/term"
	"socklab/lessons"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

var learnCommand = command{name: "learn", args: "[flags] [DIR]", short: "the lessons: edit a file, save it, see", run: learn}

type learnFlags struct {
	lang        string
	once, plain bool
	json        bool
	lesson      string
	compiler    compilerFlag
}

func (f *learnFlags) declare(set *flag.FlagSet) {
	set.StringVar(&f.lang, "lang", "", "write in `go` or python (asked for, the first time)")
	set.BoolVar(&f.once, "once", false, "end after one verdict")
	set.BoolVar(&f.plain, "plain", false, "plain lines, also in a terminal")
	set.BoolVar(&f.json, "json", false, "one line of JSON for each event, without a screen")
	f.compiler.declare(set, "")
	set.StringVar(&f.lesson, "lesson", "", "go to this lesson: its `ID`")
}

// screen reports whether a terminal of this kind is to be used as a screen. A
// dumb one, such as an editor's shell, shows control sequences as they are.
func (f *learnFlags) screen(kind string) bool {
	return !f.plain && !f.once && !f.json && kind != "dumb"
}

func learn(ctx context.Context, c console, args []string) (int, error) {
	var f learnFlags
	set := flags(&f)
	if err := parseFlags(set, args); err != nil {
		return c.badFlags(set, err)
	}
	if set.NArg() > 1 {
		return 0, usageError("learn takes one folder")
	}
	lang, err := parseLanguage(f.lang)
	if err != nil {
		return 0, err
	}
	dir := (&workspaceFlags{dir: set.Arg(0)}).find()
	_, wide := term.Size(c.out)
	screen := wide && term.IsTerminal(c.in) && f.screen(os.Getenv("TERM"))

	catalog, err := lessons.Builtin()
	if err != nil {
		return 0, err
	}
	w, err := lessons.OpenWorkspace(dir, catalog)
	if errors.Is(err, lessons.ErrNoWorkspace) {
		if lang == "" {
			if lang, err = c.askLanguage(ctx, screen); err != nil {
				return 0, err
			}
		}
		w, err = lessons.Create(dir, catalog, lang)
	}
	if err != nil {
		return 0, workspaceProblem(err, dir)
	}
	c.notices(w)
	if lang != "" && lang != w.Language() {
		if err := w.SetLanguage(lang); err != nil {
			return 0, usageError(err.Error())
		}
	}
	if f.lesson != "" {
		l, err := findLesson(catalog, f.lesson)
		if err != nil {
			return 0, err
		}
		if err := w.Begin(l); err != nil {
			return 0, workspaceProblem(err, dir)
		}
	}
	t := &learner{console: c, space: w, once: f.once, json: f.json}
	if screen {
		t.face = term.NewScreen(ctx, c.in, c.out)
	}
	if t.work, err = newWorkshop(ctx, c, f.compiler.Compiler, engine.Quick, t.step(c)); err != nil {
		return 0, err
	}
	defer t.work.Close()
	return t.run(ctx)
}

// askLanguage asks a newcomer what to write in. Without a terminal, or where
// only one language can be had, it does not ask.
func (c console) askLanguage(ctx context.Context, screen bool) (build.Language, error) {
	_, noGo := exec.LookPath("go")
	if noGo != nil && lookSandboxedGo(ctx).OK {
		noGo = nil
	}
	python := lookPython(ctx).OK || lookNPM(ctx).OK
	switch {
	case noGo != nil && !python:
		return "", &problem{what: "neither Go nor Python programs can be run here", hints: []string{"socklab doctor tells what is missing"}, code: exitBroken}
	case noGo != nil:
		return build.Python, nil
	case !python || !screen:
		return build.Go, nil
	}
	s := term.NewScreen(ctx, c.in, c.out)
	chosen := make(chan build.Language, 1)
	go func() {
		s.Show(term.View{Title: "What will you write in?", Status: "arrows and enter choose; --lang changes it later",
			Page: "language", Alone: true, Items: []string{"Python   as most beginners' tutorials have it", "Go       compiled, with goroutines"}})
		for k := range s.Keys() {
			switch k.Name {
			case "select":
				chosen <- []build.Language{build.Python, build.Go}[k.Item]
				s.Quit()
				return
			case "quit":
				s.Quit()
				return
			}
		}
	}()
	if err := s.Run(); err != nil {
		return "", err
	}
	select {
	case lang := <-chosen:
		return lang, nil
	default:
		return "", &problem{what: "no language was chosen, so nothing was made", hints: []string{"socklab learn --lang go, or python"}, code: exitUndecided}
	}
}

// step tells of long first-time steps: in the status line, or as lines.
func (t *learner) step(c console) func(string, int64, int64) {
	if t.face == nil {
		return (&stepPrinter{c: c}).progress
	}
	return func(step string, done, total int64) {
		text := "the first time only: " + step + "…"
		if total > 0 && done < total {
			text = fmt.Sprintf("%s %d%%", text, done*100/total)
		}
		if total > 0 && done >= total {
			text = ""
		}
		select {
		case t.steps <- text:
		default:
		}
	}
}
