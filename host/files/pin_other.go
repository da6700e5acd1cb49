//go:build !linux

package files

import (
	"os"

	"socklab/host/abi"
)

// Pin needs Linux's O_PATH: ENOSYS.
func (f *FS) Pin(string) (*os.File, abi.Errno) { return nil, abi.ENOSYS }
