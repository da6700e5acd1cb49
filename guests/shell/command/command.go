// Package command has the commands of the sandbox's shell: what a lesson's
// command line is likely to use, each with its most common options. They are
// ordinary functions on files and streams, and know nothing of the shell; in
// a guest the files they can reach are the guest's.
package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Call is one command to run.
type Call struct {
	Args   []string // its name first
	Dir    string   // the working folder, absolute
	Env    []string // K=V
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	out *bufio.Writer
}

// Exit statuses, as shells have them.
const (
	failed   = 1
	misused  = 2
	NotFound = 127
	// Broken is that of a command whose output nobody reads any more: 128 and
	// the number of SIGPIPE.
	Broken = 141
)

// commands are all commands, by name.
var commands map[string]func(context.Context, *Call) error

func init() { // some ask for the others' names
	commands = map[string]func(context.Context, *Call) error{
		"cat": cat, "cp": cp, "date": date, "env": env, "grep": grep, "head": head, "hostname": hostname,
		"ls": ls, "mkdir": mkdir, "mv": mv, "rm": rm, "sleep": sleep, "sort": sortLines, "tail": tail,
		"touch": touch, "uname": uname, "uniq": uniq, "wc": wc, "whoami": whoami,
	}
}

// builtins are the commands that the shell itself has, as far as they are
// programs elsewhere, or lessons use them.
var builtins = []string{"[", "bash", "cd", "echo", "exit", "export", "false", "printf", "pwd", "read", "set", "sh", "test", "true"}

// Names are the commands that a command line can have.
func Names() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(commands)), builtins...)))
}

// Run runs a command and returns its exit status. It ends early if ctx does,
// as far as it waits.
func Run(ctx context.Context, c *Call) int {
	run := commands[c.Args[0]]
	if run == nil {
		return NotFound
	}
	c.out = bufio.NewWriterSize(c.Stdout, 32<<10)
	err := run(ctx, c)
	if flushed := c.out.Flush(); flushed != nil {
		err = flushed
	}
	var status exit
	switch {
	case err == nil:
		return 0
	case errors.Is(err, syscall.EPIPE):
		return Broken
	case errors.As(err, &status):
		return int(status)
	}
	c.complain(err)
	var u usage
	if errors.As(err, &u) {
		return misused
	}
	return failed
}

// exit is the error of a command that has said what there was to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// usage is the error of a command line that is wrong.
type usage string

func (e usage) Error() string { return string(e) }

// complain tells an error.
func (c *Call) complain(err error) {
	c.out.Flush() // what was said before comes before
	fmt.Fprintf(c.Stderr, "%s: %s\n", c.Args[0], reason(err))
}

// reason is an error as a command tells it: the name, and what is wrong.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}

// path is where a name of the command line is.
func (c *Call) path(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(c.Dir, name)
}

// named makes an error's path the one on the command line.
func named(err error, name string) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return &fs.PathError{Op: path.Op, Path: name, Err: path.Err}
	case errors.As(err, &link):
		return &fs.PathError{Op: link.Op, Path: name, Err: link.Err}
	}
	return err
}

// options takes the options off the arguments. known has their letters; one
// with a colon behind it has a value.
func (c *Call) options(known string) (set map[byte]string, rest []string, err error) {
	set = map[byte]string{}
	rest = c.Args[1:]
	for len(rest) > 0 && len(rest[0]) > 1 && rest[0][0] == '-' {
		arg := rest[0][1:]
		rest = rest[1:]
		if arg == "-" {
			break
		}
		for i := 0; i < len(arg); i++ {
			at := strings.IndexByte(known, arg[i])
			if at < 0 || arg[i] == ':' {
				return nil, nil, usage(fmt.Sprintf("unknown option -%c", arg[i]))
			}
			if at+1 == len(known) || known[at+1] != ':' {
				set[arg[i]] = ""
				continue
			}
			value := arg[i+1:]
			if value == "" {
				if len(rest) == 0 {
					return nil, nil, usage(fmt.Sprintf("option -%c wants a value", arg[i]))
				}
				value, rest = rest[0], rest[1:]
			}
			set[arg[i]] = value
			break
		}
	}
	return set, rest, nil
}

// each calls read with every file named, standard input if there is none or
// its name is -. A file that cannot be read is complained of, and left out.
func (c *Call) each(names []string, read func(name string, r io.Reader) error) error {
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := error(nil)
	for _, name := range names {
		err := c.with(name, read)
		var path *fs.PathError
		if errors.As(err, &path) && !errors.Is(err, syscall.EPIPE) {
			c.complain(err)
			status = exit(failed)
		} else if err != nil {
			return err
		}
	}
	return status
}

func (c *Call) with(name string, read func(name string, r io.Reader) error) error {
	if name == "-" {
		return read(name, c.Stdin)
	}
	f, err := os.Open(c.path(name))
	if err != nil {
		return named(err, name)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	}
	return named(read(name, f), name)
}

// lines calls use with every line of r, without its newline, until use says
// that it has had enough.
func lines(r io.Reader, use func(line string) (more bool, err error)) error {
	b := bufio.NewReaderSize(r, 32<<10)
	for {
		line, err := b.ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if line == "" {
			return nil
		}
		if more, useErr := use(strings.TrimSuffix(line, "\n")); useErr != nil || !more {
			return useErr
		}
		if err == io.EOF {
			return nil
		}
	}
}
