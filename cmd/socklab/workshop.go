package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"socklab/guests/toolchains"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

// workshop is what every command that runs programs needs: an engine and the
// toolchains.
type workshop struct {
	engine  *engine.Engine
	toolkit *build.Toolkit
}

// newWorkshop makes one. tell is told of long first-time steps; nil prints
// them on stderr.
func newWorkshop(ctx context.Context, c console, compiler build.Compiler, tier engine.Tier, tell func(step string, done, total int64)) (*workshop, error) {
	if tell == nil {
		tell = (&stepPrinter{c: c}).progress
	}
	dir, err := cacheDir()
	if err != nil {
		return nil, err
	}
	e, err := engine.New(context.WithoutCancel(ctx), engine.Options{CacheDir: dir})
	if err != nil {
		return nil, &problem{what: err.Error(), hints: []string{"set SOCKLAB_CACHE to a folder that you can write to"}, code: exitBroken}
	}
	t, err := build.New(build.Options{Engine: e, CacheDir: filepath.Join(dir, "build"), Compiler: compiler, Tier: tier, Progress: tell})
	if err != nil {
		e.Close()
		return nil, err
	}
	return &workshop{e, t}, nil
}

// Close frees the engine. All instances must have ended.
func (w *workshop) Close() { w.engine.Close() }

// cacheDir is where compiled things are kept from one run to the next.
func cacheDir() (string, error) {
	dir, err := engine.CacheDir()
	if err != nil {
		return "", &problem{what: "no folder to keep compiled programs in: " + err.Error(),
			hints: []string{"set HOME, or SOCKLAB_CACHE to a folder that you can write to"}, code: exitBroken}
	}
	return dir, nil
}

// build builds a program.
func (w *workshop) build(ctx context.Context, source string) (*build.Program, error) {
	p, err := w.toolkit.Build(ctx, source)
	if err != nil {
		return nil, explain(ctx, err, source)
	}
	return p, nil
}

// explain turns an error of building into what people are told.
func explain(ctx context.Context, err error, source string) error {
	var compile *build.CompileError
	var src *build.SourceError
	var noGo *build.NoGoError
	var tool *toolchains.Error
	switch {
	case errors.As(err, &compile):
		return &problem{what: filepath.Base(source) + " does not compile:\n" + strings.TrimRight(compile.Text(), "\n"), code: exitFail, cause: err}
	case errors.As(err, &src):
		return &problem{what: src.Error(), hints: nonEmpty(src.Hint), code: exitUndecided, cause: err}
	case errors.As(err, &noGo):
		return &problem{what: noGo.Error(), hints: []string{"socklab doctor tells what is missing"}, code: exitBroken, cause: err}
	case errors.As(err, &tool):
		return &problem{what: tool.Error(), hints: nonEmpty(tool.Hint()), code: exitBroken, cause: err}
	case ctx.Err() != nil:
		return &problem{what: "interrupted", code: exitInterrupted, cause: err}
	}
	return &problem{what: err.Error(), code: exitBroken, cause: err}
}

// prepare fetches and compiles what the languages need.
func (w *workshop) prepare(ctx context.Context) error {
	for _, lang := range []build.Language{build.Go, build.Python, build.C} {
		if err := w.toolkit.Prepare(ctx, lang); err != nil {
			return explain(ctx, err, "")
		}
	}
	if err := w.toolkit.PrepareShell(ctx); err != nil {
		return explain(ctx, err, "")
	}
	return nil
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// stepPrinter tells of long first-time steps on stderr: a line when one has
// gone on for a moment, and how far it is.
type stepPrinter struct {
	c    console
	mu   sync.Mutex
	step string
	late *time.Timer // prints the step's line, if it is still going on
	last time.Time
}

func (s *stepPrinter) progress(step string, done, total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case total > 0 && done >= total:
		if s.late != nil {
			s.late.Stop()
		}
		s.step = ""
	case step != s.step:
		s.step, s.last = step, now
		s.late = time.AfterFunc(500*time.Millisecond, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.step == step {
				fmt.Fprintf(s.c.err, "socklab: %s…\n", step)
			}
		})
	case total > 0 && now.Sub(s.last) > 2*time.Second:
		s.last = now
		fmt.Fprintf(s.c.err, "socklab: %s: %d%%\n", step, done*100/total)
	}
}
