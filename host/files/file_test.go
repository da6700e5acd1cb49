package files

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/experimental/sys"
	"golang.org/x/sys/unix"
)

func read(t *testing.T, f sys.File) string {
	t.Helper()
	buf := make([]byte, 100)
	n, errno := f.Read(buf)
	require.Zero(t, errno)
	return string(buf[:n])
}

func write(t *testing.T, f sys.File, text string) {
	t.Helper()
	n, errno := f.Write([]byte(text))
	require.Zero(t, errno)
	require.Equal(t, len(text), n)
}

func TestAFileIsReadAndWrittenWhereItStands(t *testing.T) {
	l := newLab(t, Options{})
	f := l.must("file", sys.O_RDWR|sys.O_CREAT)
	write(t, f, "hello, world")
	require.Empty(t, read(t, f))

	at, errno := f.Seek(-5, io.SeekEnd)
	require.Zero(t, errno)
	require.EqualValues(t, 7, at)
	require.Equal(t, "world", read(t, f))

	n, errno := f.Pwrite([]byte("J"), 0)
	require.Zero(t, errno)
	require.Equal(t, 1, n)
	buf := make([]byte, 5)
	n, errno = f.Pread(buf, 0)
	require.Zero(t, errno)
	require.Equal(t, "Jello", string(buf[:n]))
	n, errno = f.Pread(buf, 10)
	require.Zero(t, errno)
	require.Equal(t, "ld", string(buf[:n]))
	n, errno = f.Pread(buf, 99)
	require.Zero(t, errno)
	require.Zero(t, n)

	require.Zero(t, f.Truncate(4))
	require.Zero(t, f.Sync())
	require.Zero(t, f.Datasync())
	require.Equal(t, "Jell", l.text("file"))
	require.Zero(t, f.Close())
	require.Equal(t, sys.EBADF, f.Sync())
}

func TestEachFileOperationsErrno(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("dir")
	l.write("file", "text")
	ro, wo := l.must("file", sys.O_RDONLY), l.must("file", sys.O_WRONLY)
	dir, closed := l.must("dir", sys.O_RDONLY), l.must("file", sys.O_RDWR)
	require.Zero(t, closed.Close())
	b := []byte("x")
	first := func(_ int, e sys.Errno) sys.Errno { return e }
	first64 := func(_ int64, e sys.Errno) sys.Errno { return e }
	stat := func(f sys.File) sys.Errno { _, e := f.Stat(); return e }
	readdir := func(f sys.File) sys.Errno { _, e := f.Readdir(1); return e }

	for _, c := range []struct {
		name      string
		got, want sys.Errno
	}{
		{"read of a write-only file", first(wo.Read(b)), sys.EBADF},
		{"pread of a write-only file", first(wo.Pread(b, 0)), sys.EBADF},
		{"write of a read-only file", first(ro.Write(b)), sys.EBADF},
		{"pwrite of a read-only file", first(ro.Pwrite(b, 0)), sys.EBADF},
		{"truncate of a read-only file", ro.Truncate(1), sys.EINVAL},
		{"truncate to less than nothing", wo.Truncate(-1), sys.EINVAL},
		{"pread before the start", first(ro.Pread(b, -1)), sys.EINVAL},
		{"pwrite before the start", first(wo.Pwrite(b, -1)), sys.EINVAL},
		{"seek before the start", first64(ro.Seek(-1, io.SeekStart)), sys.EINVAL},
		{"seek by an unknown whence", first64(ro.Seek(0, 3)), sys.EINVAL},
		{"seek by a negative whence", first64(ro.Seek(0, -1)), sys.EINVAL},
		{"readdir of a file", readdir(ro), sys.EBADF},
		{"read of a directory", first(dir.Read(b)), sys.EISDIR},
		{"pread of a directory", first(dir.Pread(b, 0)), sys.EISDIR},
		{"write of a directory", first(dir.Write(b)), sys.EBADF},
		{"truncate of a directory", dir.Truncate(0), sys.EISDIR},
		{"seek in a directory", first64(dir.Seek(1, io.SeekStart)), sys.EISDIR},
		{"seek to the end of a directory", first64(dir.Seek(0, io.SeekEnd)), sys.EISDIR},
		{"sync of a directory", dir.Sync(), 0},
		{"read of a closed file", first(closed.Read(b)), sys.EBADF},
		{"write of a closed file", first(closed.Write(b)), sys.EBADF},
		{"stat of a closed file", stat(closed), sys.EBADF},
		{"truncate of a closed file", closed.Truncate(0), sys.EBADF},
		{"utimens of a closed file", closed.Utimens(1, 2), sys.EBADF},
		{"setting append on a closed file", closed.SetAppend(true), sys.EBADF},
		{"a second close", closed.Close(), sys.EBADF},
	} {
		require.Equal(t, c.want, c.got, c.name)
	}
	require.Equal(t, "text", l.text("file"))
}

func TestAppendAndNonblockAreTheKernelsFlags(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "one")
	f := l.must("file", sys.O_WRONLY|sys.O_APPEND)
	require.True(t, f.IsAppend())
	require.False(t, f.IsNonblock())
	write(t, f, " two")
	require.Zero(t, f.SetAppend(false))
	require.False(t, f.IsAppend())
	_, errno := f.Seek(0, io.SeekStart)
	require.Zero(t, errno)
	write(t, f, "ONE")
	require.Zero(t, f.SetNonblock(true))
	require.Zero(t, f.SetAppend(true))
	require.True(t, f.IsNonblock())
	write(t, f, " three")
	require.Equal(t, "ONE two three", l.text("file"))
	require.True(t, l.must("file", sys.O_RDONLY|sys.O_NONBLOCK).IsNonblock())

	ready, errno := f.Poll(sys.POLLIN, -1)
	require.Zero(t, errno)
	require.True(t, ready)
}

func TestTruncatingOnOpen(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "text")
	require.Zero(t, l.open("file", sys.O_RDWR|sys.O_TRUNC|sys.O_SYNC|sys.O_DSYNC))
	require.Empty(t, l.text("file"))
}

func TestHowWritesAreSynchronisedIsTheKernels(t *testing.T) {
	l := newLab(t, Options{})
	for flag, want := range map[sys.Oflag]int{0: 0, sys.O_DSYNC: unix.O_DSYNC, sys.O_SYNC: unix.O_SYNC, sys.O_RSYNC: unix.O_SYNC} {
		f := l.must("file", sys.O_CREAT|sys.O_RDWR|flag).(*file)
		has := 0
		require.NoError(t, control(f.f, func(fd int) (err error) {
			has, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
			return err
		}))
		if runtime.GOOS == "linux" {
			require.Equal(t, want, has&unix.O_SYNC, flag)
		}
	}
}

func TestReaddirListsEachEntryOnceAndRewinds(t *testing.T) {
	l := newLab(t, Options{})
	want := map[string]fs.FileMode{"dir": fs.ModeDir, "link": fs.ModeSymlink, "out": fs.ModeSymlink}
	l.mkdir("dir")
	l.symlink("dir", "link")
	l.symlink("../canary", "out")
	for i := range 300 {
		name := fmt.Sprint("file", i)
		l.write(name, "")
		want[name] = 0
	}
	d := l.must(".", sys.O_RDONLY|sys.O_DIRECTORY)
	list := func(step int) map[string]fs.FileMode {
		got := map[string]fs.FileMode{}
		for {
			dirents, errno := d.Readdir(step)
			require.Zero(t, errno)
			for _, e := range dirents {
				require.NotContains(t, got, e.Name)
				got[e.Name] = e.Type
				st, errno := l.Lstat(e.Name)
				require.Zero(t, errno)
				require.Equal(t, st.Ino, e.Ino)
			}
			if len(dirents) < step || step <= 0 {
				return got
			}
		}
	}
	require.Equal(t, want, list(7))
	require.Empty(t, list(7))
	l.write("later", "")
	want["later"] = 0
	_, errno := d.Seek(0, io.SeekStart)
	require.Zero(t, errno)
	require.Equal(t, want, list(-1))
}

func TestReaddirOfADirectoryThatIsGone(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("dir")
	d := l.must("dir", sys.O_RDONLY)
	require.Zero(t, l.Rmdir("dir"))
	dirents, errno := d.Readdir(10)
	require.Contains(t, []sys.Errno{0, sys.ENOENT}, errno)
	require.Empty(t, dirents)
}

func TestDevInoAndIsDirAreKnownFromTheOpen(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "")
	for path, isDir := range map[string]bool{"file": false, ".": true} {
		f := l.must(path, sys.O_RDONLY)
		st, _ := l.Stat(path)
		dev, errno := f.Dev()
		require.Zero(t, errno)
		require.Equal(t, st.Dev, dev)
		ino, errno := f.Ino()
		require.Zero(t, errno)
		require.Equal(t, st.Ino, ino)
		got, errno := f.IsDir()
		require.Zero(t, errno)
		require.Equal(t, isDir, got)
	}
}

func TestNewFilesTakeTheirPermissionBits(t *testing.T) {
	l := newLab(t, Options{})
	_, errno := l.OpenFile("file", sys.O_CREAT|sys.O_RDWR, 0o600|fs.ModeSetuid|fs.ModeDir)
	require.Zero(t, errno)
	require.Zero(t, l.Mkdir("dir", 0o700|fs.ModeSticky))
	info, err := os.Stat(l.in("file"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode())
	info, err = os.Stat(l.in("dir"))
	require.NoError(t, err)
	require.Equal(t, fs.ModeDir|0o700, info.Mode())
}

func TestRenamedAndLinkedFilesAreTheSame(t *testing.T) {
	l := newLab(t, Options{})
	l.write("a", "text")
	before, _ := l.Stat("a")
	require.Zero(t, l.Link("a", "b"))
	require.Zero(t, l.Rename("a", "c"))
	for _, name := range []string{"b", "c"} {
		st, errno := l.Stat(name)
		require.Zero(t, errno)
		require.Equal(t, before.Ino, st.Ino)
		require.EqualValues(t, 2, st.Nlink)
	}
}
