// Osops does with package os what programs do with files, in the folder that
// it is started in, and prints what came of it: the same natively and as a
// guest.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// why names an error in a way that all systems share.
func why(err error) string {
	for _, e := range []syscall.Errno{
		syscall.ENOENT, syscall.EEXIST, syscall.ENOTDIR, syscall.EISDIR, syscall.ENOTEMPTY, syscall.EINVAL,
		syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EBADF, syscall.EPERM, syscall.EACCES, syscall.EIO,
	} {
		if errors.Is(err, e) {
			return names[e]
		}
	}
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, os.ErrExist):
		return "exists"
	}
	return err.Error()
}

var names = map[syscall.Errno]string{
	syscall.ENOENT: "ENOENT", syscall.EEXIST: "EEXIST", syscall.ENOTDIR: "ENOTDIR", syscall.EISDIR: "EISDIR",
	syscall.ENOTEMPTY: "ENOTEMPTY", syscall.EINVAL: "EINVAL", syscall.ELOOP: "ELOOP",
	syscall.ENAMETOOLONG: "ENAMETOOLONG", syscall.EBADF: "EBADF", syscall.EPERM: "EPERM",
	syscall.EACCES: "EACCES", syscall.EIO: "EIO",
}

func say(what string, err error) { fmt.Println(what, why(err)) }

func list(dir string) {
	entries, err := os.ReadDir(dir)
	say("readdir "+dir, err)
	for _, e := range entries {
		info, err := e.Info()
		fmt.Println(" ", e.Name(), e.Type(), info.Mode().Type(), why(err))
		if e.Type().IsRegular() {
			fmt.Println("   size", info.Size())
		}
	}
}

func main() {
	files()
	links()
	directories()
	times()
	root()
	list(".")
}

func files() {
	say("write", os.WriteFile("file", []byte("hello, world\n"), 0o644))
	b, err := os.ReadFile("file")
	fmt.Printf("read %q %s\n", b, why(err))
	_, err = os.ReadFile("none")
	say("read none", err)
	_, err = os.ReadFile("file/x")
	say("read below a file", err)
	_, err = os.Create(".")
	say("create .", err)
	_, err = os.OpenFile("file", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	say("create exclusively", err)

	f, err := os.OpenFile("file", os.O_RDWR|os.O_APPEND, 0)
	say("open to append", err)
	_, err = f.WriteString("more\n")
	say("append", err)
	_, err = f.Seek(0, io.SeekStart)
	say("seek", err)
	b, err = io.ReadAll(f)
	fmt.Printf("read %q %s\n", b, why(err))
	say("close", f.Close())

	f, err = os.OpenFile("file", os.O_RDWR, 0)
	say("open", err)
	_, err = f.WriteAt([]byte("HELLO"), 0)
	say("write at", err)
	buf := make([]byte, 4)
	n, err := f.ReadAt(buf, 15)
	fmt.Printf("read at %q %v\n", buf[:n], err)
	_, err = f.Seek(-1, io.SeekStart)
	say("seek before the start", err)
	say("truncate", f.Truncate(9))
	say("sync", f.Sync())
	info, err := f.Stat()
	fmt.Println("stat", info.Name(), info.Size(), info.Mode().IsRegular(), why(err))
	other, err := os.Stat("file")
	fmt.Println("same", os.SameFile(info, other), why(err))
	_, err = f.ReadDir(1)
	fmt.Println("readdir of a file", err != nil)
	f.Close()

	f, _ = os.Open("file")
	_, err = f.WriteString("x")
	say("write to a read-only file", err)
	f.Close()
	say("truncate by name", os.Truncate("file", 20))
	b, _ = os.ReadFile("file")
	fmt.Printf("grown %q\n", b)
}

func links() {
	say("symlink", os.Symlink("file", "symlink"))
	say("symlink again", os.Symlink("file", "symlink"))
	target, err := os.Readlink("symlink")
	fmt.Println("readlink", target, why(err))
	_, err = os.Readlink("file")
	say("readlink of a file", err)
	info, err := os.Lstat("symlink")
	fmt.Println("lstat", info.Mode().Type(), why(err))
	info, err = os.Stat("symlink")
	fmt.Println("stat", info.Mode().Type(), info.Size(), why(err))
	say("dangling", os.Symlink("gone", "dangling"))
	_, err = os.Stat("dangling")
	say("stat dangling", err)
	say("write through dangling", os.WriteFile("dangling", []byte("x"), 0o600))
	_, err = os.Stat("gone")
	say("stat its target", err)
	say("loop", os.Symlink("loop", "loop"))
	_, err = os.Open("loop")
	say("open loop", err)
	say("link", os.Link("file", "hard"))
	a, _ := os.Stat("file")
	b, err := os.Stat("hard")
	fmt.Println("same", os.SameFile(a, b), why(err))
	say("link again", os.Link("file", "hard"))
	say("remove", os.Remove("hard"))
	say("remove again", os.Remove("hard"))
}

func directories() {
	say("mkdir all", os.MkdirAll("dir/a/b", 0o755))
	say("mkdir", os.Mkdir("dir", 0o755))
	say("mkdir below a file", os.Mkdir("file/x", 0o755))
	say("mkdir below nothing", os.Mkdir("none/x", 0o755))
	for i := range 200 {
		if err := os.WriteFile(fmt.Sprintf("dir/a/%03d", i), nil, 0o600); err != nil {
			say("write", err)
		}
	}
	entries, err := os.ReadDir("dir/a")
	fmt.Println("entries", len(entries), why(err))
	say("remove a full directory", os.Remove("dir"))
	say("rename a file", os.Rename("file", "dir/file"))
	say("rename it back", os.Rename("dir/file", "file"))
	say("rename nothing", os.Rename("none", "x"))
	say("rename a directory", os.Rename("dir/a", "dir/c"))
	say("rename it into itself", os.Rename("dir", "dir/c/d"))
	say("rename a directory over a file", os.Rename("dir", "file"))
	_, err = os.Stat("dir/c/007")
	say("stat", err)
	say("symlink to a directory", os.Symlink("../dir/c", "dir/again"))
	_, err = os.Stat("dir/again/007")
	say("stat through it", err)

	d, err := os.Open("dir/c")
	say("open a directory", err)
	names, err := d.Readdirnames(5)
	fmt.Println("some names", len(names), why(err))
	_, err = d.Read(make([]byte, 1))
	say("read a directory", err)
	d.Close()
	_, err = os.OpenFile("dir", os.O_RDWR, 0)
	say("write a directory", err)

	count := 0
	err = filepath.WalkDir("dir", func(path string, d fs.DirEntry, err error) error {
		count++
		return err
	})
	fmt.Println("walked", count, why(err))
	say("copy", os.CopyFS("copy", os.DirFS("dir/c")))
	entries, err = os.ReadDir("copy")
	fmt.Println("copied", len(entries), why(err))
	say("remove all", os.RemoveAll("copy"))
	say("remove all of nothing", os.RemoveAll("copy"))
	tmp, err := os.MkdirTemp("dir", "x*")
	say("mkdir temp", err)
	f, err := os.CreateTemp(tmp, "y*")
	say("create temp", err)
	f.Close()
	say("remove all", os.RemoveAll("dir"))
}

func times() {
	at, mt := time.Unix(1_500_000_000, 123_000), time.Unix(1_600_000_000, 456_000)
	say("chtimes", os.Chtimes("file", at, mt))
	info, err := os.Stat("file")
	fmt.Println("mtime", info.ModTime().UTC(), why(err))
	say("chtimes of one", os.Chtimes("file", at, time.Time{}))
	info, err = os.Stat("file")
	fmt.Println("mtime", info.ModTime().UTC(), why(err))
	say("chtimes of nothing", os.Chtimes("none", at, mt))
}

func root() {
	say("mkdir", os.Mkdir("sub", 0o755))
	r, err := os.OpenRoot("sub")
	say("open root", err)
	defer r.Close()
	say("write in it", r.WriteFile("file", []byte("in sub"), 0o600))
	b, err := r.ReadFile("file")
	fmt.Printf("read in it %q %s\n", b, why(err))
	_, err = r.Open("../file")
	fmt.Println("open out of it", err != nil)
	say("rename in it", r.Rename("file", "file2"))
	say("remove in it", r.Remove("file2"))
}
