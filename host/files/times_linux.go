package files

import (
	"unsafe"

	"github.com/tetratelabs/wazero/experimental/sys"
	"golang.org/x/sys/unix"
)

// futimens sets an open file's times, in nanoseconds. x/sys/unix has no call
// for it: utimensat(2) with a null path.
func futimens(fd int, atim, mtim int64) error {
	ts := [2]unix.Timespec{timespec(atim), timespec(mtim)}
	_, _, e := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

func timespec(nanos int64) unix.Timespec {
	if nanos == sys.UTIME_OMIT {
		return unix.Timespec{Nsec: unix.UTIME_OMIT}
	}
	return unix.NsecToTimespec(nanos)
}

// lutimens sets the times of what name in the directory dir is, be it a link.
// utimensat(2)
func lutimens(dir int, name string, atim, mtim int64) error {
	return unix.UtimesNanoAt(dir, name, []unix.Timespec{timespec(atim), timespec(mtim)}, unix.AT_SYMLINK_NOFOLLOW)
}
