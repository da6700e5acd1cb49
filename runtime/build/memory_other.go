//go:build !linux

package build

import "os"

// limitMemory does nothing: only Linux limits another process.
func limitMemory(*os.Process, uint64) {}
