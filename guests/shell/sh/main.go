// Command sh is the sandbox's shell, a guest: sh -c LINE [NAME [ARG…]], or a
// script's file in -c's place. Its language is that of mvdan.cc/sh, its
// commands are those of package command, and there are no others: nothing is
// started, and no file is reached but the guest's own.
package main

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"syscall"

	"socklab/guests/shell/command"
)

func main() {
	debug.SetTraceback("none") // one that has no memory left says so, and no more
	s := &shell{
		stdin: standardInput(), stdout: stream{standardOutput(os.Stdout)}, stderr: stream{standardOutput(os.Stderr)},
		env: os.Environ(),
	}
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	os.Exit(s.main(context.Background(), dir, os.Args))
}

// stream is standard output or error. When nobody reads it any more, the
// shell ends, as by SIGPIPE.
type stream struct{ file *os.File }

func (s stream) Write(b []byte) (int, error) {
	n, err := s.file.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		os.Exit(command.Broken)
	}
	return n, err
}
