//go:build !linux

package main

import "os/exec"

// processors are unknown here: nothing is pinned.
func processors() []int { return []int{0, 1} }

// startOn starts a command, on any processor.
func startOn(_ int, cmd *exec.Cmd) error { return cmd.Start() }
