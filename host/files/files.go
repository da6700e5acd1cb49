// Package files is the file system a guest sees: one folder of the host,
// as a wazero sys.FS.
//
// Whatever the guest does, it stays inside the folder. Paths are resolved by
// an [os.Root], one component at a time from an open handle of the folder, so
// that no "..", symbolic link, rename or race between them leads out; a link
// that points out is never followed, whoever made it. Only regular files and
// directories are opened: a FIFO, socket or device inside the folder can
// neither be read nor make the guest hang.
//
// What it does not do: a mount point or a hard link that the host put inside
// the folder is part of the folder. A guest may make a relative link that
// points out of the folder, as it may in any WASI runtime; a host program that
// reads the folder afterwards should do so through an os.Root as well. A path
// may pass through at most 8 symbolic links, which is os.Root's limit and
// POSIX's minimum. A guest cannot say which mode a new file has: wazero asks
// for 0600, and for 0700 for a directory.
//
// Errors are the kernel's, with these of our own:
//
//   - EPERM: the path, or a link on it, leads out of the folder; or a new
//     link has an absolute target.
//   - EACCES: the file is a FIFO or a device. ENXIO: it is a socket.
//   - EROFS: the file system is read-only.
//   - EDQUOT: a limit of Options is reached.
//
// For a read-only view of an fs.FS, wazero's experimental/sysfs has AdaptFS.
package files

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/tetratelabs/wazero/experimental/sys"
	wasys "github.com/tetratelabs/wazero/sys"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// Options narrow what a guest may do. The zero value allows everything.
type Options struct {
	// ReadOnly refuses every change with EROFS.
	ReadOnly bool
	// MaxBytes is how many bytes may be written, to all files together; 0
	// is no limit. Overwriting counts, deleting gives nothing back, and the
	// hole that a write or truncation leaves behind counts as written.
	MaxBytes int64
	// MaxFiles is how many files, directories and links may be made; 0 is
	// no limit. Deleting gives nothing back.
	MaxFiles int64
	// OnLimit is called when "bytes" or "files" first runs out, once each,
	// by the call that is refused. It must not block.
	OnLimit func(what string)
	// OnErrno is told an error that wazero has no number for, such as ENOSPC
	// or EDQUOT, by the call that then returns EIO: a caller that stands
	// between wazero and the guest can put it in EIO's place.
	OnErrno func(abi.Errno)
}

// FS is a folder as a guest sees it. The guest's paths are relative to the
// folder, with or without a leading slash. Its methods may be called at once
// from many goroutines.
type FS struct {
	sys.UnimplementedFS

	root     *os.Root
	readOnly bool
	bytes    *budget
	files    *budget
	onErrno  func(abi.Errno)
}

var _ sys.FS = (*FS)(nil)

// Open makes the folder dir a file system. A link in dir's own name is
// followed, and the folder stays the same one if it is renamed afterwards.
// The caller closes the FS.
func Open(dir string, o Options) (*FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return open(root, o), nil
}

// OpenIn makes a file system of a folder that is open, whatever its name leads
// to by now. The FS has a handle of its own, and the caller closes both.
func OpenIn(folder *os.Root, o Options) (*FS, error) {
	root, err := folder.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	return open(root, o), nil
}

func open(root *os.Root, o Options) *FS {
	f := &FS{root: root, readOnly: o.ReadOnly, onErrno: o.OnErrno, bytes: &budget{}, files: &budget{}}
	f.bytes.init("bytes", o.MaxBytes, o.OnLimit)
	f.files.init("files", o.MaxFiles, o.OnLimit)
	return f
}

// Share is the same folder under the same limits for another guest, which has
// an OnErrno of its own. It is to be used while f is open, and not closed.
func (f *FS) Share(onErrno func(abi.Errno)) *FS {
	return &FS{root: f.root, readOnly: f.readOnly, onErrno: onErrno, bytes: f.bytes, files: f.files}
}

// Written is how many bytes have been written so far, to all files together,
// counted as MaxBytes counts them.
func (f *FS) Written() int64 { return f.bytes.used.Load() }

// Close releases the folder: later calls fail with EBADF. Files that were
// opened before stay open.
func (f *FS) Close() error { return f.root.Close() }

// Lstat implements sys.FS.
func (f *FS) Lstat(path string) (wasys.Stat_t, sys.Errno) { return f.stat(path, f.root.Lstat) }

// Stat implements sys.FS.
func (f *FS) Stat(path string) (wasys.Stat_t, sys.Errno) { return f.stat(path, f.root.Stat) }

func (f *FS) stat(path string, by func(string) (fs.FileInfo, error)) (wasys.Stat_t, sys.Errno) {
	path, err := clean(path)
	if err != nil {
		return wasys.Stat_t{}, f.errno(err)
	}
	info, err := by(path)
	if err != nil {
		return wasys.Stat_t{}, f.errno(err)
	}
	return wasys.NewStat_t(info), 0
}

// Readlink implements sys.FS. The target is what the link says, wherever it
// points.
func (f *FS) Readlink(path string) (string, sys.Errno) {
	path, err := clean(path)
	if err != nil {
		return "", f.errno(err)
	}
	target, err := f.root.Readlink(path)
	return target, f.errno(err)
}

// Mkdir implements sys.FS.
func (f *FS) Mkdir(path string, perm fs.FileMode) sys.Errno {
	return f.errno(f.create(path, func(path string) error {
		return f.root.Mkdir(path, perm&fs.ModePerm)
	}))
}

// Link implements sys.FS. A symbolic link is linked itself, not its target.
func (f *FS) Link(oldPath, newPath string) sys.Errno {
	oldPath, err := clean(oldPath)
	if err != nil {
		return f.errno(err)
	}
	return f.errno(f.create(newPath, func(newPath string) error {
		return f.root.Link(oldPath, newPath)
	}))
}

// Symlink implements sys.FS. An absolute target is refused with EPERM, since
// it would mean a place on the host; a relative one is kept as it is, and
// checked whenever it is followed.
//
// Source: wasi-filesystem, path-resolution.md, "Symlinks".
func (f *FS) Symlink(target, link string) sys.Errno {
	if strings.HasPrefix(target, "/") {
		return sys.EPERM
	}
	return f.errno(f.create(link, func(link string) error {
		return f.root.Symlink(target, link)
	}))
}

// create makes one entry by a call of make, within the limit of files.
func (f *FS) create(path string, make func(path string) error) error {
	path, err := clean(path)
	if err != nil {
		return err
	}
	if f.readOnly {
		return syscall.EROFS
	}
	if f.files.take(1) == 0 {
		// The limit is hit only by what could otherwise have been made.
		if _, err := f.root.Lstat(path); err == nil {
			return syscall.EEXIST
		} else if cause(err) != syscall.ENOENT {
			return err
		}
		f.files.hit()
		return syscall.EDQUOT
	}
	if err := make(path); err != nil {
		f.files.give(1)
		return err
	}
	return nil
}

// Rename implements sys.FS.
func (f *FS) Rename(from, to string) sys.Errno {
	return f.errno(f.rename(from, to))
}

// rename does not use Root.Rename, which refuses to replace an empty
// directory.
func (f *FS) rename(from, to string) error {
	if f.readOnly {
		return syscall.EROFS
	}
	src, err := f.parent(from)
	if err != nil {
		return err
	}
	defer src.dir.Close()
	dst, err := f.parent(to)
	if err != nil {
		return err
	}
	defer dst.dir.Close()
	if src.slash || dst.slash {
		if isDir, err := src.isDir(); err != nil {
			return err
		} else if !isDir {
			return syscall.ENOTDIR
		}
	}
	return retry(func() error { return unix.Renameat(src.fd(), src.base, dst.fd(), dst.base) })
}

// Unlink implements sys.FS.
func (f *FS) Unlink(path string) sys.Errno {
	return f.errno(f.remove(path, func(at place) error {
		if isDir, err := at.isDir(); err != nil {
			return err
		} else if isDir {
			return syscall.EISDIR // where the kernel would say EPERM, or comply
		} else if at.slash {
			return syscall.ENOTDIR
		}
		return retry(func() error { return unix.Unlinkat(at.fd(), at.base, 0) })
	}))
}

// Rmdir implements sys.FS.
func (f *FS) Rmdir(path string) sys.Errno {
	return f.errno(f.remove(path, func(at place) error {
		return retry(func() error { return unix.Unlinkat(at.fd(), at.base, unix.AT_REMOVEDIR) })
	}))
}

func (f *FS) remove(path string, by func(place) error) error {
	if f.readOnly {
		return syscall.EROFS
	}
	at, err := f.parent(path)
	if err != nil {
		return err
	}
	defer at.dir.Close()
	return by(at)
}

// Chmod implements sys.FS. Only the nine permission bits are set.
func (f *FS) Chmod(path string, perm fs.FileMode) sys.Errno {
	return f.change(path, func(path string) error {
		return f.root.Chmod(path, perm&fs.ModePerm)
	})
}

// Utimens implements sys.FS.
func (f *FS) Utimens(path string, atim, mtim int64) sys.Errno {
	return f.change(path, func(path string) error {
		return f.root.Chtimes(path, timeOf(atim), timeOf(mtim))
	})
}

func (f *FS) change(path string, by func(path string) error) sys.Errno {
	if f.readOnly {
		return sys.EROFS
	}
	path, err := clean(path)
	if err != nil {
		return f.errno(err)
	}
	return f.errno(by(path))
}

// timeOf is a time as Root.Chtimes wants it: zero leaves a time as it is.
func timeOf(nanos int64) time.Time {
	if nanos == sys.UTIME_OMIT {
		return time.Time{}
	}
	return time.Unix(0, nanos)
}
