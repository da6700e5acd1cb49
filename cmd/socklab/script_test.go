package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"socklab/guests/toolchains"
	"socklab/lessons/grade"
	"socklab/runtime/engine"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"socklab": main, "verdicts": verdicts})
}

// verdicts prints the verdicts of a grading document, for scripts.
func verdicts() {
	b, err := os.ReadFile(os.Args[1])
	var doc grade.Document
	if err == nil {
		err = json.Unmarshal(b, &doc)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, s := range doc.Submissions {
		fmt.Println(s.Name, s.Verdict)
	}
}

// TestScripts runs testdata/script/*.txt, each the command's behaviour in one
// subject, on the command as it is built. The cache of compiled things is the
// user's own: filling a new one takes half a minute.
func TestScripts(t *testing.T) {
	cache, err := engine.CacheDir()
	require.NoError(t, err)
	tools, err := toolchains.Folder()
	require.NoError(t, err)
	gocache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition: func(name string) (bool, error) { // a toolchain that was fetched
			_, err := toolchains.Find(name)
			return err == nil, nil
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("SOCKLAB_CACHE", cache)
			e.Setenv("SOCKLAB_TOOLCHAINS", tools)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GOCACHE", strings.TrimSpace(string(gocache)))
			e.Setenv("GOPATH", filepath.Join(e.WorkDir, "gopath"))
			return nil
		},
	})
}
