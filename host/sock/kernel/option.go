package kernel

import (
	"encoding/binary"
	"math"
	"time"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

var (
	optError    = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_ERROR}
	optLinger   = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_LINGER}
	optRcvtimeo = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_RCVTIMEO}
	optSndtimeo = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_SNDTIMEO}
	optRcvlowat = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_RCVLOWAT}
	optType     = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_TYPE}
	optProtocol = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_PROTOCOL}
	optDomain   = abi.Option{Level: abi.SOL_SOCKET, Num: abi.SO_DOMAIN}
)

// GetOption stores an option's value, cut to len(value), and returns how
// many bytes it stored.
func (s *socket) GetOption(opt abi.Option, value []byte) (int, abi.Errno) {
	if !opt.Known() {
		return 0, abi.ENOPROTOOPT
	}
	if !s.fd.use() {
		return 0, abi.EBADF
	}
	defer s.fd.done()
	switch opt {
	case optRcvtimeo:
		return s.rcvtimeo.get(value), abi.OK
	case optSndtimeo:
		return s.sndtimeo.get(value), abi.OK
	case optType:
		return putInt(value, int32(s.typ)), abi.OK
	case optProtocol:
		return putInt(value, int32(s.protocol())), abi.OK
	case optDomain:
		return putInt(value, int32(s.family)), abi.OK
	case optError:
		if err := s.tell(); err != abi.OK {
			return putInt(value, int32(err)), abi.OK
		}
		// A guest's error numbers are WASI's, here as everywhere.
		var b [4]byte
		if _, e := sysGetOption(s.fd.num, opt, b[:]); e != 0 {
			return 0, errnoOf(e)
		}
		return putInt(value, int32(errnoOf(unix.Errno(binary.NativeEndian.Uint32(b[:]))))), abi.OK
	}
	n, e := sysGetOption(s.fd.num, opt, value)
	return n, errnoOf(e)
}

// SetOption sets an option.
func (s *socket) SetOption(opt abi.Option, value []byte) abi.Errno {
	if !opt.Known() {
		return abi.ENOPROTOOPT
	}
	if !s.fd.use() {
		return abi.EBADF
	}
	defer s.fd.done()
	switch opt {
	case optType, optDomain, optProtocol:
		return abi.ENOPROTOOPT // only to be read
	case optRcvtimeo:
		return s.rcvtimeo.set(value)
	case optSndtimeo:
		return s.sndtimeo.set(value)
	}
	if e := sysSetOption(s.fd.num, opt, value); e != 0 {
		return errnoOf(e)
	}
	switch opt { // which has passed the kernel's checks
	case optLinger:
		s.lingers.Store(word(value, 0) != 0 && word(value, 4) != 0)
	case optRcvlowat:
		low := int32(word(value, 0))
		if low < 0 {
			low = math.MaxInt32
		}
		s.lowat.Store(low)
	}
	return abi.OK
}

func word(value []byte, at int) uint32 { return binary.LittleEndian.Uint32(value[at:]) }

func putInt(value []byte, v int32) int {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], uint32(v))
	return copy(value, b[:])
}

// sizeofTimeval is struct timeval's size: two 64-bit numbers.
const sizeofTimeval = 16

// set takes a struct timeval, by Linux's rules: zero never times out, a
// negative number of seconds does at once.
func (t *timeout) set(value []byte) abi.Errno {
	if len(value) < sizeofTimeval {
		return abi.EINVAL
	}
	sec := int64(binary.LittleEndian.Uint64(value))
	usec := int64(binary.LittleEndian.Uint64(value[8:]))
	if usec < 0 || usec >= 1e6 {
		return abi.EDOM
	}
	d := time.Duration(sec)*time.Second + time.Duration(usec)*time.Microsecond
	switch {
	case sec < 0:
		sec, usec, d = 0, 0, -1
	case sec >= math.MaxInt64/int64(time.Second):
		d = 0 // some centuries
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sec, t.usec = sec, usec
	t.d.Store(int64(d))
	return abi.OK
}

func (t *timeout) get(value []byte) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b [sizeofTimeval]byte
	binary.LittleEndian.PutUint64(b[:], uint64(t.sec))
	binary.LittleEndian.PutUint64(b[8:], uint64(t.usec))
	return copy(value, b[:])
}

func (t *timeout) copy(from *timeout) {
	var value [sizeofTimeval]byte
	from.get(value[:])
	d := from.d.Load()
	t.set(value[:])
	t.d.Store(d) // which a negative number of seconds has kept to itself
}
