package guestc_test

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/build"
	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

// tools returns the toolkit, and skips where there is no compiler.
func tools(t testing.TB) *build.Toolkit {
	t.Helper()
	return guesttest.Toolkit(t, "clang")
}

// start builds a source and starts it in an empty folder.
func start(t testing.TB, source string, stdin io.Reader, args ...string) *guesttest.Guest {
	t.Helper()
	return guesttest.Start(t, tools(t), source, engine.Spec{Args: args, Stdin: stdin})
}

// program starts one source.
func program(t testing.TB, text string, args ...string) *guesttest.Guest {
	t.Helper()
	return start(t, filepath.Join(guesttest.Write(t, map[string]string{"main.c": text}), "main.c"), nil, args...)
}

func TestACFileIsC(t *testing.T) {
	p, err := tools(t).Build(t.Context(), filepath.Join(guesttest.Write(t, map[string]string{"main.c": "int main(void) { return 0; }"}), "main.c"))
	require.NoError(t, err)
	require.Equal(t, build.C, p.Language)
}
