package lessons

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"socklab/guests/go/std"
	"socklab/runtime/build"
)

// A student's programs are built by package build, which looks at no go.mod
// of a workspace. For an editor, a debugger and the go command, a workspace of
// Go programs is a module besides, and has the lessons' package beside it: it
// needs no network, and no clone of ours.

const goMod = `// For your editor, your debugger and the go command. socklab does not read it.
module workspace

go 1.26

require socklab v0.0.0

replace socklab => ./` + stateDir + `/go
`

// goModule makes the workspace a module, if its programs are in Go. It does so
// once: a go.mod that is there is the student's, and one that was removed stays
// away. The lessons' package is brought up to date.
func (w *Workspace) goModule() error {
	if w.progress.Language != build.Go {
		return nil
	}
	sdk, version := filepath.Join(w.Dir, stateDir, "go"), std.Digest()
	if b, err := os.ReadFile(filepath.Join(sdk, "version")); err == nil && strings.TrimSpace(string(b)) == version {
		return nil
	}
	if file := filepath.Join(w.Dir, "go.mod"); !exists(sdk) && !exists(file) {
		if err := writeFile(file, []byte(goMod)); err != nil {
			return err
		}
	}
	tmp, err := os.MkdirTemp(filepath.Dir(sdk), ".go-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	err = errors.Join(os.Chmod(tmp, 0o755), std.WriteSDK(tmp), writeFile(filepath.Join(tmp, "version"), []byte(version+"\n")), os.RemoveAll(sdk))
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, sdk); err != nil && !exists(sdk) { // or another process was faster
		return err
	}
	return nil
}
