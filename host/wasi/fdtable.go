package wasi

import (
	"socklab/host/abi"
	"socklab/host/sock"
)

// fdKind says what a descriptor is.
type fdKind uint8

const (
	fdStdio   fdKind = iota // 0, 1 and 2, and what they are renumbered to
	fdFile                  // wazero has it, by the number inner
	fdSocket                // sock
	fdDevDir                // the folder /dev/socklab
	fdDevice                // the call device in it
	fdFreeze                // the file in it that makes an image
	fdSpecial               // /dev/null and the like: inner says which
)

// file is what a descriptor refers to; dup makes two descriptors share one.
type file struct {
	kind    fdKind
	refs    int
	inner   int32       // of fdFile: wazero's number. Of fdStdio: 0, 1 or 2
	preopen bool        // a mount, which a guest finds by fd_prestat_get
	sock    *openSocket // of fdSocket
	sync    uint16      // of fdFile: the fdflags that wazero forgets

	without         uint64 // rights that it was not opened with
	lost, lostBelow uint64 // that the guest has given away, here and for what it opens below
}

// openSocket is one open socket of the guest, and what a trace tells of it.
type openSocket struct {
	sock.Socket
	id       uint64
	family   abi.Family
	typ      abi.Type
	sent     int64 // bytes of the stream so far
	received int64
	passing  int // descriptors sent over it that may not have been received
}

// stream reports whether bytes have no boundaries here.
func (s *openSocket) stream() bool { return s.typ == abi.SOCK_STREAM }

// table is a guest's descriptors. It is the guest's own goroutine's, until
// the guest has ended.
type table struct {
	files []*file
	first int // lowest number for new ones
	max   int // how many may be open; 0: defaultDescriptors
	open  int
}

// defaultDescriptors is the most a guest may have open if its limits do not
// say, as ulimit -n has it on many systems.
const defaultDescriptors = 4096

// get finds a descriptor.
func (t *table) get(fd int32) (*file, abi.Errno) {
	if fd < 0 || int(fd) >= len(t.files) || t.files[fd] == nil {
		return nil, abi.EBADF
	}
	return t.files[fd], abi.OK
}

// room reports whether n more descriptors may be opened.
func (t *table) room(n int) bool { return t.open+n <= t.limit() }

// limit is how many descriptors may be open.
func (t *table) limit() int {
	if t.max == 0 {
		return defaultDescriptors
	}
	return t.max
}

// left is how many more may be opened.
func (t *table) left() int { return max(t.limit()-t.open, 0) }

// add gives f the lowest free number from t.first on. Ask room before.
func (t *table) add(f *file) int32 { return t.addFrom(f, t.first) }

func (t *table) addFrom(f *file, from int) int32 {
	fd := from
	for fd < len(t.files) && t.files[fd] != nil {
		fd++
	}
	for fd >= len(t.files) {
		t.files = append(t.files, nil)
	}
	t.files[fd] = f
	f.refs++
	t.open++
	return int32(fd)
}

// remove frees a number and returns its file if that was the last one.
func (t *table) remove(fd int32) (last *file) {
	f := t.files[fd]
	t.files[fd] = nil
	t.open--
	if f.refs--; f.refs == 0 {
		return f
	}
	return nil
}

// socket finds a socket.
func (t *table) socket(fd int32) (*openSocket, abi.Errno) {
	f, errno := t.get(fd)
	if errno != abi.OK {
		return nil, errno
	}
	if f.kind != fdSocket {
		return nil, abi.ENOTSOCK
	}
	return f.sock, abi.OK
}
