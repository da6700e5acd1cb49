package files

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

const (
	// pathMax is the longest path, in bytes. Linux's PATH_MAX counts the
	// final NUL.
	pathMax = 4095
	// maxLinks is how many links Resolve follows. It is os.Root's limit for
	// any path, and it bounds the time one call takes: a link can cost a walk
	// through thousands of directories.
	maxLinks = 8
)

// clean makes a guest's path one for an os.Root. It resolves nothing.
func clean(path string) (string, error) {
	switch {
	case path == "":
		return "", syscall.ENOENT
	case len(path) > pathMax:
		return "", syscall.ENAMETOOLONG
	case strings.IndexByte(path, 0) >= 0:
		return "", syscall.EINVAL // a caller of Parent could cut the name there
	}
	if path = strings.TrimLeft(path, "/"); path == "" {
		path = "."
	}
	return path, nil
}

// place is where a path leads: a name in an open directory. The name has no
// slash and is not "..", so that a system call that takes both and follows
// no link stays in the directory.
type place struct {
	dir   *os.File
	path  string // dir's path
	base  string
	slash bool // the path ended in a slash: base must be a directory
}

func (p place) fd() int { return int(p.dir.Fd()) }

func (p place) isDir() (bool, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(p.fd(), p.base, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return st.Mode&unix.S_IFMT == unix.S_IFDIR, err
}

// parent finds the place of path, following links but for the last name. The
// caller closes its dir.
func (f *FS) parent(path string) (place, error) {
	path, err := clean(path)
	if err != nil {
		return place{}, err
	}
	p := place{path: ".", base: strings.TrimRight(path, "/")}
	p.slash = len(p.base) < len(path)
	if p.base == "." || p.base == ".." || strings.HasSuffix(p.base, "/.") || strings.HasSuffix(p.base, "/..") {
		p.path, p.base = p.base, "."
	} else if i := strings.LastIndexByte(p.base, '/'); i >= 0 {
		p.path, p.base = p.base[:i], p.base[i+1:]
	}
	p.dir, err = f.root.OpenFile(p.path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	return p, err
}

// Parent resolves path but for its last name, and returns the open directory
// that the name is in, which the caller closes. It does not look whether the
// name exists, or whether it is a link: what the caller does with it must not
// follow one.
//
// # Errors
//   - ENOTDIR: path ends in a slash. Others as of any path.
func (f *FS) Parent(path string) (dir *os.File, base string, errno abi.Errno) {
	p, err := f.entry(path)
	return p.dir, p.base, errnoOf(err)
}

// Create is Parent for a caller that makes the entry itself, as bind(2) of
// an AF_UNIX socket does: it refuses on a read-only file system (EROFS), and
// counts the entry as made if make succeeds. Where no more may be made, make
// is not called, and the answer is EEXIST if the entry exists, or EDQUOT. dir
// is open until make returns.
func (f *FS) Create(path string, make func(dir *os.File, base string) abi.Errno) abi.Errno {
	errno := abi.OK
	err := f.create(path, func(path string) error {
		p, err := f.entry(path)
		if err != nil {
			return err
		}
		defer p.dir.Close()
		if errno = make(p.dir, p.base); errno != abi.OK {
			return syscall.EIO // only says that it failed; errno says why
		}
		return nil
	})
	if errno != abi.OK {
		return errno
	}
	return errnoOf(err)
}

// Resolve is Parent that follows the last name too, through at most 8 links,
// so that base was not a link when it was looked at. It may not exist. Another
// process can make it a link afterwards: where the system can, use Pin.
//
// # Errors
//   - ELOOP: more than 8 links. EPERM: one leads out of the folder.
func (f *FS) Resolve(path string) (dir *os.File, base string, errno abi.Errno) {
	p, err := f.resolve(path)
	return p.dir, p.base, errnoOf(err)
}

func (f *FS) resolve(path string) (place, error) {
	for range maxLinks + 1 {
		p, err := f.entry(path)
		if err != nil {
			return place{}, err
		}
		target, err := readlinkat(p.fd(), p.base)
		if err == syscall.EINVAL || err == syscall.ENOENT { // not a link
			return p, nil
		}
		p.dir.Close()
		if err != nil {
			return place{}, err
		}
		if strings.HasPrefix(target, "/") {
			return place{}, syscall.EPERM
		}
		path = p.path + "/" + target
	}
	return place{}, syscall.ELOOP
}

// entry is parent for a path that cannot be a directory's.
func (f *FS) entry(path string) (place, error) {
	p, err := f.parent(path)
	if err == nil && p.slash {
		p.dir.Close()
		err = syscall.ENOTDIR
	}
	if err != nil {
		return place{}, err
	}
	return p, nil
}

func readlinkat(dir int, name string) (target string, err error) {
	buf := make([]byte, pathMax+1)
	err = retry(func() error {
		n, err := unix.Readlinkat(dir, name, buf)
		target = string(buf[:max(n, 0)])
		return err
	})
	return target, err
}

// retry calls f until a signal (Go's own, for preemption) does not
// interrupt it.
func retry(f func() error) error {
	for {
		if err := f(); err != syscall.EINTR {
			return err
		}
	}
}
