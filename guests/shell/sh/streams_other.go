//go:build !wasip1

package main

import "os"

func standardInput() *os.File            { return os.Stdin }
func standardOutput(f *os.File) *os.File { return f }
