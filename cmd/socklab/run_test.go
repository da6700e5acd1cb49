package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A Ctrl-C that comes while a program is still being built must not be lost.
func TestAnInterruptBeforeTheProgramRunsEndsIt(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "sleep.go")
	require.NoError(t, os.WriteFile(source, []byte("package main\n\nfunc main() { select {} }\n"), 0o644))
	in, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer in.Close()
	var out, errs lines
	c := console{in: in, out: &out, err: &errs, cmd: &command{name: "run"}}

	// The build does not look at the context when all is in the caches, so
	// that this is the moment after it.
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan int, 1)
	go func() {
		code, err := run(ctx, c, []string{source})
		if err != nil {
			code = c.fail(err)
		}
		over <- code
	}()
	cancel()
	select {
	case code := <-over:
		require.Equal(t, exitInterrupted, code, errs.b.String())
	case <-time.After(time.Minute):
		t.Fatal("the program goes on")
	}
}
