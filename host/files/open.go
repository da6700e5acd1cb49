package files

import (
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/tetratelabs/wazero/experimental/sys"
	wasys "github.com/tetratelabs/wazero/sys"
	"golang.org/x/sys/unix"
)

// OpenFile implements sys.FS. It opens regular files and directories, and
// does not block.
func (f *FS) OpenFile(path string, oflag sys.Oflag, perm fs.FileMode) (sys.File, sys.Errno) {
	if oflag == sys.O_WRONLY && perm == 0 { // only wazero's path_filestat_set_times asks so
		e, err := f.openNamed(path)
		if err != nil {
			return nil, f.errno(err)
		}
		return e, 0
	}
	file, err := f.open(path, oflag, perm&fs.ModePerm)
	if err != nil {
		return nil, f.errno(err)
	}
	return file, 0
}

func (f *FS) open(path string, oflag sys.Oflag, perm fs.FileMode) (*file, error) {
	flag, err := openFlags(oflag)
	if err != nil {
		return nil, err
	}
	path, err = clean(path)
	if err != nil {
		return nil, err
	}
	of, err := f.openRoot(path, oflag, flag, perm)
	if err != nil {
		return nil, err
	}
	return f.newFile(of, oflag)
}

// openRoot looks before it opens, since opening a device can have effects,
// and since only what does not exist counts as made. With O_NOFOLLOW, a link
// that is swapped in after the look is still followed, inside the folder.
func (f *FS) openRoot(path string, oflag sys.Oflag, flag int, perm fs.FileMode) (*os.File, error) {
	create := oflag&sys.O_CREAT != 0
	excl := create && oflag&sys.O_EXCL != 0
	look := f.root.Stat
	if excl || oflag&sys.O_NOFOLLOW != 0 {
		look = f.root.Lstat
	}
	info, err := look(path)
	if err == nil && excl {
		return nil, syscall.EEXIST
	}
	if err == nil {
		err = f.openable(info.Mode(), oflag)
	}
	var of *os.File
	if err == nil {
		of, err = f.root.OpenFile(path, flag, 0)
	}
	if !create || cause(err) != syscall.ENOENT {
		return of, err
	}

	if strings.HasSuffix(path, "/") {
		return nil, syscall.EISDIR
	}
	if excl {
		flag |= os.O_EXCL
	}
	err = f.create(path, func(path string) (err error) {
		of, err = f.root.OpenFile(path, flag|os.O_CREATE, perm)
		return err
	})
	return of, err
}

// openable says whether what exists may be opened.
func (f *FS) openable(mode fs.FileMode, oflag sys.Oflag) error {
	write := oflag&(sys.O_WRONLY|sys.O_RDWR) != 0
	switch mode.Type() {
	case 0:
		if f.readOnly && (write || oflag&sys.O_TRUNC != 0) {
			return syscall.EROFS
		}
		return nil
	case fs.ModeDir:
		if oflag&sys.O_CREAT != 0 {
			return syscall.EISDIR // the kernel, not given O_CREAT, refuses only to write
		}
		return nil
	case fs.ModeSymlink:
		return syscall.ELOOP // only looked at with O_NOFOLLOW
	case fs.ModeSocket:
		return syscall.ENXIO // as open(2)
	}
	return syscall.EACCES
}

// newFile looks again, now at what was opened, and takes it over.
func (f *FS) newFile(of *os.File, oflag sys.Oflag) (*file, error) {
	info, err := of.Stat()
	if err == nil {
		err = f.openable(info.Mode(), oflag)
	}
	if err == nil {
		err = setFlags(of, unix.O_APPEND|unix.O_NONBLOCK, statusFlags(oflag))
	}
	if err != nil {
		of.Close()
		return nil, err
	}
	st := wasys.NewStat_t(info)
	return &file{
		fs: f, f: of, dir: info.IsDir(), dev: st.Dev, ino: st.Ino,
		writable: oflag&(sys.O_WRONLY|sys.O_RDWR) != 0,
	}, nil
}

// openFlags is oflag for open(2), but for O_CREAT, O_EXCL and O_NOFOLLOW,
// which openRoot sees to, and those of statusFlags.
func openFlags(oflag sys.Oflag) (int, error) {
	flag := unix.O_NONBLOCK | unix.O_NOCTTY // until we know what it is
	switch oflag & (sys.O_WRONLY | sys.O_RDWR) {
	case 0:
		flag |= os.O_RDONLY
	case sys.O_WRONLY:
		flag |= os.O_WRONLY
	case sys.O_RDWR:
		flag |= os.O_RDWR
	default:
		return 0, syscall.EINVAL
	}
	if oflag&sys.O_DIRECTORY != 0 {
		if oflag&sys.O_CREAT != 0 {
			return 0, syscall.EINVAL
		}
		flag |= unix.O_DIRECTORY
	}
	if oflag&sys.O_TRUNC != 0 {
		flag |= os.O_TRUNC
	}
	if oflag&sys.O_DSYNC != 0 {
		flag |= unix.O_DSYNC
	}
	if oflag&(sys.O_SYNC|sys.O_RSYNC) != 0 {
		flag |= os.O_SYNC
	}
	return flag, nil
}

// statusFlags are those of oflag that fcntl(2) can set. O_APPEND is not given
// to Root.OpenFile, whose files then refuse WriteAt.
func statusFlags(oflag sys.Oflag) int {
	flags := 0
	if oflag&sys.O_APPEND != 0 {
		flags |= unix.O_APPEND
	}
	if oflag&sys.O_NONBLOCK != 0 {
		flags |= unix.O_NONBLOCK
	}
	return flags
}

// setFlags sets the status flags of mask to those in flags. fcntl(2), F_SETFL
func setFlags(of *os.File, mask, flags int) error {
	return control(of, func(fd int) error {
		old, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err == nil && old&mask != flags {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, old&^mask|flags)
		}
		return err
	})
}

// control calls use with of's descriptor, which stays open meanwhile.
func control(of *os.File, use func(fd int) error) error {
	conn, err := of.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) {
		failed = retry(func() error { return use(int(fd)) })
	}); err != nil {
		return os.ErrClosed // its only reason, which it does not say as os does
	}
	return failed
}
