package lessons

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"socklab/lessons/check"
	"socklab/runtime/build"
)

// Handin is a folder with a student's work for one lesson, open for reading.
type Handin struct {
	Dir      string
	Language build.Language
	Sources  map[string]string // the path of each program that is there, by its name

	root *os.Root
}

// ErrEmpty is a folder without any program of the lesson.
var ErrEmpty = errors.New("no program of this lesson is in the folder")

// Find looks for the lesson's programs in a folder; or takes one program's
// file alone. lang says which to take if there are several; "" takes the
// language with the most programs, then the one that the lesson names first.
// Links are not followed: a submission is what is in its folder. Close it.
func (l *Lesson) Find(dir string, lang build.Language) (*Handin, error) {
	alone := ""
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		dir, alone = filepath.Split(filepath.Clean(dir))
		dir = filepath.Clean(dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	best := &Handin{Dir: dir, Language: lang, root: root}
	odd := "" // what has a program's name and is none
	for _, candidate := range append(slices.Clone(l.Languages), build.Wasm) {
		if lang != "" && candidate != lang {
			continue
		}
		found := map[string]string{}
		for _, p := range l.Programs {
			name := p + Extension(candidate)
			if alone != "" && alone != name && !(len(l.Programs) == 1 && filepath.Ext(alone) == Extension(candidate)) {
				continue
			}
			if alone != "" {
				name = alone
			}
			switch info, err := root.Lstat(name); {
			case err != nil:
			case info.Mode().IsRegular():
				found[p] = filepath.Join(dir, name)
			case info.IsDir():
				odd = name + " is a folder"
			case info.Mode()&os.ModeSymlink != 0:
				odd = name + " is a link, and links are not followed"
			}
		}
		if len(found) > len(best.Sources) {
			best.Language, best.Sources = candidate, found
		}
	}
	if len(best.Sources) == 0 {
		root.Close()
		if odd != "" {
			return nil, fmt.Errorf("%s: %w: %s", dir, ErrEmpty, odd)
		}
		return nil, fmt.Errorf("%s: %w", dir, ErrEmpty)
	}
	return best, nil
}

// Close lets the folder go.
func (h *Handin) Close() error { return h.root.Close() }

// Build builds the programs. One that does not compile, or cannot be built
// for what it is, is the student's failure and becomes part of the
// submission; an error is the tool's own.
func (h *Handin) Build(ctx context.Context, b build.Builder) (*check.Submission, error) {
	sub := &check.Submission{
		Language: string(h.Language),
		Programs: map[string]check.Program{},
		Broken:   map[string]error{},
		Warnings: map[string]string{},
		Files:    h.root.FS(),
	}
	for name, source := range h.Sources {
		p, err := h.build(ctx, b, source)
		var compile *build.CompileError
		var bad *build.SourceError
		switch {
		case err == nil:
			sub.Programs[name] = check.Built(p)
			if p.Warnings != "" {
				sub.Warnings[name] = p.Warnings
			}
		case errors.As(err, &compile):
			sub.Broken[name] = err
		case errors.As(err, &bad): // where the folder is on this machine is nobody's affair
			own := *bad
			if rel, err := filepath.Rel(h.Dir, own.Path); err == nil {
				own.Path = rel
			}
			sub.Broken[name] = &own
		default:
			return nil, err
		}
	}
	return sub, nil
}

// build builds one program, of the folder that was looked into.
func (h *Handin) build(ctx context.Context, b build.Builder, source string) (*build.Program, error) {
	if in, ok := b.(build.FolderBuilder); ok {
		return in.BuildIn(ctx, h.root, filepath.Base(source))
	}
	return b.Build(ctx, source)
}

// Is reports whether the folder that was opened is the one of info: by its
// name alone another may have been found.
func (h *Handin) Is(info os.FileInfo) bool {
	own, err := h.root.Stat(".")
	return err == nil && os.SameFile(own, info)
}

// Check runs the lesson's checks on a submission. Where o says nothing, it is
// the lesson that speaks. An error is the lesson's own.
func (l *Lesson) Check(ctx context.Context, sub *check.Submission, o check.Options) (*check.Report, error) {
	script, err := l.Script()
	if err != nil {
		return nil, err
	}
	o.Lesson, o.Programs = l.ID(), l.Programs
	if o.Limits.Wall == 0 {
		o.Limits = l.Limits
	}
	return script.Run(ctx, sub, o), nil
}

// Points is what a perfect submission gets.
func (l *Lesson) Points() (int, error) {
	script, err := l.Script()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range script.Checks() {
		n += c.Max
	}
	return n, nil
}
