package files

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// Pin resolves path, last name included, and returns a handle of what is
// there, whatever its kind, which the caller closes. It can be neither read
// nor written (O_PATH, open(2)); but "/proc/self/fd/<its number>" names
// exactly that file to connect(2) or sendto(2), and no rename changes it.
//
// # Errors
//   - ELOOP: as Resolve; or the name became a link meanwhile.
func (f *FS) Pin(path string) (*os.File, abi.Errno) {
	p, err := f.resolve(path)
	if err != nil {
		return nil, errnoOf(err)
	}
	defer p.dir.Close()
	var fd int
	var st unix.Stat_t
	err = retry(func() (err error) {
		fd, err = unix.Openat(p.fd(), p.base, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, errnoOf(err)
	}
	file := os.NewFile(uintptr(fd), p.base)
	if err = unix.Fstat(fd, &st); err == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
		err = syscall.ELOOP // O_PATH with O_NOFOLLOW opens a link itself
	}
	if err != nil {
		file.Close()
		return nil, errnoOf(err)
	}
	return file, abi.OK
}
