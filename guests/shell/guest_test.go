package shell_test

import (
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/build"
	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

var shell struct { // made ready before a guest's own fuel and time run
	sync.Once
	err error
}

func tools(t *testing.T, needs ...string) *build.Toolkit {
	t.Helper()
	k := guesttest.Toolkit(t, append(needs, "go")...)
	shell.Do(func() { shell.err = k.PrepareShell(t.Context()) })
	require.NoError(t, shell.err)
	return k
}

// start starts a source with a folder as its own; "" is none.
func start(t *testing.T, k *build.Toolkit, source, dir string, spec func(*engine.Spec), args ...string) *guesttest.Guest {
	t.Helper()
	s := engine.Spec{Name: "guest", Args: args, Env: []string{"COLOUR=green"}, Mounts: []engine.Mount{}}
	if dir != "" {
		s.Mounts = append(s.Mounts, engine.Mount{Host: dir, Guest: "/"})
	}
	if spec != nil {
		spec(&s)
	}
	return guesttest.Start(t, k, source, s)
}

// python starts a script.
func python(t *testing.T, text string, spec func(*engine.Spec), args ...string) *guesttest.Guest {
	t.Helper()
	dir := guesttest.Write(t, map[string]string{"main.py": text})
	return start(t, tools(t, "python"), filepath.Join(dir, "main.py"), dir, spec, args...)
}

// said is what a Python script that is to end well prints.
func said(t *testing.T, text string) string {
	t.Helper()
	return python(t, text, nil).Said(t)
}

// result is what a command line did.
type result struct {
	Output string
	Status int
	Error  string
}

// lines runs command lines in one Go guest.
func lines(t *testing.T, dir string, spec func(*engine.Spec), all ...string) (results []result) {
	t.Helper()
	g := start(t, tools(t), filepath.Join("testdata", "lines", "main.go"), dir, spec, all...)
	x := g.Finish(t)
	require.Equal(t, engine.Exited, x.Why, "%+v %s", x, g.Err)
	require.NoError(t, json.Unmarshal([]byte(g.Out.String()), &results), "%s%s", g.Out, g.Err)
	return results
}
