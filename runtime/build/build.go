// Package build turns a student's source into a Program that the engine can
// start, or into Diagnostics.
package build

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"

	"socklab/host/trace"
	"socklab/runtime/engine"
)

// Language is a guest language.
type Language string

// The languages, by their file's ending.
const (
	Go     Language = "go"
	Python Language = "python"
	C      Language = "c"
	Wasm   Language = "wasm"
)

// Program is something that can be started: a module, and what must stand in
// a Spec so that it runs the student's source.
type Program struct {
	Language Language
	Name     string // the source's base name, such as upper.py
	Module   engine.Module
	// Args come before the program's own arguments; they begin with argv[0].
	Args   []string
	Env    []string
	Mounts []engine.Mount
	// Warnings is what the compiler said of the source although it compiles, in
	// its own words, paths made the student's. They change nothing.
	Warnings string
	// Shell is what its command lines are run with; nil: it can run none.
	Shell func(context.Context) (engine.Module, error)
}

// Prepare completes a Spec for this program: its arguments go behind the
// program's own, its environment and mounts beside them.
func (p *Program) Prepare(s engine.Spec) engine.Spec {
	s.Args = append(append([]string(nil), p.Args...), s.Args...)
	s.Env = append(append([]string(nil), p.Env...), s.Env...)
	s.Mounts = append(append([]engine.Mount(nil), p.Mounts...), s.Mounts...)
	s.SIGPIPE = p.Language == Go || p.Language == C // Python ignores the signal and raises BrokenPipeError
	if s.Shell == nil {
		s.Shell = p.Shell
	}
	return s
}

// Diagnostic is one complaint of a compiler.
type Diagnostic struct {
	File    string // as the student knows it
	Line    int    // from 1; 0 if unknown
	Column  int    // from 1; 0 if unknown
	Message string
}

// CompileError is the error of a source that does not compile: the student's
// failure, not the tool's.
type CompileError struct {
	Diagnostics []Diagnostic
	Output      string // the compiler's own words, paths made the student's
}

// Error is the diagnostics, one a line.
func (e *CompileError) Error() string {
	var b strings.Builder
	for i, d := range e.Diagnostics {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.String())
	}
	if b.Len() == 0 {
		return trace.Harmless(e.Output)
	}
	return b.String()
}

// pointing is a line of clang's that points at a place in the line above.
var pointing = regexp.MustCompile(`(?m)^ +\| .*\^`)

// Text is what to show: the compiler's own words where they point at the
// place, and the diagnostics otherwise.
func (e *CompileError) Text() string {
	if pointing.MatchString(e.Output) {
		return trace.Harmless(e.Output)
	}
	return e.Error()
}

// String is file:line:column: message. A source chooses words of both, and
// commands no terminal with them.
func (d Diagnostic) String() string {
	file, message := trace.Harmless(d.File), trace.Harmless(d.Message)
	switch {
	case d.Line == 0:
		return fmt.Sprintf("%s: %s", file, message)
	case d.Column == 0:
		return fmt.Sprintf("%s:%d: %s", file, d.Line, message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", file, d.Line, d.Column, message)
}

// FolderBuilder is a Builder that is given the folder of a source open. See
// Toolkit.BuildIn.
type FolderBuilder interface {
	BuildIn(ctx context.Context, folder *os.Root, name string) (*Program, error)
}

// Builder builds programs. It is what the loops above use; tests give their own.
type Builder interface {
	// Build builds one source: a .go, .py, .c or .wasm file, or a
	// folder of Go or C files. A source that does not compile is a *CompileError.
	Build(ctx context.Context, source string) (*Program, error)
}
