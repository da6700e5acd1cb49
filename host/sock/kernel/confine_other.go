//go:build !linux

package kernel

import "golang.org/x/sys/unix"

// sysLatePort fails: there is no such option.
func sysLatePort(fd, on int) unix.Errno { return unix.ENOPROTOOPT }
