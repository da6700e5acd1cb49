package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"socklab/guests/shell/command"
)

// shell is the one that the guest was started as, or one inside it: sh -c and
// scripts start no process.
type shell struct {
	stdin          *os.File
	stdout, stderr io.Writer
	env            []string
	depth          int           // how many shells it is in
	running        *atomic.Int32 // commands, in all of them; nil at first
}

const (
	maxDepth   = 20
	maxRunning = 64
	maxScript  = 1 << 20 // bytes
)

// Exit statuses, as shells have them.
const (
	syntaxError  = 2
	cannotRun    = 126
	resourceLack = 254
)

// main does what the arguments say.
func (s *shell) main(ctx context.Context, dir string, args []string) int {
	if s.running == nil {
		s.running = new(atomic.Int32)
	}
	var options []string
	rest := args[1:]
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") && rest[0] != "-c" {
		options, rest = append(options, rest[0]), rest[1:]
	}
	switch {
	case len(rest) == 0:
		return s.script(ctx, dir, options, s.stdin, []string{"sh"})
	case rest[0] != "-c":
		f, err := os.Open(within(dir, rest[0]))
		if err != nil {
			fmt.Fprintf(s.stderr, "sh: %s: %v\n", rest[0], cause(err))
			return command.NotFound
		}
		defer f.Close()
		return s.script(ctx, dir, options, f, rest)
	case len(rest) == 1:
		fmt.Fprintln(s.stderr, "sh: -c wants a command line")
		return syntaxError
	}
	name := []string{"sh"}
	if len(rest) > 2 {
		name = rest[2:]
	}
	return s.run(ctx, dir, options, rest[1], name)
}

// folder is interp.Dir, but for a program that has no files at all, and so no
// folder to look at.
func folder(dir string) interp.RunnerOption {
	return func(r *interp.Runner) error {
		r.Dir = dir
		return nil
	}
}

// script runs what a file holds.
func (s *shell) script(ctx context.Context, dir string, options []string, f io.Reader, args []string) int {
	text, err := io.ReadAll(io.LimitReader(f, maxScript+1))
	switch {
	case err != nil:
		fmt.Fprintf(s.stderr, "sh: %s: %v\n", args[0], cause(err))
		return cannotRun
	case len(text) > maxScript || bytes.IndexByte(text, 0) >= 0:
		fmt.Fprintf(s.stderr, "sh: %s: not a script\n", args[0])
		return cannotRun
	}
	return s.run(ctx, dir, options, string(text), args)
}

// run runs a text; args are $0, $1 and so on.
func (s *shell) run(ctx context.Context, dir string, options []string, text string, args []string) int {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), args[0])
	if err != nil {
		fmt.Fprintln(s.stderr, err)
		return syntaxError
	}
	r, err := interp.New(
		folder(dir), interp.Env(expand.ListEnviron(s.env...)), interp.StdIO(s.stdin, s.stdout, s.stderr),
		interp.Params(append(append(options, "--"), args[1:]...)...),
		interp.CallHandler(called), interp.OpenHandler(open),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.exec }),
	)
	if err != nil {
		fmt.Fprintf(s.stderr, "sh: %v\n", err)
		return cannotRun
	}
	err = r.Run(ctx, file)
	var status interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintf(s.stderr, "sh: %v\n", err)
	return resourceLack
}

// called makes /bin/echo echo, and has a subshell exit that is about to print
// where nobody reads any more: the interpreter's own echo takes no note of
// that, and so a loop around it has no end.
func called(ctx context.Context, args []string) ([]string, error) {
	for _, dir := range []string{"/bin/", "/usr/bin/"} {
		if name, found := strings.CutPrefix(args[0], dir); found {
			args = append([]string{name}, args[1:]...)
		}
	}
	if args[0] == "echo" || args[0] == "printf" {
		if f, ok := interp.HandlerCtx(ctx).Stdout.(*os.File); ok {
			if _, err := f.Write(nil); errors.Is(err, syscall.EPIPE) {
				return []string{"exit", fmt.Sprint(command.Broken)}, nil
			}
		}
	}
	return args, nil
}

// open opens what a redirection names.
func open(ctx context.Context, path string, flag int, perm fs.FileMode) (io.ReadWriteCloser, error) {
	if path == "/dev/null" {
		return null{}, nil
	}
	f, err := os.OpenFile(within(interp.HandlerCtx(ctx).Dir, path), flag, perm)
	if err != nil { // printed as it is: Op Path: Err
		return nil, &fs.PathError{Op: "sh:", Path: path, Err: cause(err)}
	}
	return f, nil
}

// null is /dev/null, which a guest has no file of.
type null struct{}

func (null) Read([]byte) (int, error)    { return 0, io.EOF }
func (null) Write(b []byte) (int, error) { return len(b), nil }
func (null) Close() error                { return nil }

// exec runs a command that is no function and no builtin.
func (s *shell) exec(ctx context.Context, args []string) error {
	h := interp.HandlerCtx(ctx)
	if s.running.Add(1) > maxRunning {
		s.running.Add(-1)
		fmt.Fprintf(h.Stderr, "sh: %s: too many commands at once\n", args[0])
		return interp.ExitStatus(resourceLack)
	}
	defer s.running.Add(-1)
	if code := s.start(ctx, h, args); code != 0 {
		return interp.ExitStatus(code)
	}
	return nil
}

func (s *shell) start(ctx context.Context, h interp.HandlerContext, args []string) int {
	name := args[0]
	env := exported(h.Env)
	switch {
	case name == "sh" || name == "bash":
		return s.inner(ctx, h, env, args)
	case strings.Contains(name, "/"):
		return s.inner(ctx, h, env, append([]string{"sh"}, args...))
	}
	code := command.Run(ctx, &command.Call{Args: args, Dir: h.Dir, Env: env, Stdin: h.Stdin, Stdout: h.Stdout, Stderr: h.Stderr})
	if code == command.NotFound {
		fmt.Fprintf(h.Stderr, "%s: command not found\nsh: the sandbox has these commands: %s\n", name, strings.Join(command.Names(), " "))
	}
	return code
}

// inner runs a shell inside this one.
func (s *shell) inner(ctx context.Context, h interp.HandlerContext, env, args []string) int {
	if s.depth == maxDepth {
		fmt.Fprintln(h.Stderr, "sh: too many shells in one another")
		return resourceLack
	}
	stdin, _ := h.Stdin.(*os.File)
	in := &shell{stdin: stdin, stdout: h.Stdout, stderr: h.Stderr, env: env, depth: s.depth + 1, running: s.running}
	return in.main(ctx, h.Dir, args)
}

// exported is the part of the variables that commands see.
func exported(env expand.Environ) (list []string) {
	for name, v := range env.Each {
		if v.Exported && v.Kind == expand.String {
			list = append(list, name+"="+v.Str)
		}
	}
	return list
}

func within(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// cause is what went wrong, without what was done to which file.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
