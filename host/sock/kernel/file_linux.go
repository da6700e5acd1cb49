package kernel

import "golang.org/x/sys/unix"

// read reads from a file that was just found ready. Somebody who shares it
// may have been quicker: where the file allows it, the read does not wait.
func (s *fileSide) read(d *descriptor, p []byte) (int, unix.Errno) {
	if !s.plain && !d.always.Load() {
		n, err := unix.Preadv2(d.num, [][]byte{p}, -1, unix.RWF_NOWAIT)
		if s.plain = err == unix.EOPNOTSUPP; !s.plain {
			return max(n, 0), errnoFrom(err)
		}
	}
	n, err := unix.Read(d.num, p)
	return max(n, 0), errnoFrom(err)
}

// write writes to a file that was just found ready: as much as it takes
// without waiting, or no more than a ready pipe or terminal has room for.
func (s *fileSide) write(d *descriptor, p []byte) (int, unix.Errno) {
	const room = 4096 // PIPE_BUF
	if !s.plain && !d.always.Load() {
		n, err := unix.Pwritev2(d.num, [][]byte{p}, -1, unix.RWF_NOWAIT)
		if s.plain = err == unix.EOPNOTSUPP; !s.plain {
			return max(n, 0), errnoFrom(err)
		}
	}
	if !d.always.Load() {
		p = p[:min(len(p), room)]
	}
	n, err := unix.Write(d.num, p)
	return max(n, 0), errnoFrom(err)
}
