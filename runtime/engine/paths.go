package engine

import (
	"fmt"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"socklab/host/abi"
	"socklab/host/files"
)

// Paths finds the files that a guest's AF_UNIX paths mean: they lie in its
// mounts, whatever links say. Give Resolve to the stack (it is a
// local.Resolver) and the Paths to the Spec of the same guest; Start tells it
// the mounts. Before that, and after the guest has ended, every path is
// EACCES.
type Paths struct{ mounts atomic.Pointer[[]mounted] }

// mounted is an open mount.
type mounted struct {
	guest    string
	fs       *files.FS
	readOnly bool
}

// Resolve finds the file of a path: see local.Resolver.
func (p *Paths) Resolve(name string, connect bool) (real string, release func(), err abi.Errno) {
	m, inside := p.find(name)
	switch {
	case m == nil:
		return "", nil, abi.EACCES
	case m.readOnly && !connect:
		return "", nil, abi.EROFS
	}
	if connect {
		f, err := m.fs.Pin(inside)
		if err != abi.OK {
			return "", nil, err
		}
		return held(f, ""), func() { f.Close() }, abi.OK
	}
	dir, base, err := m.fs.Parent(inside)
	if err != abi.OK {
		return "", nil, err
	}
	return held(dir, base), func() { dir.Close() }, abi.OK
}

// held names a file by a descriptor that is held open. The name has the
// process in it, so that those of two processes differ.
func held(f *os.File, base string) string {
	var fd uintptr
	if raw, err := f.SyscallConn(); err == nil {
		raw.Control(func(n uintptr) { fd = n })
	}
	return path.Join(fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd), base)
}

// find is the mount of a guest's path, nil if there is none, and the path in
// it. A relative path begins at the root, where programs start.
func (p *Paths) find(name string) (best *mounted, inside string) {
	mounts := p.mounts.Load()
	if mounts == nil {
		return nil, ""
	}
	name = path.Join("/", name)
	for i := range *mounts {
		m := &(*mounts)[i]
		rest, in := strings.CutPrefix(name, strings.TrimSuffix(path.Join("/", m.guest), "/")+"/")
		if in && (best == nil || len(m.guest) > len(best.guest)) {
			best, inside = m, rest
		}
	}
	return best, inside
}
