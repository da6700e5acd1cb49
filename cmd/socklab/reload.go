package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"socklab/runtime/build"
	"socklab/runtime/engine"
	"socklab/runtime/watch"
)

// adoption is how long a new instance has to bind what the old one listened
// on, before that is closed.
const adoption = 10 * time.Second

// settled is how long after a reload what it took is given back: some hundred
// MB of a Go program are garbage then. Who saves again at once does not wait.
const settled = 2 * time.Second

// watch runs a program and replaces it when its source is saved. The new one
// is built while the old one runs, and adopts its listening sockets; one that
// does not build leaves the old one running.
func (r *runner) watch(ctx context.Context, source string) (int, error) {
	lang, err := build.LanguageOf(source)
	if err != nil {
		return 0, explain(ctx, err, source)
	}
	paths, match, err := watched(source)
	if err != nil {
		return 0, err
	}
	w, err := watch.Watch(ctx, watch.Options{Paths: paths, Match: match})
	if err != nil {
		return 0, &problem{what: "cannot watch " + source + ": " + err.Error(), hints: []string{"without --watch it can be run"}, code: exitBroken, cause: err}
	}
	defer w.Close()
	if polls, why := w.Polling(); polls {
		r.tell(event{"event": "note", "note": why}, "note: "+why)
	}
	var (
		running *engine.Instance
		ended   <-chan struct{}
		release <-chan time.Time
		tidy    <-chan time.Time
	)
	end := func() {
		if running != nil {
			running.Kill()
			<-running.Done()
			running, ended = nil, nil
		}
	}
	defer r.retain.Release()
	defer end()
	if lang == build.C { // a kept program starts without the compiler, and the first save should not wait for it
		go r.work.toolkit.Prepare(ctx, lang)
	}
	reload := func() {
		began := time.Now()
		p, err := r.work.build(ctx, source)
		if err != nil {
			if ctx.Err() == nil {
				r.fail(err)
				if running != nil {
					r.tell(event{"event": "kept"}, "the program from before goes on")
				}
			}
			return
		}
		r.warn(p)
		again := running != nil
		r.retain.Hold()
		end()
		if running, err = r.start(ctx, p); err != nil {
			r.fail(err)
			return
		}
		ended = running.Done()
		release = time.After(adoption)
		tidy = time.After(settled)
		if again {
			took := time.Since(began).Round(time.Millisecond)
			r.tell(event{"event": "reloaded", "took_ms": took.Milliseconds()}, fmt.Sprintf("reloaded %s in %v", filepath.Base(source), took))
		}
	}
	reload()
	for {
		select {
		case <-ctx.Done():
			return exitInterrupted, nil
		case <-w.Changes():
			reload()
		case <-release:
			r.retain.Release()
			release = nil
		case <-tidy:
			debug.FreeOSMemory()
			tidy = nil
		case <-ended:
			code := r.ended(running.Wait())
			running, ended = nil, nil
			r.tell(event{"event": "waiting", "code": code}, fmt.Sprintf("the program has ended with code %d; save %s to run it again", code, filepath.Base(source)))
		}
	}
}

// maxFolders is how many folders of one program are watched at most.
const maxFolders = 64

// goFolders are a folder and those below it that its packages may be in.
func goFolders(root string) (all []string) {
	filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case name != root && strings.ContainsRune("._", rune(d.Name()[0])):
			return fs.SkipDir
		case len(all) == maxFolders:
			return fs.SkipAll
		}
		all = append(all, name)
		return nil
	})
	return all
}

// watched is what to watch for a program: its file and those of its language
// beside it, which it may import.
func watched(source string) (paths []string, match func(string) bool, err error) {
	abs, err := filepath.Abs(source)
	if err != nil {
		return nil, nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, nil, &problem{what: source + ": no such file", code: exitUndecided, cause: err}
	}
	dir, ending := filepath.Dir(abs), filepath.Ext(abs)
	switch {
	case info.IsDir():
		paths = goFolders(abs)
		return paths, func(file string) bool {
			name := filepath.Base(file)
			return (slices.Contains([]string{".go", ".c", ".h"}, filepath.Ext(name)) || name == "go.mod") && slices.Contains(paths, filepath.Dir(file))
		}, nil
	case ending == ".c": // and the headers beside it
		return []string{dir}, func(file string) bool {
			return filepath.Dir(file) == dir && (file == abs || filepath.Ext(file) == ".h")
		}, nil
	case ending != ".py":
		return []string{abs}, nil, nil
	}
	return []string{dir}, func(file string) bool {
		return filepath.Ext(file) == ending && filepath.Dir(file) == dir
	}, nil
}
