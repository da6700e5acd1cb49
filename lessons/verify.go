package lessons

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"socklab/lessons/check"
	"socklab/runtime/build"
)

// Problem is something that an author must mend.
type Problem struct {
	Path string // in the lesson's folder
	Text string
}

func (p Problem) String() string { return p.Path + ": " + p.Text }

// VerifyOptions are how to verify.
type VerifyOptions struct {
	Builder   build.Builder
	Languages []build.Language // those to verify; empty: all of the lesson's
	Runs      int              // how often each submission is checked; 0: once
	Patience  float64          // see check.Options
	Seed      uint64           // of the first run; 0: by chance
	// Progress is told each submission as it is taken up, one at a time. nil:
	// nobody asks.
	Progress func(path string)
}

// Verify is an author's gate: it says whether the lesson in a folder holds.
//
//   - lesson.toml, README.md and check.star are there and make sense, no hint
//     is empty, and there is no file that nothing uses.
//   - Each starter builds, has a TODO, and does not pass.
//   - Each accepted submission passes, in each language at least one.
//   - Each other submission gets the verdict of its folder, and the check and
//     diagnosis that its first line names. No other diagnosis comes up.
//
// An error is the tool's own failure.
func Verify(ctx context.Context, dir string, o VerifyOptions) ([]Problem, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if tell := o.Progress; tell != nil {
		var mu sync.Mutex
		o.Progress = func(path string) {
			mu.Lock()
			defer mu.Unlock()
			tell(path)
		}
	}
	v := &verifier{ctx: ctx, dir: abs, o: o}
	defer func() {
		for _, c := range v.closers {
			c()
		}
	}()
	if v.o.Runs < 1 {
		v.o.Runs = 1
	}
	if v.l, err = Load(os.DirFS(abs), filepath.Base(abs)); err != nil {
		return []Problem{{"lesson.toml", err.Error()}}, nil
	}
	if _, err := v.l.Script(); err != nil {
		return []Problem{{"check.star", err.Error()}}, nil
	}
	v.strays()
	v.texts()
	if err := v.starters(); err != nil {
		return nil, err
	}
	if err := v.submissions(); err != nil {
		return nil, err
	}
	return v.problems, nil
}

type verifier struct {
	ctx      context.Context
	dir      string
	o        VerifyOptions
	l        *Lesson
	problems []Problem
	closers  []func() error
}

func (v *verifier) problem(path, format string, args ...any) {
	v.problems = append(v.problems, Problem{path, fmt.Sprintf(format, args...)})
}

// verdictFolders are the folders of submissions, by the verdict that is due.
var verdictFolders = map[string]check.Verdict{
	"accepted": check.Accepted, "wrong_answer": check.WrongAnswer,
	"time_limit_exceeded": check.TimeLimitExceeded, "memory_limit_exceeded": check.MemoryLimitExceeded,
	"output_limit_exceeded": check.OutputLimitExceeded, "run_time_error": check.RunTimeError,
	"compile_error": check.CompileError, "policy_violation": check.PolicyViolation,
}

// strays finds files that nothing uses.
func (v *verifier) strays() {
	handed := map[string]bool{}
	for _, lang := range v.l.Languages {
		for _, n := range v.l.names(lang) {
			handed[n] = true
		}
	}
	museum := map[string]bool{}
	for _, m := range v.l.Museum {
		museum[m.File] = true
	}
	top := regexp.MustCompile(`^(lesson\.toml|check\.star|README(\.[a-z]{2})?\.md)$`)
	filepath.WalkDir(v.dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(v.dir, file)
		rel = filepath.ToSlash(rel)
		parts := strings.Split(rel, "/")
		ok := false
		switch {
		case !d.Type().IsRegular():
		case len(parts) == 1:
			ok = top.MatchString(rel)
		case parts[0] == "starter":
			ok = len(parts) == 2 && handed[parts[1]]
		case parts[0] == "submissions":
			ok = len(parts) == 4 && verdictFolders[parts[1]] != "" && handed[parts[3]]
		default:
			ok = museum[rel]
		}
		if !ok {
			v.problem(rel, "a stray file: nothing uses it")
		}
		return nil
	})
	for file := range museum {
		if _, err := v.l.Open(file); err != nil || !strings.HasPrefix(file, "museum/") {
			v.problem("lesson.toml", "museum: %s is not in the folder museum", file)
		}
	}
}

// texts looks at what a student reads.
func (v *verifier) texts() {
	text := v.l.Text("")
	if !strings.HasPrefix(text, "# ") {
		v.problem("README.md", "it must begin with a title: # …")
	}
	for _, p := range v.l.Programs {
		if !strings.Contains(text, "`"+p+" ") && !strings.Contains(text, "`"+p+"`") {
			v.problem("README.md", "it never says `%s`: where is the contract?", p)
		}
	}
	for i, q := range v.l.Predict {
		if q.Ask == "" || q.Answer == "" {
			v.problem("lesson.toml", "question %d needs ask and answer", i+1)
		}
	}
}

func (v *verifier) languages() []build.Language {
	if len(v.o.Languages) == 0 {
		return v.l.Languages
	}
	return slices.DeleteFunc(slices.Clone(v.l.Languages), func(l build.Language) bool { return !slices.Contains(v.o.Languages, l) })
}

// starters must build, have a TODO, and not pass.
func (v *verifier) starters() error {
	for _, lang := range v.languages() {
		files, err := v.l.Starter(lang)
		if err != nil {
			v.problem("starter", "%v", err)
			continue
		}
		for name, b := range files {
			if !bytes.Contains(b, []byte("TODO")) {
				v.problem("starter/"+name, "there is no TODO in it")
			}
		}
		sub, err := v.built("starter", lang)
		if err != nil {
			return err
		}
		if sub == nil {
			continue
		}
		rep, err := v.check(sub, v.o.Seed)
		if err != nil {
			return err
		}
		if rep.Passed() {
			v.problem("starter", "in %s it passes unsolved", lang)
		}
		for _, c := range rep.Checks {
			v.ownMistakes("starter", c)
			if c.Diagnosis != nil && c.Diagnosis.Code == "COMPILE" || strings.Contains(stderrs(c), "SyntaxError") {
				v.problem("starter", "in %s it does not parse: %s", lang, c.Diagnosis.Text())
				break
			}
		}
	}
	return nil
}

func stderrs(c check.Result) string {
	var all strings.Builder
	for _, p := range c.Programs {
		all.WriteString(p.Stderr)
	}
	return all.String()
}

// built is the programs of one folder, ready to be checked again and again.
// It is nil if they are none of this verification's.
func (v *verifier) built(rel string, lang build.Language) (*check.Submission, error) {
	if v.o.Progress != nil {
		v.o.Progress(rel)
	}
	h, err := v.l.Find(filepath.Join(v.dir, filepath.FromSlash(rel)), lang)
	if err != nil {
		if errors.Is(err, ErrEmpty) {
			v.problem(rel, "%v", ErrEmpty)
			return nil, nil
		}
		return nil, err
	}
	if !slices.Contains(v.languages(), h.Language) {
		return nil, h.Close()
	}
	v.closers = append(v.closers, h.Close)
	return h.Build(v.ctx, v.o.Builder)
}

// check runs the lesson's checks.
func (v *verifier) check(sub *check.Submission, seed uint64) (*check.Report, error) {
	return v.l.Check(v.ctx, sub, check.Options{Seed: seed, Patience: v.o.Patience})
}

// ownMistakes are what the report says about the lesson, not the submission.
func (v *verifier) ownMistakes(rel string, c check.Result) {
	if c.Problem != "" {
		v.problem(rel, "%s is undecided: %s", c.ID, c.Problem)
	}
	for _, w := range c.Warnings {
		v.problem(rel, "%s: %s", c.ID, w)
	}
}

// submissions verifies every submission, some at once: most of a check is
// waiting.
func (v *verifier) submissions() error {
	folders, err := fs.Glob(os.DirFS(v.dir), "submissions/*/*")
	if err != nil {
		return err
	}
	each := make([]*verifier, len(folders))
	errs := make([]error, len(folders))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, rel := range folders {
		each[i] = &verifier{ctx: v.ctx, dir: v.dir, o: v.o, l: v.l}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = each[i].submission(rel)
		})
	}
	wg.Wait()
	for _, one := range each {
		v.problems = append(v.problems, one.problems...)
		v.closers = append(v.closers, one.closers...)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, lang := range v.languages() {
		if _, err := v.l.Solution(lang); err != nil {
			v.problem("submissions/accepted", "there must be a model solution in %s: %v", lang, err)
		}
	}
	return nil
}

// submission verifies one.
func (v *verifier) submission(rel string) error {
	verdict, ok := verdictFolders[path.Base(path.Dir(rel))]
	if !ok {
		return nil // its files are strays
	}
	exp, err := v.expectation(rel)
	switch {
	case err != nil:
		v.problem(rel, "%v", err)
		return nil
	case verdict == check.Accepted && exp != nil:
		v.problem(rel, "it is to be accepted, so there is nothing to expect")
	case verdict != check.Accepted && exp == nil:
		v.problem(rel, "the first line of a program must say what it gets: expect: s3 SERVER_DIED")
		return nil
	}
	sub, err := v.built(rel, "")
	if err != nil || sub == nil {
		return err
	}
	for run := range v.o.Runs {
		seed := v.o.Seed
		if seed != 0 {
			seed += uint64(run)
		}
		rep, err := v.check(sub, seed)
		if err != nil {
			return err
		}
		if v.judge(rel, verdict, exp, rep); len(v.problems) > 0 {
			return nil
		}
	}
	return nil
}

// judge compares a report with what was due.
func (v *verifier) judge(rel string, verdict check.Verdict, exp []expected, rep *check.Report) {
	if h := rep.Headline(); rep.Verdict() == check.CompileError && verdict != check.CompileError {
		v.problem(rel, "it does not compile: %s", h.Diagnosis.Text())
		return
	}
	for _, c := range rep.Checks {
		v.ownMistakes(rel, c)
		if c.Outcome != check.Fail || c.Diagnosis.Code == check.CodeUnseen {
			continue
		}
		code := c.Diagnosis.Code
		switch i := slices.IndexFunc(exp, func(e expected) bool { return e.check == c.ID }); {
		case i >= 0 && exp[i].code != code:
			v.problem(rel, "%s (seed %d): %s was due, it got %s: %s", c.ID, rep.Seed, exp[i].code, code, c.Diagnosis.Text())
		case i < 0 && !slices.ContainsFunc(exp, func(e expected) bool { return e.code == code }):
			v.problem(rel, "%s (seed %d): it fails with %s, which it does not expect: %s", c.ID, rep.Seed, code, c.Diagnosis.Text())
		}
	}
	for i, e := range exp {
		k := slices.IndexFunc(rep.Checks, func(c check.Result) bool { return c.ID == e.check })
		switch {
		case k < 0:
			v.problem(rel, "it expects %s of %s, and there is no such check", e.code, e.check)
		case rep.Checks[k].Outcome == check.Pass:
			v.problem(rel, "%s (seed %d): %s was due, and it passes", e.check, rep.Seed, e.code)
		case i == 0 && rep.Headline() != nil && rep.Headline().ID != e.check:
			v.problem(rel, "(seed %d): %s was to be the first to fail, it is %s", rep.Seed, e.check, rep.Headline().ID)
		}
	}
	if got := rep.Verdict(); got != verdict {
		v.problem(rel, "(seed %d): the verdict is %s, its folder says %s", rep.Seed, got, verdict)
	}
}
