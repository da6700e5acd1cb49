package engine

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// memory gives one guest its linear memory by mmap: pages that it has not
// touched cost nothing, growing moves nothing, and the Go heap is not
// burdened (on it, two processors do no more starting of guests than one).
type memory struct {
	limit  uint64 // bytes; 0: none
	image  *Image // what is in it to begin with; nil: zeros
	peak   atomic.Uint64
	denied atomic.Bool // growing failed for the limit's sake
	fault  error       // the image could not be read
	over   func()      // called if the guest has more than the limit to begin with
	given  *linear
}

// Allocate reserves address space for all that may ever be asked for.
func (m *memory) Allocate(least, most uint64) experimental.LinearMemory {
	if m.limit > 0 {
		most = min(most, m.limit)
	}
	if most < least { // wazero takes no refusal here: the guest gets it, and ends
		most = least
		m.denied.Store(true)
		m.over()
	}
	l := &linear{owner: m, least: least}
	m.given = l
	if most > 0 {
		// No swap is set aside for it, since most of it will never be used.
		b, err := unix.Mmap(-1, 0, int(most), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
		if err == nil {
			l.mapped = b
		}
	}
	if m.image != nil && uint64(m.image.size) <= most {
		if l.mapped == nil {
			l.heap = make([]byte, m.image.size)
			m.fault = m.image.read(l.heap)
		} else {
			m.fault = m.image.mapped(l.mapped)
		}
	}
	return l
}

// free gives back the memory, which wazero does not of a module whose start
// function has failed. Nothing may run in it any more.
func (m *memory) free() {
	if m.given != nil {
		m.given.Free()
	}
}

// linear is one linear memory.
type linear struct {
	owner  *memory
	least  uint64 // what it has whatever the limit, in bytes
	mapped []byte // nil where the system would not map that much
	heap   []byte
}

// Reallocate grows the memory to size bytes; nil if it may not.
func (l *linear) Reallocate(size uint64) []byte {
	if l.owner.limit > 0 && size > max(l.owner.limit, l.least) {
		l.owner.denied.Store(true)
		return nil
	}
	l.owner.peak.Store(max(l.owner.peak.Load(), size))
	if l.mapped != nil {
		if size > uint64(len(l.mapped)) {
			return nil
		}
		return l.mapped[:size]
	}
	if size > uint64(cap(l.heap)) {
		grown := make([]byte, size)
		copy(grown, l.heap)
		l.heap = grown
	}
	l.heap = l.heap[:size]
	return l.heap
}

// Free gives the memory back.
func (l *linear) Free() {
	if l.mapped != nil {
		unix.Munmap(l.mapped)
		l.mapped = nil
	}
	l.heap = nil
}
