package main

import (
	"os"
	"syscall"
)

// standardInput is read without blocking, so that a command that waits for it
// keeps no other waiting.
func standardInput() *os.File {
	if err := syscall.SetNonblock(0, true); err != nil {
		return os.Stdin
	}
	return os.NewFile(0, "/dev/stdin")
}

// standardOutput is standard output or error by another number: Go ends a
// program that writes to 1 or 2 when nobody reads, and says so at length.
func standardOutput(f *os.File) *os.File {
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return f
	}
	return os.NewFile(uintptr(fd), f.Name())
}
