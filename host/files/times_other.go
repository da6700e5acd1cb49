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
	if atim == sys.UTIME_OMIT {
		atim = st.Atim.Nano()
	}
	if mtim == sys.UTIME_OMIT {
		mtim = st.Mtim.Nano()
	}
	return unix.Futimes(fd, []unix.Timeval{unix.NsecToTimeval(atim), unix.NsecToTimeval(mtim)})
}
