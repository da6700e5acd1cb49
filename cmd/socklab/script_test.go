package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"socklab": main})
}

// TestScripts runs testdata/script/*.txt, each the command's behaviour in one
// subject, on the command as it is built. The cache of compiled things is the
// user's own: filling a new one takes half a minute.
func TestScripts(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no cache folder: ", err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SOCKLAB_CACHE", filepath.Join(cache, "socklab"))
			e.Setenv("SOCKLAB_TOOLCHAINS", filepath.Join(cache, "socklab", "toolchains"))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GOCACHE", filepath.Join(cache, "go-build"))
			e.Setenv("GOPATH", filepath.Join(e.WorkDir, "gopath"))
			return nil
		},
	})
}
