package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"socklab/guests/bench"
	"socklab/guests/go/std"
	"socklab/runtime/engine"
)

// programs are the measured programs, built.
type programs struct{ dir string }

func (p programs) native(name string) string { return filepath.Join(p.dir, name) }
func (p programs) guest(name string) string  { return filepath.Join(p.dir, name+".wasm") }

// buildPrograms builds the programs of package bench in dir, for this machine
// and for the sandbox, with the overlay that `socklab run` builds with.
func buildPrograms(ctx context.Context, dir string) (programs, error) {
	p := programs{dir: dir}
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return p, fmt.Errorf("go env: %w", err)
	}
	cache, err := engine.CacheDir()
	if err != nil {
		return p, err
	}
	overlay, err := std.Prepare(strings.TrimSpace(string(out)), filepath.Join(cache, "build", "go"))
	if err != nil {
		return p, err
	}
	src := filepath.Join(dir, "src")
	if err := os.CopyFS(src, bench.Sources); err != nil {
		return p, err
	}
	mod := "module bench\n\ngo 1.26\n\nrequire socklab v0.0.0\n\nreplace socklab => " + overlay.Module + "\n"
	if err := os.WriteFile(filepath.Join(src, "go.mod"), []byte(mod), 0o666); err != nil {
		return p, err
	}
	folders, err := fs.ReadDir(bench.Sources, ".")
	if err != nil {
		return p, err
	}
	for _, folder := range folders {
		name := folder.Name()
		files, err := filepath.Glob(filepath.Join(src, name, "*.go"))
		if err != nil {
			return p, err
		}
		if !strings.HasSuffix(files[0], "_wasip1.go") {
			if err := goBuild(ctx, src, nil, append([]string{"-o", p.native(name)}, files...)); err != nil {
				return p, err
			}
		}
		env := []string{"GOOS=wasip1", "GOARCH=wasm"}
		if err := goBuild(ctx, src, env, append([]string{"-overlay", overlay.JSON, "-o", p.guest(name)}, files...)); err != nil {
			return p, err
		}
	}
	return p, nil
}

func goBuild(ctx context.Context, dir string, env, args []string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-ldflags=-s -w"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "CGO_ENABLED=0"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}
