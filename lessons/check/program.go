package check

import (
	"context"
	"io/fs"

	"socklab/runtime/build"
	"socklab/runtime/engine"
)

// Program starts a student's program as a guest.
type Program interface {
	// Start starts it and returns at once. The guest ends when ctx does. An
	// error is the tool's own failure, never the student's.
	Start(ctx context.Context, s engine.Spec) (Guest, error)
}

// Guest is a program that runs, or has run. *engine.Instance is one.
type Guest interface {
	// Done is closed when the guest has ended and everything of it is closed.
	Done() <-chan struct{}
	// Wait waits for the end and tells how it was.
	Wait() engine.Exit
	// Kill ends it; it has ended when Done is closed.
	Kill()
}

// Built makes a Program of what package build has built.
func Built(p *build.Program) Program { return built{p} }

type built struct{ p *build.Program }

func (b built) Start(ctx context.Context, s engine.Spec) (Guest, error) {
	i, err := b.p.Module.Start(ctx, b.p.Prepare(s))
	if err != nil {
		return nil, err
	}
	return i, nil
}

// Submission is what a student hands in for one lesson.
type Submission struct {
	Language string
	Programs map[string]Program // by the name that the contract gives them, such as "upper"
	// Broken is, by name, why a program could not be built: a
	// *build.CompileError. Checks that need it fail and say so.
	Broken map[string]error
	// Warnings is, by name, what a program's compiler said of it all the same.
	Warnings map[string]string
	Files    fs.FS // the folder it is in, for files beside the programs; may be nil
}
