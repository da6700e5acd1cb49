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
	guest string
	fs    *files.FS
}

// Resolve finds the file of a path: see local.Resolver.
func (p *Paths) Resolve(name string, connect bool) (real string, release func(), err abi.Errno) {
	fsys, inside, ok := p.find(name)
	if !ok {
		return "", nil, abi.EACCES
	}
	if connect {
		f, err := fsys.Pin(inside)
		if err != abi.OK {
			return "", nil, err
		}
		return held(f, ""), func() { f.Close() }, abi.OK
	}
	dir, base, err := fsys.Parent(inside)
	if err != abi.OK {
		return "", nil, err
	}
	return held(dir, base), func() { dir.Close() }, abi.OK
}

// held names a file by a descriptor that is held open.
func held(f *os.File, base string) string {
	var fd uintptr
	if raw, err := f.SyscallConn(); err == nil {
		raw.Control(func(n uintptr) { fd = n })
	}
	return path.Join(fmt.Sprintf("/proc/self/fd/%d", fd), base)
}

// find is the mount of a guest's path, and the path in it. A relative path
// begins at the root, where programs start.
func (p *Paths) find(name string) (fsys *files.FS, inside string, ok bool) {
	mounts := p.mounts.Load()
	if mounts == nil {
		return nil, "", false
	}
	longest := -1
	name = path.Join("/", name)
	for _, m := range *mounts {
		rest, in := strings.CutPrefix(name, strings.TrimSuffix(m.guest, "/")+"/")
		if in && len(m.guest) > longest {
			fsys, inside, longest = m.fs, rest, len(m.guest)
		}
	}
	return fsys, inside, longest >= 0
}
