package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"socklab/cmd/socklab/internal/term"
	"socklab/lessons"
	"socklab/lessons/check"
	"socklab/runtime/watch"
)

// learner is the loop of learn: saves, keys and verdicts come in, and the
// screen, or lines, go out. One goroutine runs it.
type learner struct {
	console
	space *lessons.Workspace
	work  *workshop
	once  bool
	json  bool // events instead of plain lines

	face  *term.Screen // nil: plain lines
	steps chan string  // of long first-time steps

	lesson  *lessons.Lesson
	watcher *watch.Watcher
	page    string          // what is shown: text, verdict, hint, list or trace
	report  *check.Report   // of the last check of this lesson; nil: none yet
	passed  *lessons.Lesson // the lesson that this one was opened by
	trouble error           // instead of a report
	hints   []string        // that were shown
	status  string
	mood    string
	note    string // in the place of the status, until the next key or event

	running  int // the number of the check that runs, or ran last
	cancel   context.CancelFunc
	verdicts chan verdict
}

// verdict is how a check ended.
type verdict struct {
	number int
	report *check.Report
	err    error
}

// run is the loop. It returns when the student quits, or after one verdict.
func (t *learner) run(ctx context.Context) (int, error) {
	t.verdicts = make(chan verdict, 1)
	t.steps = make(chan string, 16)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer func() {
		if t.cancel != nil {
			t.cancel()
		}
		if t.watcher != nil {
			t.watcher.Close()
		}
	}()
	if err := t.open(ctx, t.space.Current()); err != nil {
		return 0, err
	}
	if t.face == nil {
		return t.loop(ctx)
	}
	type result struct {
		code int
		err  error
	}
	over := make(chan result, 1)
	go func() {
		code, err := t.loop(ctx)
		over <- result{code, err}
		t.face.Quit()
	}()
	err := t.face.Run()
	stop()
	r := <-over
	return r.code, errors.Join(err, r.err)
}

// open makes a lesson the current one and watches its files.
func (t *learner) open(ctx context.Context, l *lessons.Lesson) error {
	if err := t.space.Begin(l); err != nil {
		return workspaceProblem(err, t.space.Dir)
	}
	files := sourceFiles(t.space, l)
	var abs []string
	for _, f := range files {
		a, err := filepath.Abs(f)
		if err != nil {
			return err
		}
		abs = append(abs, a)
	}
	watcher, err := watch.Watch(ctx, watch.Options{Paths: []string{t.space.LessonDir(l)}, Match: func(file string) bool { return slices.Contains(abs, file) }})
	if err != nil {
		return &problem{what: "the lesson's folder cannot be watched: " + err.Error(), hints: []string{"socklab check gives one verdict at a time"}, code: exitBroken, cause: err}
	}
	if t.watcher != nil {
		t.watcher.Close()
	}
	t.watcher = watcher
	t.lesson, t.report, t.trouble, t.hints, t.page = l, nil, nil, nil, "text"
	t.say("", "waiting for you to save "+filesOf(files))
	if polls, why := t.watcher.Polling(); polls {
		fmt.Fprintf(t.err, "socklab: note: %s\n", why)
	}
	return nil
}

func (t *learner) loop(ctx context.Context) (int, error) {
	t.show()
	// Whoever comes back, or wants one verdict, is told at once how it is.
	if t.once || t.face == nil || t.space.Record(t.lesson).Attempts > 0 {
		t.check(ctx)
	}
	var keys <-chan term.Key
	if t.face != nil {
		keys = t.face.Keys()
	}
	for {
		select {
		case <-ctx.Done():
			return exitInterrupted, nil
		case <-t.watcher.Changes():
			t.check(ctx)
		case s := <-t.steps:
			if s != "" {
				t.say("", s)
				t.show()
			}
		case v := <-t.verdicts:
			if v.number != t.running {
				continue
			}
			code, err := t.judge(ctx, v)
			if t.once || err != nil {
				return code, err
			}
		case k := <-keys:
			quit, err := t.key(ctx, k)
			if quit || err != nil {
				return exitPass, err
			}
		}
	}
}

// check begins a check of what is there now. One that still runs is broken
// off: it is about what was there before.
func (t *learner) check(ctx context.Context) {
	if t.cancel != nil {
		t.cancel()
	}
	ctx, t.cancel = context.WithCancel(ctx)
	t.running++
	number, l := t.running, t.lesson
	t.say("", "checking…")
	t.show()
	go func() {
		rep, err := t.work.check(ctx, l, t.space.LessonDir(l), t.space.Language(), check.Options{}, func() {})
		if ctx.Err() == nil {
			t.verdicts <- verdict{number, rep, err}
		}
	}()
}

// judge takes a verdict.
func (t *learner) judge(ctx context.Context, v verdict) (int, error) {
	t.report, t.trouble, t.page = v.report, v.err, "verdict"
	if v.err != nil {
		var p *problem
		if !errors.As(v.err, &p) {
			p = &problem{what: v.err.Error(), code: exitBroken}
		}
		t.say("bad", "could not be checked")
		t.show()
		if t.face == nil {
			t.fail(v.err)
		}
		return p.code, nil
	}
	next, unkept := t.space.Note(t.lesson, v.report)
	if unkept != nil {
		next = nil // its files could not be made either
	}
	code := verdictCode(v.report)
	switch code {
	case exitPass:
		t.say("good", "passed")
		if t.space.Catalog.After(t.lesson) != nil {
			t.say("good", "passed; n opens the next lesson")
		}
	case exitFail:
		t.say("bad", "not yet: "+v.report.Headline().ID+". h gives a hint, t shows the trace")
	default:
		t.say("odd", "undecided: the tool failed, not you. r runs it again")
	}
	if unkept != nil {
		t.say("odd", "your progress is not kept: "+unkept.Error())
		if t.face == nil {
			t.notKept(unkept)
		}
	}
	switch {
	case t.json:
		t.jsonReport(v.report)
	case t.face == nil:
		t.plainReport(v.report, style(t.out, false))
	}
	if code == exitPass && next != nil {
		done := t.lesson
		if err := t.open(ctx, next); err != nil {
			return code, t.trip(err)
		}
		t.passed = done
		t.say("good", fmt.Sprintf("lesson %02d is passed. Next: save %s", done.Number, filesOf(sourceFiles(t.space, next))))
		switch {
		case t.json:
			t.jsonLine(event{"event": "next", "passed": done.ID(), "lesson": next.ID(), "dir": t.space.LessonDir(next)})
		case t.face == nil:
			fmt.Fprintf(t.out, "lesson %s is passed; the next one is %s, in %s\n", done.ID(), next.ID(), short(t.space.LessonDir(next)))
		}
	} else if code == exitPass && t.face == nil && !t.json && t.allDone() {
		fmt.Fprintln(t.out, "every lesson is passed")
	}
	t.show()
	return code, nil
}

func (t *learner) allDone() bool {
	for _, l := range t.space.Catalog.Lessons {
		if !t.space.Done(l) {
			return false
		}
	}
	return true
}

// key does what the student asks for.
func (t *learner) key(ctx context.Context, k term.Key) (quit bool, err error) {
	t.note = ""
	switch k.Name {
	case "quit":
		return true, nil
	case "run":
		t.check(ctx)
		return false, nil
	case "hint":
		text, left, unkept := t.space.Hint(t.lesson)
		if !slices.Contains(t.hints, text) {
			t.hints = append(t.hints, text)
		}
		t.page = "hint"
		t.note = moreHints(left)
		if unkept != nil {
			t.note = "your progress is not kept: " + unkept.Error()
		}
	case "next":
		next := t.space.Catalog.After(t.lesson)
		switch {
		case next == nil:
			t.note = "this is the last lesson"
		case !t.space.Done(t.lesson):
			t.note = "this lesson is not passed yet; l lists them all, enter opens one"
		default:
			return false, t.turnTo(ctx, next)
		}
	case "list":
		t.page = "list"
	case "select":
		if t.page == "list" && k.Item < len(t.space.Catalog.Lessons) {
			return false, t.turnTo(ctx, t.space.Catalog.Lessons[k.Item])
		}
	case "trace":
		if t.report == nil {
			t.note = "no check has run yet: save your file, or press r"
		} else {
			t.page = "trace"
		}
	case "page":
		if t.page == "text" && (t.report != nil || t.trouble != nil) {
			t.page = "verdict"
		} else {
			t.page = "text"
		}
	}
	t.show()
	return false, nil
}

// turnTo opens a lesson that the student has chosen.
func (t *learner) turnTo(ctx context.Context, l *lessons.Lesson) error {
	if t.cancel != nil {
		t.cancel()
	}
	t.running++ // a verdict on the way is about another lesson
	t.passed = nil
	if err := t.open(ctx, l); err != nil {
		return t.trip(err)
	}
	t.show()
	return nil
}

// trip shows what went wrong with the workspace, where there is a screen: it
// may be put right while the screen is there. Without one it ends the loop.
func (t *learner) trip(err error) error {
	if t.face == nil {
		return err
	}
	t.trouble, t.page = err, "verdict"
	t.say("bad", "the workspace is not as it was")
	t.show()
	return nil
}

// hintPage is hints as a text. What a hint begins with may be a list or code,
// which begin a line.
func hintPage(hints []string) string {
	var b strings.Builder
	for i, h := range hints {
		fmt.Fprintf(&b, "**Hint %d**\n\n%s\n\n", i+1, strings.TrimSpace(h))
	}
	return b.String()
}

// moreHints tells how many there are.
func moreHints(left int) string {
	switch left {
	case 0:
		return "that was the last hint"
	case 1:
		return "1 more hint"
	}
	return fmt.Sprintf("%d more hints", left)
}

func (t *learner) say(mood, status string) { t.mood, t.status, t.note = mood, status, "" }

// show shows the page there is.
func (t *learner) show() {
	if t.face == nil {
		return
	}
	done := 0
	for _, l := range t.space.Catalog.Lessons {
		if t.space.Done(l) {
			done++
		}
	}
	v := term.View{
		Title: fmt.Sprintf("%02d %s: %s", t.lesson.Number, t.lesson.Slug, t.lesson.Title),
		Done:  fmt.Sprintf("%d of %d done", done, len(t.space.Catalog.Lessons)),
		Page:  fmt.Sprint(t.page, t.lesson.Number, t.running), Status: t.status, Mood: t.mood,
	}
	if t.note != "" {
		v.Status, v.Mood = t.note, ""
	}
	l, rep, trouble, passed := t.lesson, t.report, t.trouble, t.passed
	files := sourceFiles(t.space, l)
	switch t.page {
	case "text":
		v.Page = fmt.Sprint("text", l.Number)
		v.Text = func(s term.Style) string {
			head := ""
			if passed != nil {
				head = term.Good(s, fmt.Sprintf("✓ lesson %02d %s is passed", passed.Number, passed.Slug)) + "\n\n"
			}
			return head + term.Markdown(l.Text("")+"\n\n---\n\n"+terminalNote(files), s)
		}
	case "verdict":
		v.Text = func(s term.Style) string {
			if trouble != nil {
				return term.Problem(trouble.Error(), hintsOf(trouble), s)
			}
			return term.Verdict(rep, s) + term.Warnings(rep, s)
		}
	case "hint":
		hints := hintPage(t.hints)
		v.Text = func(s term.Style) string { return term.Markdown(hints, s) }
		v.Page = fmt.Sprint("hint", len(t.hints))
	case "list":
		for i, x := range t.space.Catalog.Lessons {
			v.Items = append(v.Items, listLine(t.space, x))
			if x == l {
				v.At = i
			}
		}
		v.Status, v.Mood = "enter opens a lesson, tab goes back", ""
	case "trace":
		v.Text = func(s term.Style) string {
			c := rep.Headline()
			if c == nil {
				c = &rep.Checks[0]
			}
			return term.Trace(c, s)
		}
	}
	t.face.Show(v)
}

func hintsOf(err error) []string {
	var p *problem
	if errors.As(err, &p) {
		return p.hints
	}
	return nil
}

func shortList(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = short(f)
	}
	return out
}

// terminalNote tells which files are the student's, and how a second terminal
// comes to run them where the shell does not know this program.
func terminalNote(files []string) string {
	note := "Your files: `" + strings.Join(shortList(files), "`, `") + "`\n"
	self, err := os.Executable()
	dir, abs := filepath.Abs(filepath.Dir(files[0]))
	if _, known := exec.LookPath("socklab"); known == nil || err != nil || abs != nil {
		return note
	}
	return note + fmt.Sprintf("\nWhere the text says `socklab run …`, it means a second terminal, and there first:\n\n```\ncd %s\nexport PATH=\"$PATH:%s\"\n```\n", quotedPath(dir), filepath.Dir(self))
}

// quotedPath is a path as a shell takes it.
func quotedPath(path string) string {
	if strings.ContainsAny(path, " \t'\"\\$&;()*?<>|`") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// filesOf names the files of a lesson, which are of one folder: in a narrow
// terminal, what is cut off is the folder.
func filesOf(files []string) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = filepath.Base(f)
	}
	return strings.Join(names, " or ") + " in " + short(filepath.Dir(files[0]))
}
