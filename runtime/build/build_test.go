package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

func TestALanguageIsToldByTheFile(t *testing.T) {
	for name, want := range map[string]Language{"a.go": Go, "a.py": Python, "A.PY": Python, "a.wasm": Wasm, "a.c": C} {
		got, err := LanguageOf(write(t, name, ""))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	got, err := LanguageOf(filepath.Dir(write(t, "main.go", "package main")))
	require.NoError(t, err)
	require.Equal(t, Go, got)
	for _, path := range []string{"/nowhere.go", write(t, "a.txt", ""), t.TempDir(), os.DevNull} {
		_, err := LanguageOf(path)
		var bad *SourceError
		require.ErrorAs(t, err, &bad, path)
		require.NotEmpty(t, bad.What)
	}
}

func TestASourceThatIsTooLongIsRefused(t *testing.T) {
	_, err := readSource(write(t, "a.go", "12345"), 4)
	require.ErrorContains(t, err, "more than the 4 allowed")
	_, err = readSource(write(t, "a.go", "1234"), 4)
	require.NoError(t, err)
	_, err = readSource(os.DevNull, 4)
	require.ErrorContains(t, err, "not a regular file")
}

func TestWhatGoSaysIsReadAsDiagnostics(t *testing.T) {
	all := goDiagnostics("# main\n./a.go:3:5: undefined: x\n\thave y\nb.go:7: odd\nlink: no main\n", "a.go")
	require.Equal(t, []Diagnostic{
		{File: "a.go", Line: 3, Column: 5, Message: "undefined: x\n\thave y"},
		{File: "b.go", Line: 7, Message: "odd"},
		{File: "a.go", Message: "link: no main"},
	}, all)
	require.Equal(t, "a.go:3:5: undefined: x\n\thave y", all[0].String())
	require.Equal(t, "b.go:7: odd", all[1].String())
}
