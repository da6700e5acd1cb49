package lessons

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"socklab/lessons/check"
	"socklab/runtime/build"
)

// Workspace is a student's folder: a folder for each lesson that was begun,
// named as the lesson is, and .socklab with the progress, with what was set
// aside, and with what an editor needs.
type Workspace struct {
	Dir     string
	Catalog *Catalog
	// Notices is what a student must be told about how the workspace was
	// found, such as a progress file that could not be read.
	Notices []string

	progress *Progress
}

const stateDir = ".socklab"

// ErrNoWorkspace is a folder that is none yet.
var ErrNoWorkspace = errors.New("there is no workspace here")

func (w *Workspace) progressPath() string { return filepath.Join(w.Dir, stateDir, "progress.json") }

// Create makes a workspace in a folder, which is made if it is missing, and
// begins the first lesson. What the folder has already is left alone; an
// existing workspace is opened.
func Create(dir string, c *Catalog, lang build.Language) (*Workspace, error) {
	w, err := OpenWorkspace(dir, c)
	if !errors.Is(err, ErrNoWorkspace) {
		return w, err
	}
	if len(c.Lessons) == 0 {
		return nil, errors.New("there are no lessons")
	}
	if err := os.MkdirAll(filepath.Join(dir, stateDir), 0o755); err != nil {
		return nil, err
	}
	w = &Workspace{Dir: dir, Catalog: c, progress: &Progress{Version: progressVersion, Language: lang, Lessons: map[string]*Record{}}}
	return w, w.Begin(c.Lessons[0])
}

// OpenWorkspace opens a workspace. A progress file that cannot be read is set
// aside and a new one begun, with the lessons in the folder taken as begun;
// one of an older version is brought up to date, one of a newer version is a
// *NewerError. The error is ErrNoWorkspace if dir is none.
func OpenWorkspace(dir string, c *Catalog) (*Workspace, error) {
	w := &Workspace{Dir: dir, Catalog: c}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", dir)
	}
	if !exists(w.progressPath()) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoWorkspace)
	}
	p, aside, err := readProgress(w.progressPath())
	if err != nil {
		return nil, err
	}
	w.progress = p
	if aside != "" {
		w.Notices = append(w.Notices, fmt.Sprintf("the progress file could not be read; it is kept as %s, and your work is untouched", aside))
	}
	if p.Language == "" {
		p.Language = w.guessLanguage()
	}
	if _, err := c.Find(p.Current); err != nil {
		p.Current = c.Lessons[0].Slug
		for _, l := range c.Lessons { // the last that was begun
			if exists(w.LessonDir(l)) {
				p.Current = l.Slug
			}
		}
	}
	if err := w.goModule(); err != nil {
		return nil, err
	}
	return w, p.save(w.progressPath())
}

// guessLanguage is the language of most of the files there are.
func (w *Workspace) guessLanguage() build.Language {
	best, most := build.Python, 0
	for _, lang := range []build.Language{build.Python, build.Go, build.C} {
		if found, _ := filepath.Glob(filepath.Join(w.Dir, "*", "*"+Extension(lang))); len(found) > most {
			best, most = lang, len(found)
		}
	}
	return best
}

// LessonDir is the folder of a lesson's programs.
func (w *Workspace) LessonDir(l *Lesson) string { return filepath.Join(w.Dir, l.ID()) }

// Language is what the student writes in.
func (w *Workspace) Language() build.Language { return w.progress.Language }

// SetLanguage changes it. The current lesson's starters are put beside what
// there is.
func (w *Workspace) SetLanguage(lang build.Language) error {
	w.progress.Language = lang
	return w.Begin(w.Current())
}

// Current is the lesson that the student is at.
func (w *Workspace) Current() *Lesson {
	l, err := w.Catalog.Find(w.progress.Current)
	if err != nil {
		return w.Catalog.Lessons[0]
	}
	return l
}

// Begin makes a lesson the current one and puts its starters and museum
// pieces into its folder. A file that is there already is the student's, and
// left alone.
func (w *Workspace) Begin(l *Lesson) error {
	if !exists(filepath.Join(w.Dir, stateDir)) {
		return fmt.Errorf("%s is a workspace no more: it was moved, or deleted", w.Dir)
	}
	files, err := w.given(l)
	if err != nil {
		return err
	}
	for name, b := range files {
		path := filepath.Join(w.LessonDir(l), filepath.FromSlash(name))
		if exists(path) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := writeFile(path, b); err != nil {
			return err
		}
	}
	if err := w.goModule(); err != nil {
		return err
	}
	w.progress.Current = l.Slug
	return w.progress.save(w.progressPath())
}

// given is what a lesson puts into its folder.
func (w *Workspace) given(l *Lesson) (map[string][]byte, error) {
	files, err := l.Starter(w.progress.Language)
	if err != nil {
		return nil, err
	}
	for _, m := range l.Museum {
		b, err := l.Open(m.File)
		if err != nil {
			return nil, err
		}
		files[m.File] = b
	}
	return files, nil
}

// Reset gives a lesson's starters back. What the student had written is kept
// in the folder that it returns.
func (w *Workspace) Reset(l *Lesson) (backup string, err error) {
	files, err := w.given(l)
	if err != nil {
		return "", err
	}
	if exists(w.LessonDir(l)) {
		stamp := time.Now().Format("20060102-150405.000")
		backup = filepath.Join(w.Dir, stateDir, "backup", l.ID()+"-"+stamp)
		if err := os.MkdirAll(filepath.Dir(backup), 0o755); err != nil {
			return "", err
		}
		if err := os.Rename(w.LessonDir(l), backup); err != nil {
			return "", err
		}
		// What is not the lesson's, such as the other language's files, stays.
		if err := os.CopyFS(w.LessonDir(l), os.DirFS(backup)); err != nil {
			return backup, err
		}
		for name := range files {
			if err := os.Remove(filepath.Join(w.LessonDir(l), filepath.FromSlash(name))); err != nil && !errors.Is(err, os.ErrNotExist) {
				return backup, err
			}
		}
	}
	return backup, w.Begin(l)
}

// Note keeps what a report says. It returns the lesson that comes next if
// this one has just been passed for the first time, and is the last of those
// before it.
func (w *Workspace) Note(l *Lesson, rep *check.Report) (next *Lesson, err error) {
	r := w.progress.record(l)
	r.Attempts++
	r.Seed = rep.Seed
	if points, _ := rep.Score(); points > r.Points {
		r.Points = points
	}
	if rep.Passed() && r.Done.IsZero() {
		r.Done = time.Now().UTC().Truncate(time.Second)
		next = w.Catalog.After(l)
	}
	return next, w.progress.save(w.progressPath())
}

// Done reports whether a lesson has been passed.
func (w *Workspace) Done(l *Lesson) bool {
	r := w.progress.Lessons[l.Slug]
	return r != nil && !r.Done.IsZero()
}

// Record is what is known of a lesson; the zero Record if it was not begun.
func (w *Workspace) Record(l *Lesson) Record {
	if r := w.progress.Lessons[l.Slug]; r != nil {
		return *r
	}
	return Record{}
}

// Hint is the next hint for a lesson, and how many more there are. After the
// last it is the last again.
func (w *Workspace) Hint(l *Lesson) (hint string, left int, err error) {
	r := w.progress.record(l)
	r.Hints = min(r.Hints+1, len(l.Hints))
	return l.Hints[r.Hints-1], len(l.Hints) - r.Hints, w.progress.save(w.progressPath())
}

// ErrNotPassed is a solution that was asked for too early.
var ErrNotPassed = errors.New("the lesson is not passed yet")

// Solution is the model solution of a lesson, by file name. Before the lesson
// is passed it is ErrNotPassed, unless force says so; that is noted.
func (w *Workspace) Solution(l *Lesson, force bool) (map[string][]byte, error) {
	if !w.Done(l) {
		if !force {
			return nil, fmt.Errorf("lesson %s: %w", l.ID(), ErrNotPassed)
		}
		w.progress.record(l).Solution = true
		if err := w.progress.save(w.progressPath()); err != nil {
			return nil, err
		}
	}
	return l.Solution(w.progress.Language)
}

// Stale is the lessons of the folder that the catalogue does not have, such
// as those of another version.
func (w *Workspace) Stale() []string {
	var names []string
	entries, _ := os.ReadDir(w.Dir)
	for _, e := range entries {
		if e.IsDir() && folderName.MatchString(e.Name()) && !slices.ContainsFunc(w.Catalog.Lessons, func(l *Lesson) bool { return l.ID() == e.Name() }) {
			names = append(names, e.Name())
		}
	}
	return names
}
