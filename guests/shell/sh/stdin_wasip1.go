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
