package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socklab/lessons"
	"socklab/runtime/build"
)

// workspaceFlags are what every command of the workspace is told.
type workspaceFlags struct {
	dir  string
	json bool
}

func (f *workspaceFlags) declare(set *flag.FlagSet) {
	set.StringVar(&f.dir, "workspace", "", "the workspace's `FOLDER` (default: this folder or one above it, or ./workspace)")
	set.BoolVar(&f.json, "json", false, "one line of JSON for each event")
}

// defaultWorkspace is where a workspace is made and looked for, if nothing
// names another.
const defaultWorkspace = "workspace"

// find is the workspace's folder: the one named, or this folder or one above
// it if that is a workspace, or workspace below this one.
func (f *workspaceFlags) find() string {
	if f.dir != "" {
		return f.dir
	}
	if dir := os.Getenv("SOCKLAB_WORKSPACE"); dir != "" {
		return dir
	}
	here, err := os.Getwd()
	if err != nil {
		return defaultWorkspace
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".socklab", "progress.json")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return defaultWorkspace
		}
	}
}

// open opens the workspace.
func (f *workspaceFlags) open(c console) (*lessons.Workspace, error) {
	catalog, err := lessons.Builtin()
	if err != nil {
		return nil, err
	}
	dir := f.find()
	w, err := lessons.OpenWorkspace(dir, catalog)
	if err != nil {
		return nil, workspaceProblem(err, dir)
	}
	c.notices(w)
	return w, nil
}

// notices tells what was found out of order in a workspace.
func (c console) notices(w *lessons.Workspace) {
	for _, n := range w.Notices {
		fmt.Fprintf(c.err, "socklab: note: %s\n", n)
	}
}

// notKept tells that progress could not be written down: a verdict is worth
// having all the same.
func (c console) notKept(err error) {
	fmt.Fprintf(c.err, "socklab: note: your progress is not kept: %v\n", err)
}

func workspaceProblem(err error, dir string) error {
	var newer *lessons.NewerError
	switch {
	case errors.Is(err, lessons.ErrNoWorkspace) && dir == defaultWorkspace:
		return &problem{what: "there is no workspace here: not in this folder, not above it, not in ./" + dir, hints: []string{"socklab learn makes one; --workspace FOLDER names another"}, code: exitUndecided, cause: err}
	case errors.Is(err, lessons.ErrNoWorkspace):
		return &problem{what: dir + " is not a workspace", hints: []string{"socklab learn makes one; --workspace FOLDER names another"}, code: exitUndecided, cause: err}
	case errors.As(err, &newer):
		return &problem{what: newer.Error(), hints: []string{"use that version, or another workspace: nothing in this one was touched"}, code: exitUndecided, cause: err}
	}
	return &problem{what: err.Error(), hints: []string{"socklab learn DIR chooses another folder"}, code: exitUndecided, cause: err}
}

// lesson is the lesson that a command's arguments name, or the current one.
func lesson(w *lessons.Workspace, args []string) (*lessons.Lesson, error) {
	switch len(args) {
	case 0:
		return w.Current(), nil
	case 1:
		return findLesson(w.Catalog, args[0])
	}
	return nil, usageError("one lesson at a time")
}

func findLesson(c *lessons.Catalog, name string) (*lessons.Lesson, error) {
	l, err := c.Find(name)
	var unknown *lessons.UnknownError
	if errors.As(err, &unknown) {
		hint := "socklab list shows the lessons"
		if unknown.Near != "" {
			hint = "did you mean " + unknown.Near + "? socklab list shows them all"
		}
		return nil, usageError(unknown.Error(), hint)
	}
	return l, err
}

// parseLanguage reads a --lang flag.
func parseLanguage(s string) (build.Language, error) {
	switch strings.ToLower(s) {
	case "":
		return "", nil
	case "go", "golang":
		return build.Go, nil
	case "python", "py":
		return build.Python, nil
	}
	return "", usageError(fmt.Sprintf("--lang: %q is no language of the lessons", s), "--lang go or --lang python")
}

// sourceFiles are the files that the student writes for a lesson.
func sourceFiles(w *lessons.Workspace, l *lessons.Lesson) []string {
	var names []string
	for _, p := range l.Programs {
		names = append(names, p+lessons.Extension(w.Language()))
	}
	names = append(names, l.Files...)
	slices.Sort(names)
	for i := range names {
		names[i] = filepath.Join(w.LessonDir(l), names[i])
	}
	return names
}

// short is a path as people like to read it.
func short(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, abs); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return abs
}
