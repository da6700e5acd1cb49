//go:build !linux

package kernel

import "golang.org/x/sys/unix"

// reopen cannot open a file anew here: /dev/fd only duplicates.
func reopen(int) (int, bool) { return -1, false }

// read reads from a file that was just found ready.
func (s *fileSide) read(d *descriptor, p []byte) (int, unix.Errno) {
	n, err := unix.Read(d.num, p)
	return max(n, 0), errnoFrom(err)
}

// write writes to a file that was just found ready no more than a pipe or a
// terminal then has room for.
func (s *fileSide) write(d *descriptor, p []byte) (int, unix.Errno) {
	const room = 512 // PIPE_BUF
	n, err := unix.Write(d.num, p[:min(len(p), room)])
	return max(n, 0), errnoFrom(err)
}
