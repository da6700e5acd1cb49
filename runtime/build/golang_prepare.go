package build

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"socklab/guests/go/std"
)

// prepareGo compiles the standard library, and Go's compiler and linker, for
// the sandbox. It is done once.
func prepareGo(ctx context.Context, o *Options) (*preparedGo, error) {
	l, err := nativeGo(ctx, o)
	if err != nil {
		return nil, err
	}
	stamp := goStamp()
	p := &preparedGo{Go: stamp, Version: l.goVersion, Std: filepath.Base(l.overlay.Dir), Tools: toolsName(stamp + l.goVersion), Imports: map[string][]string{}}
	const step = "compiling Go's standard library for the sandbox"
	if err := l.everything(ctx, step, p); err != nil {
		return nil, err
	}
	if err := l.compilers(ctx, filepath.Join(o.CacheDir, "go", p.Tools)); err != nil {
		return nil, err
	}
	dir := filepath.Join(o.CacheDir, "go")
	removeUnused(dir, time.Now())
	if err := p.measure(dir); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	return p, nil
}

// toolsName names the folder of the compiler and the linker of a Go. They do
// not stand on the overlay, so that another overlay needs no others.
func toolsName(of string) string {
	sum := sha256.Sum256([]byte("1\n" + of)) // 1: how compilers are built
	return "tools-" + hex.EncodeToString(sum[:8])
}

// everything compiles all packages that a program may import.
func (l *library) everything(ctx context.Context, step string, p *preparedGo) error {
	list := func(more ...string) ([]byte, error) {
		args := append([]string{"list", "-deps", "-trimpath", "-overlay", l.overlay.JSON}, more...)
		return l.goRun(ctx, step, 360, l.overlay.Module, append(args, "std", std.SDKPath)...)
	}
	out, err := list("-export", "-v", "-f", "{{.ImportPath}} {{.Export}} {{.Imports}}")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		path, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		export, imports, _ := strings.Cut(rest, " ")
		if export == "" { // unsafe
			continue
		}
		if err := keepFile(export, filepath.Join(l.dir, path+".a")); err != nil {
			return fmt.Errorf("build: %w", err)
		}
		p.Imports[path] = strings.Fields(strings.Trim(imports, "[]"))
	}
	return nil
}

// compilers builds Go's compiler and linker, unless they are there.
func (l *library) compilers(ctx context.Context, dir string) error {
	const step = "building Go's compiler and linker for the sandbox"
	if _, err := os.Stat(filepath.Join(dir, goTools[1]+".wasm")); err == nil {
		return nil // the last to come into being
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	overlay, err := l.slimOverlay(dir)
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	made, err := os.MkdirTemp(dir, ".new-")
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	defer os.RemoveAll(made)
	build := func(flags ...string) error {
		args := append([]string{"build", "-v", "-trimpath", "-ldflags=-s -w", "-o", made + "/"}, flags...)
		_, err := l.goRun(ctx, step, 290, l.overlay.Module, append(args, "cmd/compile", "cmd/link")...)
		return err
	}
	err = build("-overlay", overlay)
	if err != nil && ctx.Err() == nil { // another Go than the one that slimOverlay knows
		err = build()
	}
	if err != nil {
		return err
	}
	for _, tool := range goTools {
		if err := os.Rename(filepath.Join(made, tool), filepath.Join(dir, tool+".wasm")); err != nil {
			return fmt.Errorf("build: %w", err)
		}
	}
	return nil
}

// goTools are the programs that are Go's compiler.
var goTools = []string{"compile", "link"}

// archLine finds the lines of the compiler's main.go that are about another
// architecture, and otherRules the functions of package ssa that are.
var (
	archLine   = regexp.MustCompile(`(?m)^\t"\w+": +(\w+)\.Init,\n`)
	otherRules = regexp.MustCompile(`(?m)^func rewrite(Block|Value)\w*\(\w \*\w+\) bool \{\n`)
)

// slimOverlay makes an overlay that leaves the other architectures out of
// Go's compiler: it is then a quarter smaller, and is ready sooner. What it
// makes for WebAssembly is the same.
func (l *library) slimOverlay(dir string) (string, error) {
	files := map[string][]byte{} // new content by the old file
	compile := filepath.Join(l.goroot, "src", "cmd", "compile")
	main, err := os.ReadFile(filepath.Join(compile, "main.go"))
	if err != nil {
		return "", err
	}
	for _, m := range archLine.FindAllSubmatch(main, -1) {
		if arch := string(m[1]); arch != "wasm" {
			main = bytes.ReplaceAll(main, m[0], nil)
			main = bytes.ReplaceAll(main, []byte("\t\"cmd/compile/internal/"+arch+"\"\n"), nil)
		}
	}
	files[filepath.Join(compile, "main.go")] = main
	// Those of an architecture have a capital letter or a digit: rewriteAMD64.go.
	rules, err := filepath.Glob(filepath.Join(globQuote(compile), "internal", "ssa", "rewrite[A-Z0-9]*.go"))
	if err != nil {
		return "", err
	}
	for _, file := range rules {
		name := filepath.Base(file)
		if strings.HasPrefix(name, "rewriteWasm") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		stub := []byte("package ssa\n")
		for _, f := range otherRules.FindAll(b, -1) {
			if !bytes.Contains(f, []byte("_Op")) {
				stub = append(append(stub, f...), "\tpanic(\"not for wasm\")\n}\n"...)
			}
		}
		files[file] = stub
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for file, b := range files {
		to := filepath.Join(dir, "src", filepath.Base(file))
		if err := writeFile(to, b); err != nil {
			return "", err
		}
		overlay.Replace[file] = to
	}
	b, err := json.MarshalIndent(overlay, "", "\t")
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "overlay.json")
	return to, writeFile(to, b)
}

// goRun runs the go command and returns its output. Of each package that -v
// names, Progress is told.
func (l *library) goRun(ctx context.Context, step string, total int64, dir string, args ...string) ([]byte, error) {
	l.o.Progress(step, 0, total)
	cmd := goCommand(ctx, dir, args...)
	var out bytes.Buffer
	cmd.Stdout = &out
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	var errs strings.Builder
	done := int64(0)
	for lines := bufio.NewReader(said); ; {
		line, err := lines.ReadString('\n')
		errs.WriteString(line)
		if err != nil {
			break
		}
		if done++; done < total {
			l.o.Progress(step, done, total)
		}
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &NoGoError{"go " + args[0] + ": " + strings.TrimSpace(errs.String())}
	}
	l.o.Progress(step, 1, 1)
	return out.Bytes(), nil
}
