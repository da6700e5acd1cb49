package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheModuleIsPartOfSocklabsOwn(t *testing.T) {
	own, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	for line := range strings.Lines(string(module)) {
		require.Contains(t, string(own), strings.TrimSpace(line), "module.txt: take the versions of go.mod")
	}
	sum, err := os.ReadFile("../../go.sum")
	require.NoError(t, err)
	for line := range strings.Lines(string(sums)) {
		require.Contains(t, string(sum), line, "sums.txt: take the lines of go.sum")
		require.Contains(t, string(module), strings.Join(strings.Fields(strings.Replace(line, "/go.mod", "", 1))[:2], " "), "sums.txt has what module.txt has")
	}
}

func TestWriteWritesWhatTheShellIsBuiltOf(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Write(dir))
	for _, name := range []string{"go.mod", "go.sum", "guests/shell/sh/main.go", "guests/shell/command/command.go"} {
		_, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
	}
	tests, err := filepath.Glob(filepath.Join(dir, "guests/shell/*/*_test.go"))
	require.NoError(t, err)
	require.Empty(t, tests)
}

func TestTheDigestNamesTheSources(t *testing.T) {
	a, err := Digest()
	require.NoError(t, err)
	b, err := Digest()
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.Len(t, a, 16)
}
