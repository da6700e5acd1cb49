package files

import (
	"io"
	"math"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/experimental/sys"

	"socklab/host/abi"
)

func TestReadOnlyRefusesEveryChange(t *testing.T) {
	l := newLab(t, Options{ReadOnly: true})
	l.mkdir("dir")
	l.write("file", "text")
	before, _ := l.Stat("file")
	f, dir := l.must("file", sys.O_RDONLY), l.must("dir", sys.O_RDONLY)
	first := func(_ int, e sys.Errno) sys.Errno { return e }

	for _, c := range []struct {
		name      string
		got, want sys.Errno
	}{
		{"open to write", l.open("file", sys.O_WRONLY), sys.EROFS},
		{"open to read and write", l.open("file", sys.O_RDWR), sys.EROFS},
		{"open to truncate", l.open("file", sys.O_TRUNC), sys.EROFS},
		{"create", l.open("new", sys.O_CREAT), sys.EROFS},
		{"create to write", l.open("new", sys.O_CREAT|sys.O_RDWR), sys.EROFS},
		{"create what is there", l.open("file", sys.O_CREAT), 0},
		{"open a directory to write", l.open("dir", sys.O_RDWR), sys.EISDIR},
		{"mkdir", l.Mkdir("new", 0o700), sys.EROFS},
		{"rmdir", l.Rmdir("dir"), sys.EROFS},
		{"unlink", l.Unlink("file"), sys.EROFS},
		{"rename", l.Rename("file", "new"), sys.EROFS},
		{"link", l.Link("file", "new"), sys.EROFS},
		{"symlink", l.Symlink("file", "new"), sys.EROFS},
		{"chmod", l.Chmod("file", 0), sys.EROFS},
		{"utimens", l.Utimens("file", 1, 2), sys.EROFS},
		{"utimens without following", l.setTimes("file", 1, 2), sys.EROFS},
		{"utimens of an open file", f.Utimens(1, 2), sys.EROFS},
		{"utimens of an open directory", dir.Utimens(1, 2), sys.EROFS},
		{"write", first(f.Write([]byte("x"))), sys.EBADF},
		{"pwrite", first(f.Pwrite([]byte("x"), 0)), sys.EBADF},
		{"truncate", f.Truncate(0), sys.EINVAL},
	} {
		require.Equal(t, c.want, c.got, c.name)
	}
	require.Equal(t, abi.EROFS, l.Create("new", func(*os.File, string) abi.Errno {
		t.Error("make was called")
		return abi.OK
	}))

	require.Equal(t, "text", read(t, f))
	after, _ := l.Stat("file")
	require.Equal(t, before.Mtim, after.Mtim)
	require.Equal(t, before.Ctim, after.Ctim)
	entries, err := os.ReadDir(l.dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

func TestTheLimitOfBytesIsExact(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 10})
	a, b := l.must("a", sys.O_CREAT|sys.O_RDWR), l.must("b", sys.O_CREAT|sys.O_RDWR)
	write(t, a, "123456")
	n, errno := b.Pwrite([]byte("78"), 0)
	require.Zero(t, errno)
	require.Equal(t, 2, n)
	require.Empty(t, l.limits)

	n, errno = b.Write([]byte("90..."))
	require.Zero(t, errno, "what fits is written")
	require.Equal(t, 2, n)
	require.Equal(t, []string{"bytes"}, l.limits)
	for range 2 {
		n, errno = a.Write([]byte("x"))
		require.Zero(t, n)
		require.Equal(t, sys.EIO, errno)
	}
	require.Equal(t, []abi.Errno{abi.EDQUOT, abi.EDQUOT}, l.errnos)
	require.Equal(t, []string{"bytes"}, l.limits, "once")
	require.Equal(t, "123456", l.text("a"))
	require.Equal(t, "90", l.text("b"))

	n, errno = a.Write(nil)
	require.Zero(t, errno)
	require.Zero(t, n)
	require.Zero(t, a.Truncate(0), "deleting is free")
	_, errno = a.Write([]byte("x"))
	require.Equal(t, sys.EIO, errno, "and gives nothing back")
}

func TestExactlyTheLimitOfBytesIsNoOffence(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 4})
	write(t, l.must("a", sys.O_CREAT|sys.O_RDWR), "1234")
	require.Empty(t, l.limits)
	require.Empty(t, l.errnos)
}

func TestHolesCountAsWritten(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 100})
	f := l.must("a", sys.O_CREAT|sys.O_RDWR)
	require.Equal(t, sys.EIO, f.Truncate(101))
	require.Equal(t, []abi.Errno{abi.EDQUOT}, l.errnos)
	require.Equal(t, []string{"bytes"}, l.limits)
	for _, off := range []int64{1 << 62, math.MaxInt64} {
		_, errno := f.Pwrite([]byte("x"), off)
		require.Equal(t, sys.EIO, errno)
	}
	require.Equal(t, []abi.Errno{abi.EDQUOT, abi.EDQUOT, abi.EDQUOT}, l.errnos)
	require.Zero(t, f.Truncate(40))
	_, errno := f.Pwrite([]byte("x"), 100)
	require.Equal(t, sys.EIO, errno, "60 left, a hole of 60 and a byte")
	n, errno := f.Pwrite([]byte("xyz"), 98)
	require.Zero(t, errno)
	require.Equal(t, 2, n)
	require.EqualValues(t, 100, len(l.text("a")))
	_, errno = f.Write([]byte("x"))
	require.Equal(t, sys.EIO, errno)
}

func TestTheLargestHoleDoesNotOverflow(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 100})
	_, errno := l.must("a", sys.O_CREAT|sys.O_RDWR).Pwrite([]byte("x"), math.MaxInt64)
	require.Equal(t, sys.EIO, errno)
	require.Equal(t, []string{"bytes"}, l.limits)
}

func TestASeekBeforeAWriteIsAHole(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 100})
	f := l.must("a", sys.O_CREAT|sys.O_RDWR)
	_, errno := f.Seek(1<<40, io.SeekStart)
	require.Zero(t, errno)
	_, errno = f.Write([]byte("x"))
	require.Equal(t, sys.EIO, errno)

	require.Zero(t, f.SetAppend(true))
	write(t, f, "appended where the end is")
	require.Equal(t, "appended where the end is", l.text("a"))
}

func TestAWriteThatFailsCostsNothing(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 10})
	f := l.must("a", sys.O_CREAT|sys.O_RDWR)
	ro := l.must("a", sys.O_RDONLY)
	for range 20 {
		_, errno := ro.Write([]byte("12345"))
		require.Equal(t, sys.EBADF, errno)
		require.Equal(t, sys.EINVAL, ro.Truncate(9))
	}
	write(t, f, "1234567890")
	require.Empty(t, l.limits)
}

func TestAClosedFileCostsNothing(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 10})
	f := l.must("a", sys.O_CREAT|sys.O_RDWR)
	require.Zero(t, f.Close())
	for range 9 {
		_, errno := f.Write([]byte("12345"))
		require.Equal(t, sys.EBADF, errno)
		_, errno = f.Pwrite([]byte("12345"), 1<<40)
		require.Equal(t, sys.EBADF, errno)
		require.Equal(t, sys.EBADF, f.Truncate(9))
	}
	require.Zero(t, l.Written())
	require.Empty(t, l.limits)
}

func TestWhatIsWrittenIsCountedWithoutALimitToo(t *testing.T) {
	l := newLab(t, Options{})
	f := l.must("a", sys.O_CREAT|sys.O_RDWR)
	write(t, f, "12345")
	require.EqualValues(t, 5, l.Written())
	require.Zero(t, f.Truncate(8))
	require.EqualValues(t, 8, l.Written())
	_, errno := f.(*file).write([]byte("12345"), nil, func([]byte) (int, error) { return 2, syscall.ENOSPC })
	require.Zero(t, errno)
	require.EqualValues(t, 10, l.Written())
}

func TestTheLimitOfFilesIsExact(t *testing.T) {
	l := newLab(t, Options{MaxFiles: 4})
	l.write("old", "")
	for range 9 { // neither what is there nor what fails counts
		require.Zero(t, l.open("old", sys.O_CREAT|sys.O_RDWR))
		require.Equal(t, sys.EEXIST, l.Mkdir("old", 0o700))
		require.Equal(t, sys.ENOENT, l.open("none/x", sys.O_CREAT|sys.O_RDWR))
	}
	require.Zero(t, l.open("file", sys.O_CREAT|sys.O_RDWR))
	require.Zero(t, l.Mkdir("dir", 0o700))
	require.Zero(t, l.Symlink("file", "symlink"))
	require.Zero(t, l.Link("file", "link"))

	require.Equal(t, sys.EEXIST, l.Mkdir("dir", 0o700))
	require.Equal(t, sys.ENOTDIR, l.Mkdir("file/x", 0o700))
	require.Zero(t, l.open("file", sys.O_CREAT|sys.O_RDWR))
	require.Zero(t, l.Rename("file", "file2"))
	require.Empty(t, l.limits)

	require.Equal(t, sys.EIO, l.open("new", sys.O_CREAT|sys.O_RDWR))
	require.Equal(t, sys.EIO, l.Mkdir("new", 0o700))
	require.Equal(t, sys.EIO, l.Symlink("file", "new"))
	require.Equal(t, sys.EIO, l.Link("file2", "new"))
	require.Equal(t, []string{"files"}, l.limits)
	require.Equal(t, []abi.Errno{abi.EDQUOT, abi.EDQUOT, abi.EDQUOT, abi.EDQUOT}, l.errnos)
	require.Zero(t, l.Unlink("file2"))
	require.Equal(t, sys.EIO, l.open("new", sys.O_CREAT|sys.O_RDWR), "deleting gives nothing back")
	_, err := os.Lstat(l.in("new"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestLimitsNeedNobodyToListen(t *testing.T) {
	f, err := Open(t.TempDir(), Options{MaxBytes: 1, MaxFiles: 1})
	require.NoError(t, err)
	defer f.Close()
	file, errno := f.OpenFile("a", sys.O_CREAT|sys.O_WRONLY, 0o600)
	require.Zero(t, errno)
	defer file.Close()
	n, errno := file.Write([]byte("ab"))
	require.Zero(t, errno)
	require.Equal(t, 1, n)
	_, errno = file.Write([]byte("b"))
	require.Equal(t, sys.EIO, errno)
	require.Equal(t, sys.EIO, f.Mkdir("b", 0o700))
}

func TestAFullDiskIsToldByName(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full")
	}
	l := newLab(t, Options{})
	f := &file{fs: l.FS, f: full, writable: true}
	_, errno := f.Write([]byte("x"))
	require.Equal(t, sys.EIO, errno)
	require.Equal(t, []abi.Errno{abi.ENOSPC}, l.errnos)
	require.Zero(t, f.Close())
}

func TestADiskThatFillsUpShortensTheWrite(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 10})
	f := l.must("a", sys.O_CREAT|sys.O_RDWR).(*file)
	nowhere := func() (int64, error) { return 0, nil }
	n, errno := f.write([]byte("12345678"), nowhere, func([]byte) (int, error) { return 3, syscall.ENOSPC })
	require.Zero(t, errno)
	require.Equal(t, 3, n)
	require.Empty(t, l.errnos)
	n, errno = f.write([]byte("1234567"), nowhere, func([]byte) (int, error) { return 0, syscall.ENOSPC })
	require.Equal(t, sys.EIO, errno)
	require.Zero(t, n)
	require.Equal(t, []abi.Errno{abi.ENOSPC}, l.errnos)
	write(t, f, "1234567") // what was not written was given back
	require.Empty(t, l.limits)
}

func TestATruncationThatFailsCostsNothing(t *testing.T) {
	l := newLab(t, Options{MaxBytes: math.MaxInt64})
	f := l.must("a", sys.O_CREAT|sys.O_RDWR)
	if f.Truncate(math.MaxInt64-1) == 0 {
		t.Skip("files may be as long as they like here")
	}
	require.EqualValues(t, math.MaxInt64, l.bytes.left.Load())
}

func TestASharedFolderIsUnderTheSameLimits(t *testing.T) {
	l := newLab(t, Options{MaxBytes: 10, MaxFiles: 2})
	var told []abi.Errno
	shared := l.FS.Share(func(errno abi.Errno) { told = append(told, errno) })
	f, e := shared.OpenFile("a", sys.O_CREAT|sys.O_WRONLY, 0o600)
	require.Zero(t, e)
	n, e := f.Write([]byte("12345678"))
	require.Zero(t, e)
	require.Equal(t, 8, n)
	require.Zero(t, f.Close())
	require.EqualValues(t, 8, l.Written())
	require.Zero(t, l.Mkdir("b", 0o700))
	require.NotZero(t, shared.Mkdir("c", 0o700))
	require.Equal(t, []abi.Errno{abi.EDQUOT}, told)
	_, e = newLab(t, Options{ReadOnly: true}).FS.Share(nil).OpenFile("a", sys.O_CREAT, 0o600)
	require.Equal(t, sys.EROFS, e)
}
