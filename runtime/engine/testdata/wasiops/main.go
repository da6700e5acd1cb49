//go:build wasip1

// Wasiops makes calls of WASI preview 1 that no library makes, in the folder
// that it finds at descriptor 3, and says which did not answer as they must.
package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

//go:wasmimport wasi_snapshot_preview1 fd_prestat_get
func fd_prestat_get(fd int32, prestat unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_prestat_dir_name
func fd_prestat_dir_name(fd int32, path unsafe.Pointer, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_fdstat_get
func fd_fdstat_get(fd int32, stat unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_fdstat_set_flags
func fd_fdstat_set_flags(fd int32, flags uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_fdstat_set_rights
func fd_fdstat_set_rights(fd int32, base, below uint64) uint32

//go:wasmimport wasi_snapshot_preview1 fd_allocate
func fd_allocate(fd int32, offset, size uint64) uint32

//go:wasmimport wasi_snapshot_preview1 fd_renumber
func fd_renumber(from, to int32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_close
func fd_close(fd int32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_read
func fd_read(fd int32, iovs unsafe.Pointer, count uint32, n unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_write
func fd_write(fd int32, iovs unsafe.Pointer, count uint32, n unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 path_open
func path_open(fd int32, dirflags uint32, path unsafe.Pointer, size uint32, oflags uint32, base, below uint64, fdflags uint32, opened unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 path_link
func path_link(from int32, flags uint32, path unsafe.Pointer, size uint32, to int32, link unsafe.Pointer, linkSize uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_symlink
func path_symlink(target unsafe.Pointer, size uint32, fd int32, path unsafe.Pointer, pathSize uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_readlink
func path_readlink(fd int32, path unsafe.Pointer, size uint32, buf unsafe.Pointer, room uint32, used unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 path_filestat_get
func path_filestat_get(fd int32, flags uint32, path unsafe.Pointer, size uint32, stat unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 path_filestat_set_times
func path_filestat_set_times(fd int32, flags uint32, path unsafe.Pointer, size uint32, atim, mtim uint64, which uint32) uint32

const (
	eOK          = 0
	eBADF        = uint32(syscall.EBADF)
	eINVAL       = uint32(syscall.EINVAL)
	eNAMETOOLONG = uint32(syscall.ENAMETOOLONG)
	eNOTCAPABLE  = 76

	rightRead, rightSeek, rightWrite, rightAllocate       = 1 << 1, 1 << 2, 1 << 6, 1 << 8
	rightOpen, rightPathSetSize, rightSetSize             = 1 << 13, 1 << 19, 1 << 22
	creat, trunc, dirOnly, appending, dsync, rsync, syncs = 1, 8, 2, 1, 2, 8, 16

	dir = 3
)

var failed bool

func check[T comparable](what string, got, want T) {
	if got != want {
		failed = true
		fmt.Printf("%s: %v, want %v\n", what, got, want)
	}
}

func str(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}

func open(path string, oflags uint32, rights uint64, fdflags uint32) (int32, uint32) {
	var fd int32
	p, n := str(path)
	errno := path_open(dir, 0, p, n, oflags, rights, 0, fdflags, unsafe.Pointer(&fd))
	return fd, errno
}

func must(path string, oflags uint32, rights uint64, fdflags uint32) int32 {
	fd, errno := open(path, oflags, rights, fdflags)
	check("open "+path, errno, eOK)
	return fd
}

type fdstat struct {
	kind        uint8
	flags       uint16
	base, below uint64
}

func stat(fd int32) (s fdstat) {
	check("fdstat", fd_fdstat_get(fd, unsafe.Pointer(&s)), eOK)
	return s
}

type iovec struct{ at, n uint32 }

func transfer(fd int32, by func(int32, unsafe.Pointer, uint32, unsafe.Pointer) uint32) uint32 {
	var b [4]byte
	var n uint32
	v := iovec{uint32(uintptr(unsafe.Pointer(&b))), 4}
	return by(fd, unsafe.Pointer(&v), 1, unsafe.Pointer(&n))
}

func mtime(path string) uint64 {
	var s [8]uint64
	p, n := str(path)
	check("filestat "+path, path_filestat_get(dir, 0, p, n, unsafe.Pointer(&s)), eOK)
	return s[6]
}

func setTimes(path string, t uint64, which uint32) uint32 {
	p, n := str(path)
	return path_filestat_set_times(dir, 0, p, n, t, t, which)
}

func main() {
	mount()
	access()
	synchronised()
	links()
	renumber()
	rights()
	if failed {
		os.Exit(1)
	}
}

func mount() {
	var p struct{ tag, size uint32 }
	check("prestat", fd_prestat_get(dir, unsafe.Pointer(&p)), eOK)
	check("size of the name", p.size, uint32(len("/mnt")))
	room := [8]byte{4: '.'}
	check("no room", fd_prestat_dir_name(dir, unsafe.Pointer(&room), 0), eNAMETOOLONG)
	check("too little room", fd_prestat_dir_name(dir, unsafe.Pointer(&room), 3), eNAMETOOLONG)
	check("nothing is written", room[0], byte(0))
	check("room to spare", fd_prestat_dir_name(dir, unsafe.Pointer(&room), 6), eOK)
	check("the name", string(room[:5]), "/mnt.")
	check("allocate in a mount", fd_allocate(dir, 0, 1), eBADF)
}

func access() {
	both := must("file", creat, rightRead|rightWrite, 0)
	check("rights to both", stat(both).base&(rightRead|rightWrite), rightRead|rightWrite)
	check("write", transfer(both, fd_write), eOK)
	r := must("file", 0, rightRead, 0)
	check("rights to read", stat(r).base&(rightRead|rightWrite|rightAllocate|rightSetSize|rightSeek), rightRead|rightSeek)
	check("read", transfer(r, fd_read), eOK)
	check("write what was opened to read", transfer(r, fd_write), eBADF)
	check("allocate what was opened to read", fd_allocate(r, 0, 1), eBADF)
	w := must("file", 0, rightWrite, 0)
	check("rights to write", stat(w).base&(rightRead|rightWrite), rightWrite)
	check("read what was opened to write", transfer(w, fd_read), eBADF)
	check("allocate", fd_allocate(w, 0, 1), eOK)
	d := must(".", dirOnly, 0, 0)
	check("allocate in a folder", fd_allocate(d, 0, 1), eBADF)
	for _, fd := range []int32{both, r, w, d} {
		check("close", fd_close(fd), eOK)
	}
}

func synchronised() {
	fd := must("file", 0, rightWrite, appending|syncs)
	check("flags", stat(fd).flags, appending|syncs)
	check("set the flags that are set", fd_fdstat_set_flags(fd, appending|syncs), eOK)
	check("set fewer", fd_fdstat_set_flags(fd, syncs), eOK)
	check("flags after", stat(fd).flags, syncs)
	check("set another", fd_fdstat_set_flags(fd, dsync|syncs), eINVAL)
	fd_close(fd)
	fd = must("file", 0, rightWrite, dsync|rsync)
	check("other flags", stat(fd).flags, dsync|rsync)
	fd_close(fd)
}

func links() {
	t, tn := str("target")
	l, ln := str("link")
	check("symlink", path_symlink(t, tn, dir, l, ln), eOK)
	h, hn := str("hard")
	check("follow a link to link it", path_link(dir, 1, l, ln, dir, h, hn), eINVAL)
	check("link it", path_link(dir, 0, l, ln, dir, h, hn), eOK)

	var used uint32
	room := [10]byte{4: '.', 9: '.'}
	check("readlink", path_readlink(dir, l, ln, unsafe.Pointer(&room), 4, unsafe.Pointer(&used)), eOK)
	check("what fits", string(room[:used+1]), "targ.")
	check("readlink", path_readlink(dir, l, ln, unsafe.Pointer(&room), 9, unsafe.Pointer(&used)), eOK)
	check("all", string(room[:used]), "target")
	check("no more", room[9], '.')
	check("no room", path_readlink(dir, l, ln, unsafe.Pointer(&room), 0, unsafe.Pointer(&used)), eINVAL)
	check("no link", path_readlink(dir, t, tn, unsafe.Pointer(&room), 9, unsafe.Pointer(&used)), uint32(syscall.ENOENT))
	check("outside memory", path_readlink(dir, l, ln, unsafe.Pointer(^uintptr(0)), 9, unsafe.Pointer(&used)), uint32(syscall.EFAULT))

	must("target", creat, 0, 0)
	before := mtime("target")
	check("times of a link", setTimes("link", 1000, 4), eOK)
	check("the link's", mtime("link"), 1000)
	check("the target's", mtime("target"), before)
	check("times of a folder", setTimes(".", 1000, 4), eOK)
	check("both times", setTimes("target", 1000, 4|8), eINVAL)
}

func renumber() {
	a, b := must("file", 0, rightRead, syncs), must("target", 0, rightRead|rightWrite, 0)
	want := stat(a)
	check("renumber", fd_renumber(a, b), eOK)
	check("what is there now", stat(b), want)
	check("the old number", fd_close(a), eBADF)
	check("to a number that is free", fd_renumber(b, a), eBADF)
	check("to a number that was never", fd_renumber(b, 1000), eBADF)
	check("to itself", fd_renumber(b, b), eOK)
	fd_close(b)
}

func rights() {
	fd := must("file", 0, rightRead|rightWrite, 0)
	s := stat(fd)
	check("keep all", fd_fdstat_set_rights(fd, s.base, s.below), eOK)
	check("give away", fd_fdstat_set_rights(fd, s.base&^(rightRead|rightWrite), s.below), eOK)
	check("fewer rights", stat(fd).base, s.base&^(rightRead|rightWrite))
	check("read without the right", transfer(fd, fd_read), eNOTCAPABLE)
	check("write without the right", transfer(fd, fd_write), eNOTCAPABLE)
	check("take back", fd_fdstat_set_rights(fd, s.base, s.below), eNOTCAPABLE)
	check("more below", fd_fdstat_set_rights(fd, 0, ^uint64(0)), eNOTCAPABLE)
	check("still fewer", stat(fd).base, s.base&^(rightRead|rightWrite))
	fd_close(fd)

	s = stat(dir)
	check("rights below", fd_fdstat_set_rights(dir, s.base, s.below&^rightRead), eOK)
	fd = must("file", 0, rightRead, 0)
	check("inherited", stat(fd).base&rightRead, uint64(0))
	check("read below", transfer(fd, fd_read), eNOTCAPABLE)
	fd_close(fd)
	check("right to truncate", fd_fdstat_set_rights(dir, s.base&^rightPathSetSize, s.below&^rightRead), eOK)
	_, errno := open("file", trunc, rightWrite, 0)
	check("truncate", errno, eNOTCAPABLE)
	check("only write", func() uint32 { _, errno := open("file", 0, rightWrite, 0); return errno }(), eOK)
	check("right to open", fd_fdstat_set_rights(dir, s.base&^rightPathSetSize&^rightOpen, s.below&^rightRead), eOK)
	_, errno = open("file", 0, rightWrite, 0)
	check("open", errno, eNOTCAPABLE)
	p, n := str("file")
	check("symlink", path_symlink(p, n, dir, p, n), uint32(syscall.EEXIST))
	check("no rights", fd_fdstat_set_rights(dir, 0, 0), eOK)
	check("symlink", path_symlink(p, n, dir, p, n), eNOTCAPABLE)
	check("link", path_link(dir, 0, p, n, dir, p, n), eNOTCAPABLE)
}
