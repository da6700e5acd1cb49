package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"socklab/runtime/engine"
)

// cLimits are those of compiling one file, or of linking. A program of a
// hundred lines takes a fortieth of a second, 25 MiB, and 2e8 units.
var cLimits = engine.Limits{
	Wall:      30 * time.Second,
	Fuel:      10e9,
	Memory:    768 << 20,
	Output:    256 << 10,
	FileBytes: 64 << 20,
	Files:     20,
}

// cScratch is where a step writes; no student's folder has such a name.
const cScratch = "/.socklab-scratch"

// cBuilt is a program as it was compiled.
type cBuilt struct {
	code     []byte
	warnings string   // what the tools said all the same
	included []string // files of the folder that were read
}

// compile compiles and links a program.
func (c *clang) compile(ctx context.Context, usr string, folder *os.Root, files []string) (*cBuilt, error) {
	tmp, remove, err := scratch()
	if err != nil {
		return nil, err
	}
	defer remove()
	system := engine.Mount{Host: usr, Guest: "/usr", ReadOnly: true}
	out := engine.Mount{Host: tmp, Guest: cScratch}
	mounts := []engine.Mount{{Folder: folder, Guest: "/", ReadOnly: true}, system, out}
	var built cBuilt
	var objects []string
	for i, name := range files {
		object := cScratch + "/" + strconv.Itoa(i) + ".o"
		args := slices.Concat([]string{"clang", "-c"}, cStudents, cFlags, []string{"-o", object, sourceArg(name)})
		said, read, err := c.compileOne(ctx, toolJob{args: args, mounts: mounts}, tmp, files, name)
		if err != nil {
			return nil, err
		}
		built.warnings += said
		built.included = append(built.included, read...)
		objects = append(objects, object)
	}
	args := slices.Concat([]string{"wasm-ld", "-o", cScratch + "/module.wasm"}, cLink, objects, cLibraries)
	said, err := c.step(ctx, toolJob{args: args, mounts: []engine.Mount{system, out}}, files, files[0])
	if err != nil {
		return nil, err
	}
	built.warnings += said
	built.code, err = os.ReadFile(filepath.Join(tmp, "module.wasm"))
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	return &built, nil
}

// compileOne compiles one file, and tells what clang said and which files of
// the folder were read.
func (c *clang) compileOne(ctx context.Context, job toolJob, tmp string, files []string, name string) (said string, read []string, err error) {
	plain := job.args
	job.args = append(slices.Clip(plain), "-MD", "-MF", cScratch+"/included")
	if said, err = c.step(ctx, job, files, name); err != nil {
		return "", nil, err
	}
	rule := filepath.Join(tmp, "included")
	b, err := os.ReadFile(rule)
	if err == nil {
		return said, cIncluded(string(b)), os.Remove(rule)
	}
	// Asked for what it reads, clang passes over an #embed of a file that is
	// not there, and then does not answer.
	job.args = plain
	if _, err := c.step(ctx, job, files, name); err != nil {
		return "", nil, err
	}
	return "", nil, fmt.Errorf("build: %w", err)
}

// sourceArg names a source so that it is neither an option nor a file of them.
func sourceArg(name string) string {
	if strings.HasPrefix(name, "-") || strings.HasPrefix(name, "@") {
		return "./" + name
	}
	return name
}

// step runs one step, and returns what was said although it went well:
// warnings. What the compiler complains about is a *CompileError, and so is a
// source that is too much for it.
func (c *clang) step(ctx context.Context, job toolJob, files []string, name string) (string, error) {
	said, code, err := c.tool.run(ctx, job)
	var limit *toolLimitError
	switch {
	case errors.As(err, &limit):
		d := Diagnostic{File: name, Message: limit.Error()}
		said = strings.TrimRight(studentsWords(said, files), "\n") + "\n" + d.String() + "\n"
		return "", &CompileError{Diagnostics: []Diagnostic{d}, Output: strings.TrimLeft(said, "\n")}
	case err != nil:
		return "", err
	}
	said = studentsWords(said, files)
	if code == 0 {
		return said, nil
	}
	return "", &CompileError{Diagnostics: cDiagnostics(said, name), Output: noteHeaders(said)}
}

var cObject = regexp.MustCompile(regexp.QuoteMeta(cScratch) + `/(\d+)\.o`)

// studentsWords says files where the tools said objects.
func studentsWords(said string, files []string) string {
	said = foldIncludes(strings.ReplaceAll(said, "/usr/socklab/libsocket.a(main.o): ", ""))
	return cObject.ReplaceAllStringFunc(said, func(object string) string {
		i, err := strconv.Atoi(cObject.FindStringSubmatch(object)[1])
		if err != nil || i >= len(files) {
			return object
		}
		return files[i]
	})
}

// foldIncludes leaves out the middle of a long way of headers to a complaint:
// a file that includes itself makes one of two hundred lines.
func foldIncludes(said string) string {
	const most = 6 // lines of a way that are shown
	var out, way []string
	flush := func() {
		if len(way) > most {
			more := fmt.Sprintf("… and %d more\n", len(way)-most)
			way = slices.Concat(way[:most/2], []string{more}, way[len(way)-most/2:])
		}
		out, way = append(out, way...), nil
	}
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "In file included from ") {
			way = append(way, line)
			continue
		}
		flush()
		out = append(out, line)
	}
	flush()
	return strings.Join(out, "")
}

var (
	cComplaint = regexp.MustCompile(`^(.+?):(\d+):(\d+): (?:fatal )?error: (.*)$`)
	ldTrouble  = regexp.MustCompile(`^(?:clang|wasm-ld): error: (?:([^\s:]+\.c): )?(.*)$`)
)

// cDiagnostics are the errors that clang and lld have told; warnings and notes
// are in the output.
func cDiagnostics(said, name string) []Diagnostic {
	var all []Diagnostic
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\n")
		if m := cComplaint.FindStringSubmatch(line); m != nil {
			d := Diagnostic{File: m[1], Message: m[4]}
			d.Line, _ = strconv.Atoi(m[2])
			d.Column, _ = strconv.Atoi(m[3])
			all = append(all, d)
		} else if m := ldTrouble.FindStringSubmatch(line); m != nil {
			d := Diagnostic{File: m[1], Message: m[2]}
			if d.File == "" {
				d.File = name
			}
			all = append(all, d)
		}
	}
	if all == nil {
		all = []Diagnostic{{File: name, Message: "the compiler failed: " + strings.TrimSpace(said)}}
	}
	return all
}
