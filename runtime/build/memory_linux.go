package build

import (
	"os"

	"golang.org/x/sys/unix"
)

// limitMemory limits the address space of a native compiler, which is more
// than the memory that it uses.
func limitMemory(p *os.Process, limit uint64) {
	n := 2 * limit
	unix.Prlimit(p.Pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: n, Max: n}, nil)
}
