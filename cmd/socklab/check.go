package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"socklab/cmd/socklab/internal/term"
	"socklab/lessons"
	"socklab/lessons/check"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

var checkCommand = command{
	name:  "check",
	args:  "[flags] [LESSON]",
	short: "one verdict on the workspace's lesson, or on a folder",
	run:   checkOnce,
}

type checkFlags struct {
	workspaceFlags
	folder, lang, only string
	seed               uint64
	all                bool
	compiler           compilerFlag
}

func (f *checkFlags) declare(set *flag.FlagSet) {
	f.workspaceFlags.declare(set)
	set.StringVar(&f.folder, "dir", "", "check the programs in this `FOLDER` instead of the workspace's")
	set.StringVar(&f.lang, "lang", "", "`go` or python, if there are both")
	set.StringVar(&f.only, "only", "", "only these checks, such as `s3,k1`")
	set.Uint64Var(&f.seed, "seed", 0, "the seed of a run before, to do the same again")
	f.compiler.declare(set, "")
	set.BoolVar(&f.all, "all", false, "explain every check that fails, not only the first")
}

func checkOnce(ctx context.Context, c console, args []string) (int, error) {
	var f checkFlags
	set := flags(&f)
	if err := parseFlags(set, args); err != nil {
		return c.badFlags(set, err)
	}
	lang, err := parseLanguage(f.lang)
	if err != nil {
		return 0, err
	}
	var w *lessons.Workspace
	var l *lessons.Lesson
	dir := f.folder
	if dir == "" {
		if w, err = f.open(c); err != nil {
			return 0, err
		}
		if l, err = lesson(w, set.Args()); err != nil {
			return 0, err
		}
		dir = w.LessonDir(l)
		if lang == "" {
			lang = w.Language()
		}
	} else {
		if set.NArg() != 1 {
			return 0, usageError("check --dir needs a lesson", "for example: socklab check --dir mine 05")
		}
		catalog, err := lessons.Builtin()
		if err != nil {
			return 0, err
		}
		if l, err = findLesson(catalog, set.Arg(0)); err != nil {
			return 0, err
		}
	}
	work, err := newWorkshop(ctx, c, f.compiler.Compiler, engine.Quick, nil)
	if err != nil {
		return 0, err
	}
	defer work.Close()
	o := check.Options{Seed: f.seed}
	if f.only != "" {
		if o.Only, err = checkIDs(l, f.only); err != nil {
			return 0, err
		}
	}
	rep, err := work.check(ctx, l, dir, lang, o, func() {})
	if err != nil {
		return 0, err
	}
	if f.json {
		c.jsonReport(rep)
	} else {
		c.plainReport(rep, style(c.out, f.all))
	}
	if w != nil && f.only == "" {
		if _, err := w.Note(l, rep); err != nil {
			c.notKept(err)
		}
	}
	return verdictCode(rep), nil
}

// checkIDs reads a list of checks.
func checkIDs(l *lessons.Lesson, list string) ([]string, error) {
	script, err := l.Script()
	if err != nil {
		return nil, err
	}
	known := map[string]bool{"house": true}
	for _, c := range script.Checks() {
		known[c.ID] = true
	}
	ids := strings.Split(list, ",")
	for i := range ids {
		if ids[i] = strings.TrimSpace(ids[i]); !known[ids[i]] {
			return nil, usageError(fmt.Sprintf("lesson %s has no check %q", l.ID(), ids[i]), "socklab check without --only names them all")
		}
	}
	return ids, nil
}

// check builds what is in a folder, says when that is done, and runs a lesson's
// checks on it.
func (w *workshop) check(ctx context.Context, l *lessons.Lesson, dir string, lang build.Language, o check.Options, built func()) (*check.Report, error) {
	h, err := l.Find(dir, lang)
	if err != nil {
		if errors.Is(err, lessons.ErrEmpty) {
			return nil, &problem{what: err.Error(), hints: []string{"the lesson asks for " + strings.Join(programFiles(l, lang), ", "), "socklab reset gives the starters back; what you have written is kept beside them"}, code: exitUndecided, cause: err}
		}
		return nil, &problem{what: err.Error(), hints: []string{"socklab reset gives a lesson's files back"}, code: exitUndecided, cause: err}
	}
	defer h.Close()
	return w.checkHandin(ctx, l, h, o, built)
}

func (w *workshop) checkHandin(ctx context.Context, l *lessons.Lesson, h *lessons.Handin, o check.Options, built func()) (*check.Report, error) {
	sub, err := h.Build(ctx, w.toolkit)
	if err != nil {
		return nil, explain(ctx, err, h.Dir)
	}
	built()
	rep, err := l.Check(ctx, sub, o)
	if err != nil {
		return nil, &problem{what: err.Error(), code: exitBroken, cause: err}
	}
	return rep, nil
}

func programFiles(l *lessons.Lesson, lang build.Language) []string {
	if lang == "" {
		lang = l.Languages[0]
	}
	var names []string
	for _, p := range l.Programs {
		names = append(names, p+lessons.Extension(lang))
	}
	return names
}

// verdictCode is the exit code that a report means.
func verdictCode(r *check.Report) int {
	switch h := r.Headline(); {
	case h == nil:
		return exitPass
	case h.Outcome == check.Undecided:
		return exitUndecided
	}
	return exitFail
}

// plainReport prints a report: what a compiler said on stderr, as a compiler
// does, and the verdict.
func (c console) plainReport(r *check.Report, s term.Style) {
	for _, program := range slices.Sorted(maps.Keys(r.Warnings)) {
		io.WriteString(c.err, r.Warnings[program])
	}
	fmt.Fprint(c.out, term.Verdict(r, s))
}

// jsonReport prints a report as events: one for each program that its compiler
// warned of and one for each check, then the whole.
func (c console) jsonReport(r *check.Report) {
	for _, program := range slices.Sorted(maps.Keys(r.Warnings)) {
		c.jsonLine(event{"event": "warnings", "program": program, "text": r.Warnings[program]})
	}
	for _, res := range r.Checks {
		c.jsonLine(struct {
			Event string `json:"event"`
			check.Result
		}{"check", res})
	}
	points, most := r.Score()
	c.jsonLine(struct {
		Event    string        `json:"event"`
		Lesson   string        `json:"lesson"`
		Seed     uint64        `json:"seed"`
		Language string        `json:"language"`
		Verdict  check.Verdict `json:"verdict"`
		Score    int           `json:"score"`
		MaxScore int           `json:"max_score"`
	}{"verdict", r.Lesson, r.Seed, r.Language, r.Verdict(), points, most})
}

// style is how text goes to w.
func style(w io.Writer, all bool) term.Style {
	width, tty := term.Size(w)
	return term.Style{Width: width, Plain: !tty || noColour(), All: all}
}
