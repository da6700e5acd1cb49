package main

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

//go:embed testdata/*
var compiled embed.FS

// compilerRow is one figure of a compiler: a program, changed and saved, until
// it has printed everything.
type compilerRow struct {
	of       string
	source   string // in testdata
	change   string // what is added to it, with a number that no other has
	compiler build.Compiler
	target   float64
	native   []string // how it is built natively: the program's name and the source's follow
}

var compilerRows = []compilerRow{
	{"go", "small.go", "\nvar edit = %d\n", build.Sandboxed, 6, []string{"go", "build", "-o"}},
	{"gon", "small.go", "\nvar edit = %d\n", build.Native, 0, []string{"go", "build", "-o"}},
	{"net", "net.go", "\nvar edit = %d\n", build.Sandboxed, 6, []string{"go", "build", "-o"}},
	{"c", "echo.c", "\nint edit = %d;\n", build.Sandboxed, 4, []string{"cc", "-o"}},
}

// compilers measures the time from a saved file to the program's output while
// somebody watches it, against building it with the machine's own tools and
// running it.
func (b *bencher) compilers(ctx context.Context) error {
	for _, row := range compilerRows {
		f := figure{Name: "saved file to output", Of: row.of, Unit: "ms", Target: row.target, Note: string(row.compiler) + " compiler, " + row.source}
		if !b.wanted(f) {
			continue
		}
		if _, err := exec.LookPath(row.native[0]); err != nil {
			f.Note = "not measured: there is no " + row.native[0] + " here"
			b.add(f)
			continue
		}
		if err := b.compile(ctx, row, &f); err != nil {
			return fmt.Errorf("%s, %s: %w", f.Name, f.Of, err)
		}
		b.add(f)
	}
	return nil
}

// compile takes native and guest builds in turn.
func (b *bencher) compile(ctx context.Context, row compilerRow, f *figure) error {
	text, err := compiled.ReadFile("testdata/" + row.source)
	if err != nil {
		return err
	}
	cache, err := engine.CacheDir()
	if err != nil {
		return err
	}
	e, err := engine.New(context.WithoutCancel(ctx), engine.Options{CacheDir: cache})
	if err != nil {
		return err
	}
	defer e.Close()
	kit, err := build.New(build.Options{Engine: e, CacheDir: filepath.Join(cache, "build"), Tier: engine.Quick, Compiler: row.compiler})
	if err != nil {
		return err
	}
	dir := filepath.Join(b.programs.dir, "compilers-"+row.of)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	source, program := filepath.Join(dir, row.source), filepath.Join(dir, "program")
	natively := func() (string, error) {
		build := exec.CommandContext(ctx, row.native[0], append(row.native[1:len(row.native):len(row.native)], program, source)...)
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: %s", err, out)
		}
		out, err := exec.CommandContext(ctx, program).CombinedOutput()
		return string(out), err
	}
	asGuest := func() (string, error) {
		p, err := kit.Build(ctx, source)
		if err != nil {
			return "", err
		}
		var out bytes.Buffer
		i, err := p.Module.Start(ctx, p.Prepare(engine.Spec{Stack: policy.New(kernel.New(), policy.Options{}), Stdout: &out, Stderr: &out}))
		if err != nil {
			return "", err
		}
		if exit := i.Wait(); exit.Why != engine.Exited || exit.Code != 0 {
			return "", fmt.Errorf("the guest %s with code %d: %s%s", exit.Why, exit.Code, out.String(), exit.Detail)
		}
		return out.String(), nil
	}
	edit := 0
	measure := func(run func() (string, error)) (float64, string, error) {
		if err := quiet(ctx); err != nil {
			return 0, "", err
		}
		edit++
		began := time.Now()
		if err := os.WriteFile(source, fmt.Appendf(text[:len(text):len(text)], row.change, 1000+edit), 0o666); err != nil {
			return 0, "", err
		}
		out, err := run()
		return float64(time.Since(began).Microseconds()) / 1e3, out, err
	}
	var native, guest []float64
	for n := range b.count + 1 {
		a, want, err := measure(natively)
		if err != nil {
			return fmt.Errorf("native: %w", err)
		}
		g, got, err := measure(asGuest)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("the guest prints %q instead of %q", got, want)
		}
		if n > 0 { // the first fills caches
			native, guest = append(native, a), append(guest, g)
		}
	}
	f.fill(native, guest)
	return nil
}
