//go:build !linux

package files

import (
	"github.com/tetratelabs/wazero/experimental/sys"
	"golang.org/x/sys/unix"
)

// futimens sets an open file's times, to the microsecond.
func futimens(fd int, atim, mtim int64) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	atim, mtim = unlessOmitted(&st, atim, mtim)
	return unix.Futimes(fd, []unix.Timeval{unix.NsecToTimeval(atim), unix.NsecToTimeval(mtim)})
}

// lutimens sets the times of what name in the directory dir is, be it a link.
// utimensat(2)
func lutimens(dir int, name string, atim, mtim int64) error {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	atim, mtim = unlessOmitted(&st, atim, mtim)
	return unix.UtimesNanoAt(dir, name, []unix.Timespec{unix.NsecToTimespec(atim), unix.NsecToTimespec(mtim)}, unix.AT_SYMLINK_NOFOLLOW)
}

// unlessOmitted are times where those that are not to be set are as they were.
func unlessOmitted(st *unix.Stat_t, atim, mtim int64) (int64, int64) {
	if atim == sys.UTIME_OMIT {
		atim = st.Atim.Nano()
	}
	if mtim == sys.UTIME_OMIT {
		mtim = st.Mtim.Nano()
	}
	return atim, mtim
}
