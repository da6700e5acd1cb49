// Command sh is the sandbox's shell, a guest: sh -c LINE [NAME [ARG…]], or a
// script's file in -c's place. Its language is that of mvdan.cc/sh, its
// commands are those of package command, and there are no others: nothing is
// started, and no file is reached but the guest's own.
package main

import (
	"context"
	"errors"
	"os"
	"syscall"

	"socklab/guests/shell/command"
)

func main() {
	s := &shell{stdin: standardInput(), stdout: stream(1), stderr: stream(2), env: os.Environ()}
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	os.Exit(s.main(context.Background(), dir, os.Args))
}

// stream is standard output or error. When nobody reads it any more, the
// shell ends, as by SIGPIPE, and without the last words that Go has for this.
type stream int

func (fd stream) Write(b []byte) (n int, err error) {
	for {
		m, err := syscall.Write(int(fd), b[n:])
		n += max(m, 0)
		switch {
		case errors.Is(err, syscall.EPIPE):
			os.Exit(command.Broken)
		case err != nil && !errors.Is(err, syscall.EINTR):
			return n, err
		case n == len(b):
			return n, nil
		}
	}
}
