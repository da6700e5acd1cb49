package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// program is how a program of WebAssembly/wasi-testsuite wants to be run, and
// what it must do. Source: its doc/specification.md.
type program struct {
	Args   []string
	Dirs   []string
	Env    map[string]string
	Code   int `json:"exit_code"`
	Stdout *string
	Stderr *string
}

// TestWASITestsuite runs the WASI preview 1 programs of a checkout of
// WebAssembly/wasi-testsuite, branch prod/testsuite-all.
func TestWASITestsuite(t *testing.T) {
	dir := os.Getenv("SOCKLAB_WASI_TESTSUITE")
	if dir == "" {
		t.Skip("SOCKLAB_WASI_TESTSUITE names no checkout of WebAssembly/wasi-testsuite")
	}
	programs, err := filepath.Glob(filepath.Join(dir, "tests/*/testsuite/wasm32-wasip1/*.wasm"))
	require.NoError(t, err)
	require.NotEmpty(t, programs, "no programs in %s", dir)
	sort.Strings(programs)

	e, err := New(context.Background(), Options{})
	require.NoError(t, err)
	defer e.Close()
	for _, path := range programs {
		language := filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path))))
		name := strings.TrimSuffix(filepath.Base(path), ".wasm")
		t.Run(language+"/"+name, func(t *testing.T) { runProgram(t, e, path) })
	}
}

func runProgram(t *testing.T, e *Engine, path string) {
	var p program
	spec, err := os.ReadFile(strings.TrimSuffix(path, ".wasm") + ".json")
	if err == nil {
		require.NoError(t, json.Unmarshal(spec, &p))
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	wasm, err := os.ReadFile(path)
	require.NoError(t, err)
	m, err := e.Load(context.Background(), wasm, Quick)
	require.NoError(t, err)
	defer m.Close()

	var out, errs bytes.Buffer
	s := Spec{Name: filepath.Base(path), Args: append([]string{filepath.Base(path)}, p.Args...), Stdout: &out, Stderr: &errs,
		Limits: Limits{Wall: time.Minute}}
	for k, v := range p.Env {
		s.Env = append(s.Env, k+"="+v)
	}
	for _, d := range p.Dirs { // in a copy: they write there
		host := filepath.Join(t.TempDir(), d)
		require.NoError(t, os.CopyFS(host, os.DirFS(filepath.Join(filepath.Dir(path), d))))
		s.Mounts = append(s.Mounts, Mount{Host: host, Guest: d})
	}
	i, err := m.Start(context.Background(), s)
	require.NoError(t, err)
	x := i.Wait()
	said := out.String() + errs.String()
	require.Equal(t, Exited, x.Why, "%s\n%s", x.Detail, said)
	require.Equal(t, p.Code, x.Code, said)
	if p.Stdout != nil {
		require.Equal(t, *p.Stdout, out.String())
	}
	if p.Stderr != nil {
		require.Equal(t, *p.Stderr, errs.String())
	}
}
