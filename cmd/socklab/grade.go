package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"socklab/cmd/socklab/internal/term"
	"socklab/lessons"
	"socklab/lessons/check"
	"socklab/lessons/grade"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

var gradeCommand = command{name: "grade", args: "--lesson ID [flags] PATH...", short: "verdicts on many submissions", run: gradeAll}

type gradeFlags struct {
	lesson, format, out string
	seed                uint64
	jobs                int
	worker, quiet, json bool
	compiler            compilerFlag
}

func (f *gradeFlags) declare(set *flag.FlagSet) {
	set.StringVar(&f.lesson, "lesson", "", "the lesson's `ID`: its number or slug")
	set.StringVar(&f.format, "format", "", "`text`, json or csv (default: text)")
	set.StringVar(&f.out, "o", "", "write the document to `FILE` instead of stdout")
	set.Uint64Var(&f.seed, "seed", 0, "the seed of a run before, to do the same again")
	set.IntVar(&f.jobs, "jobs", max(1, runtime.NumCPU()/2), "submissions at once")
	f.compiler.declare(set, build.Sandboxed)
	set.BoolVar(&f.quiet, "quiet", false, "no progress on stderr")
	set.BoolVar(&f.json, "json", false, "one line of JSON on stdout for each submission, as soon as it has its verdict; a document only with -o")
	set.BoolVar(&f.worker, "worker", false, "be a worker (for grade's own use)")
}

func gradeAll(ctx context.Context, c console, args []string) (int, error) {
	var f gradeFlags
	set := flags(&f)
	if err := parseFlags(set, args); err != nil {
		return c.badFlags(set, err)
	}
	catalog, err := lessons.Builtin()
	if err != nil {
		return 0, err
	}
	if f.lesson == "" {
		return 0, usageError("grade needs --lesson", "for example: socklab grade --lesson 05 submissions/")
	}
	l, err := findLesson(catalog, f.lesson)
	if err != nil {
		return 0, err
	}
	if f.worker {
		return c.gradeWorker(ctx, l, f.compiler.Compiler)
	}
	write, err := documentWriter(f.format)
	if err != nil {
		return 0, err
	}
	if f.json && f.format != "" && f.out == "" {
		return 0, usageError("--json and --format would both write to stdout", "-o FILE says where the document goes")
	}
	if set.NArg() == 0 {
		return 0, usageError("grade needs submissions", "for example: socklab grade --lesson 05 submissions/")
	}
	subs, err := grade.Discover(set.Args(), func(dir string) bool {
		h, err := l.Find(dir, "")
		if err == nil {
			h.Close()
		}
		return err == nil
	})
	if err != nil {
		return 0, usageError(err.Error(), "a submission is a folder with "+strings.Join(programFiles(l, ""), ", ")+", or such a file")
	}
	if f.out != "" { // better known before an hour of grading than after it
		if err := writable(f.out); err != nil {
			return 0, usageError(err.Error(), "name a file in a folder that you can write to")
		}
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	if f.seed == 0 {
		f.seed = rand.Uint64N(1<<32-1) + 1
	}
	// What every worker needs is made once, not by all of them at once.
	if err := c.warm(ctx, l, f.compiler.Compiler); err != nil {
		return 0, err
	}
	script, err := l.Script()
	if err != nil {
		return 0, err
	}
	points, err := l.Points()
	if err != nil {
		return 0, err
	}
	// A submission may use up the time of every check, one after another.
	longest := time.Duration(len(script.Checks())+3) * gradeWall
	o := grade.Options{Lesson: l.ID(), Seed: f.seed, Jobs: f.jobs, MaxScore: points, Patience: longest, Worker: func() *exec.Cmd {
		cmd := exec.Command(self, "grade", "--worker", "--lesson", l.ID(), "--compiler", string(f.compiler.Compiler))
		ownGroup(cmd) // Ctrl-C is for us to pass on
		return cmd
	}}
	bar := &progressBar{c: c, all: len(subs), quiet: f.quiet}
	o.Done = bar.done
	if f.json {
		var line sync.Mutex
		o.Done = func(r grade.Result) {
			bar.done(r)
			line.Lock()
			defer line.Unlock()
			c.jsonLine(struct {
				Event string `json:"event"`
				grade.Result
			}{"submission", r})
		}
	}
	doc := grade.Run(ctx, subs, o)
	bar.end()
	if f.json {
		c.jsonLine(event{"event": "graded", "lesson": doc.Lesson, "seed": doc.Seed, "submissions": len(doc.Submissions)})
	}
	if ctx.Err() != nil {
		fmt.Fprintln(c.err, "socklab: broken off: what was not graded is InternalError")
	}
	switch {
	case f.out == "" && f.json:
	case f.out == "":
		err = write(doc, c.out)
	default:
		err = writeTo(f.out, func(w io.Writer) error { return write(doc, w) })
		if err != nil { // the document is worth more than the place for it
			write(doc, c.out)
			return 0, &problem{what: err.Error(), hints: []string{"the document went to stdout instead"}, code: exitBroken, cause: err}
		}
	}
	if err != nil {
		return 0, &problem{what: err.Error(), code: exitBroken, cause: err}
	}
	code := gradeCode(doc)
	if code == exitBroken {
		fmt.Fprintf(c.err, "socklab: hint: InternalError is no student's fault: grade those again, with --seed %d; \"problem\" says what went wrong\n", f.seed)
	}
	return code, nil
}

// gradeCode is 0 if every submission got a verdict of its own.
func gradeCode(d *grade.Document) int {
	for _, s := range d.Submissions {
		if s.Verdict == check.InternalError {
			return exitBroken
		}
	}
	return exitPass
}

// gradeWall is how long one check of a submission may take.
const gradeWall = 20 * time.Second

// gradeWorker serves jobs on standard input and output.
func (c console) gradeWorker(ctx context.Context, l *lessons.Lesson, compiler build.Compiler) (int, error) {
	work, err := newWorkshop(ctx, c, compiler, engine.Compiled, func(string, int64, int64) {})
	if err != nil {
		return 0, err
	}
	defer work.Close()
	err = grade.Serve(ctx, c.in, c.out, func(ctx context.Context, path string, seed uint64, built func()) (*check.Report, error) {
		h, clean, err := submissionFolder(l, path)
		if err != nil {
			return nil, err
		}
		defer clean()
		o := check.Options{Seed: seed, Parallel: 1, Patience: 2, Wall: gradeWall}
		return work.checkHandin(ctx, l, h, o, built)
	})
	if err != nil {
		return 0, err
	}
	return exitPass, nil
}

// warm prepares the toolchains.
func (c console) warm(ctx context.Context, l *lessons.Lesson, compiler build.Compiler) error {
	work, err := newWorkshop(ctx, c, compiler, engine.Quick, nil)
	if err != nil {
		return err
	}
	defer work.Close()
	var missing error
	ready := false
	for _, lang := range l.Languages {
		if err := work.toolkit.Prepare(ctx, lang); err != nil {
			missing = explain(ctx, err, "")
			continue
		}
		ready = true
	}
	if !ready {
		return missing
	}
	return nil
}

// documentWriter is the writer of a format.
func documentWriter(format string) (func(*grade.Document, io.Writer) error, error) {
	switch format {
	case "json":
		return (*grade.Document).WriteJSON, nil
	case "csv":
		return (*grade.Document).WriteCSV, nil
	case "", "text":
		return (*grade.Document).WriteText, nil
	}
	return nil, usageError(fmt.Sprintf("--format: %q is no format", format), "text, json or csv")
}

// writable tells whether writeTo could write a file now.
func writable(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", path)
	}
	f, err := os.CreateTemp(dirOf(path), ".socklab-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// writeTo writes a file whole or not at all.
func writeTo(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(dirOf(path), ".socklab-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// progressBar tells on stderr how far the grading is: a bar on a terminal,
// else a line a submission.
type progressBar struct {
	c     console
	all   int
	quiet bool

	mu    sync.Mutex
	n     int
	bad   int
	began time.Time
}

func (b *progressBar) done(r grade.Result) {
	if b.quiet {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n == 0 {
		b.began = time.Now()
	}
	b.n++
	if r.Verdict != check.Accepted {
		b.bad++
	}
	width, tty := term.Size(b.c.err)
	if !tty {
		fmt.Fprintf(b.c.err, "socklab: %d/%d %s: %s\n", b.n, b.all, grade.Plain(r.Name), r.Verdict)
		return
	}
	const cells = 30
	full := cells * b.n / b.all
	line := fmt.Sprintf("[%s%s] %d/%d  %d not accepted  %s: %s", strings.Repeat("█", full), strings.Repeat("·", cells-full), b.n, b.all, b.bad, grade.Plain(r.Name), r.Verdict)
	if width > 0 && len([]rune(line)) > width-1 {
		line = string([]rune(line)[:width-1])
	}
	fmt.Fprintf(b.c.err, "\r\x1b[K%s", line)
}

func (b *progressBar) end() {
	if _, tty := term.Size(b.c.err); tty && !b.quiet && b.n > 0 {
		fmt.Fprintln(b.c.err)
	}
}
