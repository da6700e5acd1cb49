package files

import (
	"io"
	"math"
	"os"
	"syscall"

	"github.com/tetratelabs/wazero/experimental/sys"
	wasys "github.com/tetratelabs/wazero/sys"
	"golang.org/x/sys/unix"
)

// file is an open regular file or directory. Its state is the kernel's.
type file struct {
	sys.UnimplementedFile

	fs       *FS
	f        *os.File
	dir      bool
	writable bool
	dev      uint64
	ino      wasys.Inode
}

var _ sys.PollableFile = (*file)(nil)

// Dev, Ino and IsDir implement sys.File.
func (f *file) Dev() (uint64, sys.Errno)      { return f.dev, 0 }
func (f *file) Ino() (wasys.Inode, sys.Errno) { return f.ino, 0 }
func (f *file) IsDir() (bool, sys.Errno)      { return f.dir, 0 }

// IsAppend and SetAppend implement sys.File.
func (f *file) IsAppend() bool                { return f.hasFlag(unix.O_APPEND) }
func (f *file) SetAppend(on bool) sys.Errno   { return f.setFlag(unix.O_APPEND, on) }
func (f *file) IsNonblock() bool              { return f.hasFlag(unix.O_NONBLOCK) }
func (f *file) SetNonblock(on bool) sys.Errno { return f.setFlag(unix.O_NONBLOCK, on) }

func (f *file) hasFlag(flag int) bool {
	has := 0
	err := control(f.f, func(fd int) (err error) {
		has, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		return err
	})
	return err == nil && has&flag != 0
}

func (f *file) setFlag(flag int, on bool) sys.Errno {
	flags := 0
	if on {
		flags = flag
	}
	return f.fs.errno(setFlags(f.f, flag, flags))
}

// Poll implements sys.Pollable: a file or directory is always ready. poll(2)
func (f *file) Poll(sys.Pflag, int32) (bool, sys.Errno) { return true, 0 }

// Stat implements sys.File.
func (f *file) Stat() (wasys.Stat_t, sys.Errno) {
	info, err := f.f.Stat()
	if err != nil {
		return wasys.Stat_t{}, f.fs.errno(err)
	}
	return wasys.NewStat_t(info), 0
}

// Read implements sys.File.
func (f *file) Read(buf []byte) (int, sys.Errno) {
	n, err := f.f.Read(buf)
	return n, f.fs.errno(notEOF(err))
}

// Pread implements sys.File.
func (f *file) Pread(buf []byte, off int64) (int, sys.Errno) {
	if off < 0 {
		return 0, sys.EINVAL
	}
	n, err := f.f.ReadAt(buf, off)
	return n, f.fs.errno(notEOF(err))
}

func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// offset is an int64; by this name, go vet does not take Seek for io.Seeker's.
type offset = int64

// Seek implements sys.File. A directory can only be rewound.
func (f *file) Seek(off offset, whence int) (offset, sys.Errno) {
	if whence > io.SeekEnd {
		return 0, sys.EINVAL // not SEEK_DATA and SEEK_HOLE of lseek(2)
	}
	if f.dir && (off != 0 || whence != io.SeekStart) {
		return 0, sys.EISDIR
	}
	at, err := f.f.Seek(off, whence)
	return at, f.fs.errno(err)
}

// Readdir implements sys.File. It leaves "." and ".." to wazero.
func (f *file) Readdir(n int) ([]sys.Dirent, sys.Errno) {
	if !f.dir {
		return nil, sys.EBADF
	}
	entries, err := f.f.ReadDir(n)
	dirents := make([]sys.Dirent, len(entries))
	for i, e := range entries {
		dirents[i] = sys.Dirent{Name: e.Name(), Type: e.Type()}
		if info, err := e.Info(); err == nil {
			dirents[i].Ino = wasys.NewStat_t(info).Ino
		}
	}
	return dirents, f.fs.errno(notEOF(err))
}

// Write implements sys.File. What does not fit (on the disk, or in the limit
// of bytes) is left out; the next call then gets the error.
func (f *file) Write(buf []byte) (int, sys.Errno) {
	return f.write(buf, func() (int64, error) { return f.f.Seek(0, io.SeekCurrent) }, f.f.Write)
}

// Pwrite implements sys.File. As Write; and as pwrite(2): on Linux a file
// with O_APPEND is appended to, whatever off says.
func (f *file) Pwrite(buf []byte, off int64) (int, sys.Errno) {
	if off < 0 {
		return 0, sys.EINVAL
	}
	return f.write(buf, func() (int64, error) { return off, nil },
		func(p []byte) (int, error) { return f.f.WriteAt(p, off) })
}

func (f *file) write(buf []byte, pos func() (int64, error), by func([]byte) (int, error)) (int, sys.Errno) {
	if !f.writable {
		return 0, sys.EBADF
	}
	if len(buf) == 0 {
		return 0, 0
	}
	want, hole := int64(len(buf)), int64(0)
	if f.fs.bytes.limited && !f.IsAppend() {
		off, err := pos()
		if err != nil {
			return 0, f.fs.errno(err)
		}
		if hole, err = f.beyond(off); err != nil {
			return 0, f.fs.errno(err)
		}
		hole = min(hole, math.MaxInt64-want)
	}
	got := f.fs.bytes.take(hole + want)
	if got < hole+want {
		f.fs.bytes.hit()
	}
	if got <= hole {
		f.fs.bytes.give(got)
		return 0, f.fs.errno(syscall.EDQUOT)
	}
	fits := got - hole
	n, err := by(buf[:fits])
	if n == 0 {
		f.fs.bytes.give(got)
		return 0, f.fs.errno(err)
	}
	f.fs.bytes.give(fits - int64(n))
	return n, 0
}

// beyond is how many bytes lie between the end of the file and off.
func (f *file) beyond(off int64) (int64, error) {
	info, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return max(0, off-info.Size()), nil
}

// Truncate implements sys.File.
func (f *file) Truncate(size int64) sys.Errno {
	switch {
	case f.dir:
		return sys.EISDIR
	case size < 0 || !f.writable:
		return sys.EINVAL // ftruncate(2)
	}
	grow, err := f.beyond(size)
	if err != nil {
		return f.fs.errno(err)
	}
	got := f.fs.bytes.take(grow)
	if got < grow {
		f.fs.bytes.give(got)
		f.fs.bytes.hit()
		return f.fs.errno(syscall.EDQUOT)
	}
	if err := f.f.Truncate(size); err != nil {
		f.fs.bytes.give(got)
		return f.fs.errno(err)
	}
	return 0
}

// Sync and Datasync implement sys.File.
func (f *file) Sync() sys.Errno     { return f.fs.errno(f.f.Sync()) }
func (f *file) Datasync() sys.Errno { return f.fs.errno(f.f.Sync()) }

// Utimens implements sys.File.
func (f *file) Utimens(atim, mtim int64) sys.Errno {
	if f.fs.readOnly {
		return sys.EROFS
	}
	return f.fs.errno(control(f.f, func(fd int) error { return futimens(fd, atim, mtim) }))
}

// Close implements sys.File.
func (f *file) Close() sys.Errno { return f.fs.errno(f.f.Close()) }
