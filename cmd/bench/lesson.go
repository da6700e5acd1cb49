package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"socklab/lessons"
	"socklab/lessons/check"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

// edit is a student's change of a program, which no other n has: text to be
// added at its end. It changes what is compiled, and not what it does.
var edits = map[build.Language]string{
	build.Go:     "\nfunc init() {\n\tif len(os.Args) == %d {\n\t\tos.Exit(9)\n\t}\n}\n",
	build.Python: "\nedit = %d\n",
}

// lesson measures the time from a saved file to the first verdict of lesson
// 05 against what the same edit costs natively: to build the program, to
// start it, and the same checks against the bare processes. The two that need
// faults are left out of both.
func (b *bencher) lesson(ctx context.Context) error {
	for _, lang := range []build.Language{build.Go, build.Python} {
		f := figure{Name: "saved file to verdict", Of: string(lang), Unit: "ms", Target: 1.8}
		if lang == build.Python {
			f.Of, f.Target = "py", 3
		}
		if !b.wanted(f) {
			continue
		}
		if _, err := exec.LookPath("python3"); lang == build.Python && err != nil {
			f.Note = "not measured: there is no python3 here"
			b.add(f)
			continue
		}
		f.Note = "lesson 05, all checks but the two with faults"
		if err := b.verdicts(ctx, lang, &f); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		b.add(f)
	}
	return nil
}

// verdicts takes native and guest verdicts in turn.
func (b *bencher) verdicts(ctx context.Context, lang build.Language, f *figure) error {
	s, err := newStudent(lang, filepath.Join(b.programs.dir, "lesson-"+f.Of), filepath.Join(b.programs.dir, "src", "go.mod"))
	if err != nil {
		return err
	}
	defer s.engine.Close()
	var native, guest []float64
	for n := range b.count + 1 {
		a, err := s.time(ctx, 2*n, s.native)
		if err != nil {
			return fmt.Errorf("native: %w", err)
		}
		g, err := s.time(ctx, 2*n+1, s.sandboxed)
		if err != nil {
			return err
		}
		if n > 0 { // the first fills caches
			native, guest = append(native, a), append(guest, g)
		}
	}
	f.fill(native, guest)
	return nil
}

// student is somebody at lesson 05, with a folder of programs that pass.
type student struct {
	lang    build.Language
	dir     string
	lesson  *lessons.Lesson
	script  *check.Script
	checks  []string // that are run
	files   map[string][]byte
	edited  string // the file that is saved again and again
	engine  *engine.Engine
	toolkit *build.Toolkit
}

func newStudent(lang build.Language, dir, gomod string) (*student, error) {
	catalog, err := lessons.Builtin()
	if err != nil {
		return nil, err
	}
	s := &student{lang: lang, dir: dir}
	for _, l := range catalog.Lessons {
		if l.Number == 5 {
			s.lesson = l
		}
	}
	if s.lesson == nil {
		return nil, errors.New("there is no lesson 05")
	}
	if s.script, err = s.lesson.Script(); err != nil {
		return nil, err
	}
	for _, c := range s.script.Checks() {
		if c.ID != "s3" && c.ID != "k3" { // faults
			s.checks = append(s.checks, c.ID)
		}
	}
	if s.files, err = s.lesson.Solution(lang); err != nil {
		return nil, err
	}
	s.files = maps.Clone(s.files)
	s.edited = s.lesson.Programs[0] + lessons.Extension(lang)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	for name, text := range s.files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			return nil, err
		}
	}
	if mod, err := os.ReadFile(gomod); err != nil {
		return nil, err
	} else if err := os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o666); err != nil {
		return nil, err
	}
	cache, err := engine.CacheDir()
	if err != nil {
		return nil, err
	}
	if s.engine, err = engine.New(context.Background(), engine.Options{CacheDir: cache}); err != nil {
		return nil, err
	}
	// As `socklab learn` has it.
	s.toolkit, err = build.New(build.Options{Engine: s.engine, CacheDir: filepath.Join(cache, "build"), Tier: engine.Quick})
	return s, err
}

// time saves an edit and takes the milliseconds to its verdict, which must be
// that all checks pass.
func (s *student) time(ctx context.Context, n int, verdict func(context.Context) (*check.Report, error)) (float64, error) {
	if err := quiet(ctx); err != nil {
		return 0, err
	}
	text := string(s.files[s.edited]) + fmt.Sprintf(edits[s.lang], 1000+n)
	began := time.Now()
	if err := os.WriteFile(filepath.Join(s.dir, s.edited), []byte(text), 0o666); err != nil {
		return 0, err
	}
	rep, err := verdict(ctx)
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	if h := rep.Headline(); h != nil {
		return 0, fmt.Errorf("check %s: %s: %v", h.ID, h.Outcome, h.Problem)
	}
	return float64(took.Microseconds()) / 1e3, nil
}

// sandboxed is the verdict of the sandbox: all programs are built, as `learn`
// does.
func (s *student) sandboxed(ctx context.Context) (*check.Report, error) {
	h, err := s.lesson.Find(s.dir, s.lang)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	sub, err := h.Build(ctx, s.toolkit)
	if err != nil {
		return nil, err
	}
	return s.lesson.Check(ctx, sub, check.Options{Only: s.checks})
}

// native is the same on the bare machine: the program that has changed is
// built, the other one is there.
func (s *student) native(ctx context.Context) (*check.Report, error) {
	sub := &check.Submission{Language: string(s.lang), Programs: map[string]check.Program{}}
	for _, name := range s.lesson.Programs {
		file := name + lessons.Extension(s.lang)
		argv := []string{"python3", filepath.Join(s.dir, file)}
		if s.lang == build.Go {
			argv = []string{filepath.Join(s.dir, name)}
			if _, err := os.Stat(argv[0]); err != nil || file == s.edited {
				if err := s.goBuild(ctx, name, file); err != nil {
					return nil, err
				}
			}
		}
		sub.Programs[name] = check.Bare(func(ctx context.Context, args []string) *exec.Cmd {
			return exec.CommandContext(ctx, argv[0], append(argv[1:len(argv):len(argv)], args...)...)
		})
	}
	return s.script.Run(ctx, sub, check.Options{Programs: s.lesson.Programs, Only: s.checks, Bare: true}), nil
}

// goBuild is `go build`, as a student would type it.
func (s *student) goBuild(ctx context.Context, name, file string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", name, file)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// quiet waits until this process does nothing any more: the engine compiles
// while nothing runs, and that belongs to neither side.
func quiet(ctx context.Context) error {
	const pause = 400 * time.Millisecond // longer than the engine waits before it begins
	for range 50 {
		before := cpuTime()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		if cpuTime()-before < pause/20 {
			return nil
		}
	}
	return errors.New("this process does not come to rest")
}

// cpuTime is what this process has used of processors.
func cpuTime() time.Duration {
	var u unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
