package build

import "context"

// python builds Python programs.
type python struct{ o *Options }

func (p *python) build(_ context.Context, source string) (*Program, error) {
	return nil, &SourceError{source, "Python programs cannot be run yet", ""}
}

// prepare fetches and compiles the interpreter.
func (p *python) prepare(context.Context) error { return nil }
