package kernel

import (
	"context"
	"os"

	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// File reads and writes a file that the host shares with others, such as its
// standard input: a terminal, a pipe, a regular file. O_NONBLOCK belongs to
// the open file and so to everybody who shares it, and is left alone: File
// waits for the file to be ready, holding no thread, and then asks for what
// is there. A terminal it opens anew where it can.
//
// One goroutine at a time may read, and one write.
type File struct {
	fd      *descriptor
	in, out fileSide
}

// NewFile makes a File of f's open file, under a descriptor of its own.
func NewFile(f *os.File) (*File, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, own := -1, false
	if cerr := raw.Control(func(n uintptr) {
		if fd, own = reopen(int(n)); !own {
			fd, err = unix.FcntlInt(n, unix.F_DUPFD_CLOEXEC, 0)
		}
	}); cerr != nil {
		return nil, cerr
	}
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	d := newDescriptor(fd)
	d.shared = !own
	return &File{fd: d}, nil
}

// fileSide waits for one direction.
type fileSide struct {
	poller sock.Poller // made when first needed
	item   [1]sock.PollItem
	plain  bool // the file knows no read or write that does not wait
}

func (s *fileSide) wait(ctx context.Context, d *descriptor, want sock.Events) abi.Errno {
	if s.poller == nil {
		p, err := NewPoller()
		if err != nil {
			return abi.EMFILE
		}
		s.poller = p
	}
	s.item[0] = sock.PollItem{Source: d, Want: want}
	_, err := s.poller.Wait(ctx, s.item[:], -1)
	return err
}

// Read reads what is there, and waits for it if there is nothing. 0 with OK
// is the end of the file.
//
// # Errors
//   - EINTR: the context ended.
//   - EBADF: the File was closed. Others as read(2).
func (f *File) Read(ctx context.Context, p []byte) (int, abi.Errno) {
	if !f.fd.use() {
		return 0, abi.EBADF
	}
	defer f.fd.done()
	if len(p) == 0 {
		return 0, abi.OK
	}
	for {
		if err := f.in.wait(ctx, f.fd, sock.Readable); err != abi.OK {
			return 0, err
		}
		if f.fd.closed() {
			return 0, abi.EBADF
		}
		n, e := f.in.read(f.fd, p)
		if e != unix.EAGAIN && e != unix.EINTR {
			return n, errnoOf(e)
		}
	}
}

// Write writes all of p, and waits while nobody takes it. If it fails midway
// it returns how much went, and why.
//
// # Errors
//   - EINTR: the context ended.
//   - EBADF: the File was closed. Others as write(2).
func (f *File) Write(ctx context.Context, p []byte) (int, abi.Errno) {
	if !f.fd.use() {
		return 0, abi.EBADF
	}
	defer f.fd.done()
	done := 0
	for done < len(p) {
		if err := f.out.wait(ctx, f.fd, sock.Writable); err != abi.OK {
			return done, err
		}
		if f.fd.closed() {
			return done, abi.EBADF
		}
		n, e := f.out.write(f.fd, p[done:])
		done += n
		if e != 0 && e != unix.EAGAIN && e != unix.EINTR {
			return done, errnoOf(e)
		}
	}
	return done, abi.OK
}

// Source is what a Poller waits on.
func (f *File) Source() sock.Source { return f.fd }

// Close ends reads and writes that wait, with EBADF. It leaves the open file
// to those who share it.
func (f *File) Close() abi.Errno {
	err := f.fd.close()
	if err == abi.OK {
		for _, s := range []*fileSide{&f.in, &f.out} {
			if s.poller != nil {
				s.poller.Close()
			}
		}
	}
	return err
}
