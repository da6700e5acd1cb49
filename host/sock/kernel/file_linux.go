package kernel

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// reopen opens a terminal again, non-blocking and for itself: there is no
// other way to write to one that does not wait. The master side of a pseudo
// terminal would become another terminal, and is left.
func reopen(fd int) (int, bool) {
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		return -1, false
	}
	if _, err := unix.IoctlGetInt(fd, unix.TIOCGPTN); err == nil {
		return -1, false
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return -1, false
	}
	own, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), flags&unix.O_ACCMODE|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	return own, err == nil
}

// read reads from a file that was just found ready. Somebody who shares it
// may have been quicker: where the file allows it, the read does not wait.
func (s *fileSide) read(d *descriptor, p []byte) (int, unix.Errno) {
	if !s.plain && d.shared && !d.always.Load() {
		n, err := unix.Preadv2(d.num, [][]byte{p}, -1, unix.RWF_NOWAIT)
		if s.plain = err == unix.EOPNOTSUPP; !s.plain {
			return max(n, 0), errnoFrom(err)
		}
	}
	n, err := unix.Read(d.num, p)
	return max(n, 0), errnoFrom(err)
}

// write writes to a file that was just found ready: as much as it takes
// without waiting, or no more than a ready pipe has room for.
func (s *fileSide) write(d *descriptor, p []byte) (int, unix.Errno) {
	const room = 4096 // PIPE_BUF
	if d.shared && !d.always.Load() {
		if !s.plain {
			n, err := unix.Pwritev2(d.num, [][]byte{p}, -1, unix.RWF_NOWAIT)
			if s.plain = err == unix.EOPNOTSUPP; !s.plain {
				return max(n, 0), errnoFrom(err)
			}
		}
		p = p[:min(len(p), room)]
	}
	n, err := unix.Write(d.num, p)
	return max(n, 0), errnoFrom(err)
}
