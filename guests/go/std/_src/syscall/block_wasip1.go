package syscall

import "unsafe"

// A guest is one thread: while a call of the host's blocks, every goroutine
// stands still. So a call on a blocking socket blocks in the host only when
// that cannot be told from the inside, because nothing else in this program
// could run before the call ends (see alone). Otherwise the host is told that
// the socket is non-blocking, and the goroutine waits in the runtime's poller
// until the call can succeed.
//
// What the program itself wants, O_NONBLOCK and the time limits, is kept
// here, for a socket and all duplicates of its descriptor.
type mode struct {
	nonblock bool // as the program has it
	host     bool // as the host has it
	stream   bool
	came     bool     // from somebody else: whether it is a stream is not known
	timeout  [2]int64 // SO_RCVTIMEO and SO_SNDTIMEO in nanoseconds, 0 for none
}

// modes is indexed by descriptor; nil for whatever is not a socket that this
// program has made.
var modes []*mode

func modeOf(fd int) *mode {
	if uint(fd) < uint(len(modes)) {
		return modes[fd]
	}
	return nil
}

func setMode(fd int, m *mode) {
	for fd >= len(modes) {
		modes = append(modes, nil)
	}
	modes[fd] = m
}

// opened notes a new socket; typ is what it was made with.
func opened(fd int32, typ int) {
	on := typ&SOCK_NONBLOCK != 0
	setMode(int(fd), &mode{nonblock: on, host: on, stream: typ&0xF == SOCK_STREAM})
}

// streams reports whether a socket carries bytes, not messages.
func (m *mode) streams(fd int) bool {
	if m.came {
		typ, _ := GetsockoptInt(fd, SOL_SOCKET, SO_TYPE)
		m.stream, m.came = typ == SOCK_STREAM, false
	}
	return m.stream
}

// alone reports whether no goroutine but the caller can run, now or later,
// unless the caller makes it: none is ready, none waits for a descriptor or a
// timer.
//
// Provided by package runtime.
func alone() bool

// A waiter is a call under way on a socket.
type waiter struct {
	m        *mode // nil: the call's own EAGAIN is the answer
	fd       int
	dir      int   // 'r' or 'w'
	deadline int64 // by the runtime's clock, 0 before the first wait
}

// calls counts the calls that may block, to give way once in a while.
var calls uint32

// yield lets other goroutines run.
//
// Provided by package runtime.
func yield()

// waitFor begins a call that may block, having told the host whether to block
// in it.
func waitFor(fd, dir, flags int) waiter {
	if calls++; calls%64 == 0 {
		yield()
	}
	m := modeOf(fd)
	if m == nil || m.nonblock || flags&MSG_DONTWAIT != 0 {
		return waiter{}
	}
	park := !alone()
	if m.host != park {
		on := int32(0)
		if park {
			on = 1
		}
		if host_setnonblock(int32(fd), on) != 0 {
			return waiter{}
		}
		m.host = park
	}
	if !park {
		return waiter{}
	}
	return waiter{m: m, fd: fd, dir: dir}
}

// again waits after an EAGAIN and reports whether to repeat the call. If not,
// errno is its result.
func (w *waiter) again(errno *Errno) bool {
	if *errno != EAGAIN || w.m == nil {
		return false
	}
	limit := w.m.timeout[0]
	if w.dir == 'w' {
		limit = w.m.timeout[1]
	}
	left := int64(0)
	if limit != 0 {
		now := runtimeNano()
		if w.deadline == 0 {
			w.deadline = now + limit
		}
		if left = w.deadline - now; left <= 0 {
			return false
		}
	}
	switch parkOn(w.fd, w.dir, left) {
	case pollErrTimeout:
		return false
	case pollErrNotPollable: // closed meanwhile
		*errno = EBADF
		return false
	}
	return true
}

// connect waits for a connection under way and returns how it ended.
func (w *waiter) connect() Errno {
	for {
		errno := EAGAIN
		if !w.again(&errno) {
			if errno == EAGAIN { // SO_SNDTIMEO has passed
				errno = EINPROGRESS
			}
			return errno
		}
		v, err := GetsockoptInt(w.fd, SOL_SOCKET, SO_ERROR)
		if err != nil {
			return err.(Errno)
		}
		if v != 0 {
			return Errno(v)
		}
		var n uint32
		if host_getpeername(int32(w.fd), nil, 0, &n) == 0 {
			return 0
		}
	}
}

// Results of pollWait, as package runtime has them.
const (
	pollErrTimeout     = 2
	pollErrNotPollable = 3
)

// parkOn blocks this goroutine until a descriptor may be ready, for at most
// timeout nanoseconds if that is not 0.
func parkOn(fd, dir int, timeout int64) int {
	ctx := openPoll(fd)
	if timeout != 0 {
		pollSetDeadline(ctx, timeout, dir)
	}
	res := pollWait(ctx, dir)
	closePoll(ctx)
	return res
}

func openPoll(fd int) uintptr {
	pollServerInit()
	ctx, _ := pollOpen(uintptr(fd)) // which any number suits
	return ctx
}

func closePoll(ctx uintptr) {
	pollUnblock(ctx)
	pollClose(ctx)
}

//go:linkname runtimeNano runtime.nanotime
func runtimeNano() int64

//go:linkname timeSleep time.Sleep
func timeSleep(ns int64)

//go:linkname pollServerInit internal/poll.runtime_pollServerInit
func pollServerInit()

//go:linkname pollOpen internal/poll.runtime_pollOpen
func pollOpen(fd uintptr) (uintptr, int)

//go:linkname pollClose internal/poll.runtime_pollClose
func pollClose(ctx uintptr)

//go:linkname pollWait internal/poll.runtime_pollWait
func pollWait(ctx uintptr, dir int) int

//go:linkname pollSetDeadline internal/poll.runtime_pollSetDeadline
func pollSetDeadline(ctx uintptr, d int64, dir int)

//go:linkname pollUnblock internal/poll.runtime_pollUnblock
func pollUnblock(ctx uintptr)

// What follows takes the place of the same functions in this package's other
// files, which the overlay has renamed.

func Read(fd int, b []byte) (int, error) {
	w := waitFor(fd, 'r', 0)
	for {
		var n size
		errno := fd_read(int32(fd), makeIOVec(b), 1, &n)
		if !w.again(&errno) {
			return int(n), errnoErr(errno)
		}
	}
}

func Write(fd int, b []byte) (n int, err error) {
	w := waitFor(fd, 'w', 0)
	for {
		var wrote size
		errno := fd_write(int32(fd), makeIOVec(b), 1, &wrote)
		if w.again(&errno) {
			continue
		}
		if errno != 0 {
			if n > 0 {
				return n, nil
			}
			return 0, errnoErr(errno)
		}
		n += int(wrote)
		if b = b[wrote:]; len(b) == 0 || w.m == nil { // else a blocking write writes all
			return n, nil
		}
	}
}

func Close(fd int) error {
	if modeOf(fd) != nil {
		modes[fd] = nil
	}
	return closeFD(fd)
}

func SetNonblock(fd int, nonblocking bool) error {
	err := setNonblockFD(fd, nonblocking)
	if m := modeOf(fd); m != nil && err == nil {
		m.nonblock, m.host = nonblocking, nonblocking
	}
	return err
}

func Dup(fd int) (int, error) {
	var newfd int32
	if errno := host_dup(int32(fd), &newfd); errno != 0 {
		return -1, errnoErr(errno)
	}
	if m := modeOf(fd); m != nil {
		setMode(int(newfd), m)
	}
	return int(newfd), nil
}

// statusFlags is what fcntl's F_GETFL tells, in WASI's terms.
//
//go:linkname statusFlags
func statusFlags(fd int) (int, error) {
	flags, err := fd_fdstat_get_flags(fd)
	if m := modeOf(fd); m != nil {
		flags &^= FDFLAG_NONBLOCK
		if m.nonblock {
			flags |= FDFLAG_NONBLOCK
		}
	}
	return int(flags), err
}

// A timeval is how the host has the times of SO_RCVTIMEO and SO_SNDTIMEO.
func noteTimeout(fd, name int, v []byte) {
	if m := modeOf(fd); m != nil && len(v) == 16 && (name == SO_RCVTIMEO || name == SO_SNDTIMEO) {
		tv := (*Timeval)(unsafe.Pointer(&v[0]))
		m.timeout[name-SO_RCVTIMEO] = tv.Sec*1e9 + tv.Usec*1e3
	}
}
