package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/experimental/sys"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// lab is a folder, an FS on it, and what lies outside it: a canary that no
// guest may see or touch.
type lab struct {
	*FS
	t      testing.TB
	dir    string // the folder
	canary string // a file beside it
	errnos []abi.Errno
	limits []string
}

const secret = "the canary is alive"

func newLab(t testing.TB, o Options) *lab {
	t.Helper()
	top := t.TempDir()
	l := &lab{t: t, dir: filepath.Join(top, "root"), canary: filepath.Join(top, "canary")}
	require.NoError(t, os.Mkdir(l.dir, 0o700))
	require.NoError(t, os.WriteFile(l.canary, []byte(secret), 0o600))
	o.OnErrno = func(e abi.Errno) { l.errnos = append(l.errnos, e) }
	o.OnLimit = func(what string) { l.limits = append(l.limits, what) }
	f, err := Open(l.dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	l.FS = f
	return l
}

// in is a path on the host.
func (l *lab) in(path string) string { return filepath.Join(l.dir, path) }

func (l *lab) write(path, text string) {
	l.t.Helper()
	require.NoError(l.t, os.WriteFile(l.in(path), []byte(text), 0o600))
}

func (l *lab) mkdir(path string) {
	l.t.Helper()
	require.NoError(l.t, os.MkdirAll(l.in(path), 0o700))
}

func (l *lab) symlink(target, path string) {
	l.t.Helper()
	require.NoError(l.t, os.Symlink(target, l.in(path)))
}

func (l *lab) text(path string) string {
	l.t.Helper()
	b, err := os.ReadFile(l.in(path))
	require.NoError(l.t, err)
	return string(b)
}

// open opens and closes.
func (l *lab) open(path string, flag sys.Oflag) sys.Errno {
	f, errno := l.OpenFile(path, flag, 0o600)
	if errno == 0 {
		require.Zero(l.t, f.Close())
	}
	return errno
}

// must opens for the rest of the test.
func (l *lab) must(path string, flag sys.Oflag) sys.PollableFile {
	l.t.Helper()
	f, errno := l.OpenFile(path, flag, 0o600)
	require.Zero(l.t, errno)
	l.t.Cleanup(func() { f.Close() })
	return f.(sys.PollableFile)
}

func TestOpenRefusesWhatIsNotAFolder(t *testing.T) {
	l := newLab(t, Options{})
	_, err := Open(l.canary, Options{})
	require.ErrorContains(t, err, "not a directory")
	_, err = Open(l.in("none"), Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestEachOperationsErrno(t *testing.T) {
	long := strings.Repeat("n", 256)
	longPath := strings.Repeat("d/", 2100)
	stat := func(path string) func(*lab) sys.Errno {
		return func(l *lab) sys.Errno { _, e := l.Stat(path); return e }
	}
	lstat := func(path string) func(*lab) sys.Errno {
		return func(l *lab) sys.Errno { _, e := l.Lstat(path); return e }
	}
	readlink := func(path string) func(*lab) sys.Errno {
		return func(l *lab) sys.Errno { _, e := l.Readlink(path); return e }
	}
	open := func(path string, flag sys.Oflag) func(*lab) sys.Errno {
		return func(l *lab) sys.Errno { return l.open(path, flag) }
	}
	mkdir := func(path string) func(*lab) sys.Errno {
		return func(l *lab) sys.Errno { return l.Mkdir(path, 0o700) }
	}
	rmdir := func(path string) func(*lab) sys.Errno { return func(l *lab) sys.Errno { return l.Rmdir(path) } }
	unlink := func(path string) func(*lab) sys.Errno { return func(l *lab) sys.Errno { return l.Unlink(path) } }
	rename := func(a, b string) func(*lab) sys.Errno { return func(l *lab) sys.Errno { return l.Rename(a, b) } }
	link := func(a, b string) func(*lab) sys.Errno { return func(l *lab) sys.Errno { return l.Link(a, b) } }
	symlink := func(a, b string) func(*lab) sys.Errno { return func(l *lab) sys.Errno { return l.Symlink(a, b) } }
	chmod := func(path string) func(*lab) sys.Errno {
		return func(l *lab) sys.Errno { return l.Chmod(path, 0o600) }
	}
	utimens := func(path string) func(*lab) sys.Errno {
		return func(l *lab) sys.Errno { return l.Utimens(path, 1, 2) }
	}

	for _, c := range []struct {
		name string
		call func(*lab) sys.Errno
		want sys.Errno
	}{
		{"open a file", open("file", sys.O_RDWR), 0},
		{"open with leading slashes", open("//file", sys.O_RDONLY), 0},
		{"open a file through a link", open("link", sys.O_RDWR), 0},
		{"open a file through a link to its folder", open("dlink/sub", sys.O_RDONLY), 0},
		{"open by a way round", open("dir/../dir/./sub", sys.O_RDONLY), 0},
		{"open the folder", open(".", sys.O_RDONLY), 0},
		{"open the folder as /", open("/", sys.O_RDONLY|sys.O_DIRECTORY), 0},
		{"open nothing", open("", sys.O_RDONLY), sys.ENOENT},
		{"open what is not there", open("none", sys.O_RDWR), sys.ENOENT},
		{"open below what is not there", open("none/x", sys.O_RDWR|sys.O_CREAT), sys.ENOENT},
		{"open below a file", open("file/x", sys.O_RDONLY), sys.ENOTDIR},
		{"open a file with a slash", open("file/", sys.O_RDONLY), sys.ENOTDIR},
		{"open a file as a directory", open("file", sys.O_RDONLY|sys.O_DIRECTORY), sys.ENOTDIR},
		{"open a directory with a slash", open("dir/", sys.O_RDONLY), 0},
		{"open a directory to write", open("dir", sys.O_RDWR), sys.EISDIR},
		{"open a directory to truncate", open("dir", sys.O_TRUNC), sys.EISDIR},
		{"create where a directory is", open("dir", sys.O_CREAT|sys.O_RDWR), sys.EISDIR},
		{"create where a directory is, only to read", open("dir", sys.O_CREAT), sys.EISDIR},
		{"create what is there, exclusively", open("file", sys.O_CREAT|sys.O_EXCL|sys.O_RDWR), sys.EEXIST},
		{"create what a link points to, exclusively", open("dangling", sys.O_CREAT|sys.O_EXCL|sys.O_RDWR), sys.EEXIST},
		{"create what a link points to", open("dangling", sys.O_CREAT|sys.O_RDWR), 0},
		{"create with a slash", open("new/", sys.O_CREAT|sys.O_RDWR), sys.EISDIR},
		{"create a directory by open", open("new", sys.O_CREAT|sys.O_DIRECTORY), sys.EINVAL},
		{"open to read and write and only write", open("file", sys.O_RDWR|sys.O_WRONLY), sys.EINVAL},
		{"open a link itself", open("link", sys.O_NOFOLLOW), sys.ELOOP},
		{"open a file and no link", open("file", sys.O_NOFOLLOW), 0},
		{"open a loop", open("loop", sys.O_RDONLY), sys.ELOOP},
		{"open a name with NUL", open("fi\x00le", sys.O_RDONLY), sys.EINVAL},
		{"create a name with NUL", open("new\x00", sys.O_CREAT|sys.O_RDWR), sys.EINVAL},
		{"open what is there, exclusively, but not to create it", open("file", sys.O_EXCL|sys.O_RDWR), 0},
		{"open the longest path", open(strings.Repeat("/", pathMax-4)+"file", sys.O_RDONLY), 0},
		{"open a path that is longer", open(strings.Repeat("/", pathMax-3)+"file", sys.O_RDONLY), sys.ENAMETOOLONG},
		{"open a long name", open(long, sys.O_RDONLY), sys.ENAMETOOLONG},
		{"open a long path", open(longPath, sys.O_RDONLY), sys.ENAMETOOLONG},

		{"stat a link", stat("link"), 0},
		{"stat a dangling link", stat("dangling"), sys.ENOENT},
		{"stat a loop", stat("loop"), sys.ELOOP},
		{"stat a file with a slash", stat("file/"), sys.ENOTDIR},
		{"stat nothing", stat(""), sys.ENOENT},
		{"stat a name with NUL", stat("a\x00"), sys.EINVAL},
		{"stat a name that begins with NUL", stat("\x00a"), sys.EINVAL},
		{"stat a long name", stat(long), sys.ENAMETOOLONG},
		{"lstat a dangling link", lstat("dangling"), 0},
		{"lstat a loop", lstat("loop"), 0},
		{"lstat what is not there", lstat("none"), sys.ENOENT},

		{"readlink of a link", readlink("link"), 0},
		{"readlink of a file", readlink("file"), sys.EINVAL},
		{"readlink of what is not there", readlink("none"), sys.ENOENT},
		{"readlink of a name with NUL", readlink("a\x00"), sys.EINVAL},

		{"mkdir", mkdir("new"), 0},
		{"mkdir with a slash", mkdir("new/"), 0},
		{"mkdir of a file", mkdir("file"), sys.EEXIST},
		{"mkdir of a directory", mkdir("dir"), sys.EEXIST},
		{"mkdir of the folder", mkdir("."), sys.EEXIST},
		{"mkdir of a dangling link", mkdir("dangling"), sys.EEXIST},
		{"mkdir below a file", mkdir("file/x"), sys.ENOTDIR},
		{"mkdir below what is not there", mkdir("none/x"), sys.ENOENT},
		{"mkdir of a long name", mkdir(long), sys.ENAMETOOLONG},
		{"mkdir of a name with NUL", mkdir("a\x00b"), sys.EINVAL},

		{"rmdir", rmdir("empty"), 0},
		{"rmdir with a slash", rmdir("empty/"), 0},
		{"rmdir of a full directory", rmdir("dir"), sys.ENOTEMPTY},
		{"rmdir of a file", rmdir("file"), sys.ENOTDIR},
		{"rmdir of a link to a directory", rmdir("dlink"), sys.ENOTDIR},
		{"rmdir of a link to a directory with a slash", rmdir("dlink/"), sys.ENOTDIR},
		{"rmdir of what is not there", rmdir("none"), sys.ENOENT},
		{"rmdir of the folder", rmdir("."), sys.EINVAL},
		{"rmdir of a directory by its dot", rmdir("empty/."), sys.EINVAL},
		{"rmdir of the folder by two dots", rmdir("empty/.."), sys.EINVAL},
		{"rmdir of the folder as /", rmdir("/"), sys.EINVAL},

		{"unlink a file", unlink("file"), 0},
		{"unlink a link", unlink("dlink"), 0},
		{"unlink a link with a slash", unlink("dlink/"), sys.ENOTDIR},
		{"unlink a file with a slash", unlink("file/"), sys.ENOTDIR},
		{"unlink a directory", unlink("empty"), sys.EISDIR},
		{"unlink a directory with a slash", unlink("empty/"), sys.EISDIR},
		{"unlink what is not there", unlink("none"), sys.ENOENT},
		{"unlink the folder", unlink("."), sys.EISDIR},
		{"unlink a name with NUL", unlink("file\x00"), sys.EINVAL},

		{"rename a file", rename("file", "new"), 0},
		{"rename a file over a file", rename("file", "dir/sub"), 0},
		{"rename a file over itself", rename("file", "file"), 0},
		{"rename a link, not its target", rename("loop", "new"), 0},
		{"rename a directory", rename("dir", "new"), 0},
		{"rename a directory with slashes", rename("dir/", "new/"), 0},
		{"rename a directory over an empty one", rename("dir", "empty"), 0},
		{"rename a directory over a full one", rename("empty", "dir"), sys.ENOTEMPTY},
		{"rename a directory over a file", rename("dir", "file"), sys.ENOTDIR},
		{"rename a directory into itself", rename("dir", "dir/x"), sys.EINVAL},
		{"rename a file over a directory", rename("file", "empty"), sys.EISDIR},
		{"rename a file with a slash", rename("file/", "new"), sys.ENOTDIR},
		{"rename a file to a slash", rename("file", "new/"), sys.ENOTDIR},
		{"rename a link to a directory with a slash", rename("dlink/", "new"), sys.ENOTDIR},
		{"rename what is not there", rename("none", "new"), sys.ENOENT},
		{"rename what is not there with a slash", rename("none/", "new"), sys.ENOENT},
		{"rename to where nothing is", rename("file", "none/x"), sys.ENOENT},
		{"rename to a name with NUL", rename("file", "n\x00"), sys.EINVAL},
		{"rename to a long name", rename("file", long), sys.ENAMETOOLONG},

		{"link", link("file", "new"), 0},
		{"link over a file", link("file", "dir/sub"), sys.EEXIST},
		{"link a directory", link("dir", "new"), sys.EPERM},
		{"link what is not there", link("none", "new"), sys.ENOENT},
		{"link to a slash", link("file", "new/"), sys.ENOENT},
		{"link a name with NUL", link("file\x00", "new"), sys.EINVAL},

		{"symlink", symlink("anything/at all", "new"), 0},
		{"symlink over a file", symlink("x", "file"), sys.EEXIST},
		{"symlink to nothing", symlink("", "new"), sys.ENOENT},
		{"symlink to an absolute path", symlink("/etc", "new"), sys.EPERM},
		{"symlink below what is not there", symlink("x", "none/x"), sys.ENOENT},
		{"symlink with NUL", symlink("a\x00b", "new"), sys.EINVAL},
		{"symlink to a long path", symlink(longPath, "new"), sys.ENAMETOOLONG},

		{"chmod", chmod("link"), 0},
		{"chmod what is not there", chmod("none"), sys.ENOENT},
		{"chmod a name with NUL", chmod("a\x00"), sys.EINVAL},
		{"utimens", utimens("link"), 0},
		{"utimens of a directory", utimens("dir"), 0},
		{"utimens of what is not there", utimens("none"), sys.ENOENT},
		{"utimens of a long name", utimens(long), sys.ENAMETOOLONG},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, Options{})
			l.mkdir("dir")
			l.mkdir("empty")
			l.write("file", "text")
			l.write("dir/sub", "text")
			l.symlink("file", "link")
			l.symlink("dir", "dlink")
			l.symlink("gone", "dangling")
			l.symlink("loop", "loop")
			require.Equal(t, c.want, c.call(l))
			require.Empty(t, l.errnos)
		})
	}
}

func TestTheNameInAPlaceLeadsNowhereElse(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("dir")
	for path, want := range map[string][2]string{
		"a": {".", "a"}, "a/": {".", "a"}, "/a": {".", "a"}, "dir/a//": {"dir", "a"}, "dir/..a": {"dir", "..a"}, ".a": {".", ".a"},
		".": {".", "."}, "/": {".", "."}, "dir/.": {"dir/.", "."}, "dir/..": {"dir/..", "."}, "dir/../": {"dir/..", "."}, "./": {".", "."},
	} {
		p, err := l.parent(path)
		require.NoError(t, err, path)
		p.dir.Close()
		require.Equal(t, want, [2]string{p.path, p.base}, path)
	}
	for _, path := range []string{"..", "../", "dir/../..", "/.."} {
		_, err := l.parent(path)
		require.Error(t, err, path)
	}
}

func TestNoOperationLeavesADescriptor(t *testing.T) {
	descriptors := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no way to count descriptors")
		}
		return len(all)
	}
	l := newLab(t, Options{})
	l.mkdir("dir/sub")
	l.write("file", "text")
	l.symlink("file", "link")
	l.symlink("/out", "out")
	before := descriptors()
	for range 3 {
		l.open("file", sys.O_RDONLY)
		l.open("none", sys.O_RDONLY)
		l.Rename("file", "dir/file")
		l.Rename("dir/file", "file")
		l.Rename("file", "none/file")
		l.Rename("file/", "new")
		l.Mkdir("new", 0o700)
		l.Unlink("new")
		l.Unlink("file/")
		l.Rmdir("new")
		l.Rmdir("dir")
		for _, path := range []string{"file", "link", "out", "none", "dir/", "dir/sub"} {
			if dir, _, errno := l.Parent(path); errno == abi.OK {
				dir.Close()
			}
			if dir, _, errno := l.Resolve(path); errno == abi.OK {
				dir.Close()
			}
			if file, errno := l.Pin(path); errno == abi.OK {
				file.Close()
			}
			l.Create(path, func(*os.File, string) abi.Errno { return abi.EEXIST })
		}
	}
	require.LessOrEqual(t, descriptors(), before) // fewer, if the collector has closed what another test left
}

func TestStatTellsWhatTheKernelDoes(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "12345")
	l.symlink("file", "link")
	require.NoError(t, os.Link(l.in("file"), l.in("twin")))
	require.Zero(t, l.Utimens("link", 1_500_000_000_000_000_123, 1_600_000_000_000_000_456))
	var want unix.Stat_t
	require.NoError(t, unix.Stat(l.in("file"), &want))

	st, errno := l.Stat("link")
	require.Zero(t, errno)
	require.EqualValues(t, want.Dev, st.Dev)
	require.Equal(t, want.Ino, st.Ino)
	require.EqualValues(t, 2, st.Nlink)
	require.EqualValues(t, 5, st.Size)
	require.Equal(t, os.FileMode(0o600), st.Mode)
	require.EqualValues(t, 1_500_000_000_000_000_123, st.Atim)
	require.EqualValues(t, 1_600_000_000_000_000_456, st.Mtim)
	require.Equal(t, want.Ctim.Nano(), st.Ctim)

	open, errno := l.must("file", sys.O_RDONLY).Stat()
	require.Zero(t, errno)
	require.Equal(t, st, open)

	st, errno = l.Lstat("link")
	require.Zero(t, errno)
	require.Equal(t, os.ModeSymlink, st.Mode.Type())
	require.EqualValues(t, len("file"), st.Size)
}

func TestUtimensLeavesOmittedTimes(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "")
	f := l.must("file", sys.O_RDONLY)
	for _, set := range []func(a, m int64) sys.Errno{
		func(a, m int64) sys.Errno { return l.Utimens("file", a, m) },
		f.Utimens,
	} {
		require.Zero(t, set(1000, 2000))
		require.Zero(t, set(3000, sys.UTIME_OMIT))
		st, _ := l.Stat("file")
		require.EqualValues(t, []int64{3000, 2000}, []int64{st.Atim, st.Mtim})
		require.Zero(t, set(sys.UTIME_OMIT, 4000))
		st, _ = l.Stat("file")
		require.EqualValues(t, []int64{3000, 4000}, []int64{st.Atim, st.Mtim})
	}
}

// setTimes sets times as wazero does where no link is to be followed.
func (f *FS) setTimes(path string, atim, mtim int64) sys.Errno {
	file, errno := f.OpenFile(path, sys.O_WRONLY, 0)
	if errno != 0 {
		return errno
	}
	defer file.Close()
	return file.Utimens(atim, mtim)
}

func TestTimesAreSetWithoutFollowingALink(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "")
	l.mkdir("dir")
	l.symlink("file", "link")
	l.symlink("missing", "dangling")
	require.NoError(t, os.Chmod(l.in("file"), 0))
	require.Zero(t, l.Utimens("file", 10, 20))
	for _, path := range []string{"link", "dangling", "dir", "dir/", "."} {
		require.Zero(t, l.setTimes(path, 1000, 2000), path)
		require.Zero(t, l.setTimes(path, 3000, sys.UTIME_OMIT), path)
		st, errno := l.Lstat(path)
		require.Zero(t, errno, path)
		require.EqualValues(t, []int64{3000, 2000}, []int64{st.Atim, st.Mtim}, path)
	}
	st, _ := l.Stat("file")
	require.EqualValues(t, []int64{10, 20}, []int64{st.Atim, st.Mtim}, "the link's target has changed")
	require.Zero(t, l.setTimes("file", 30, 40), "a file that may not be opened")
	st, _ = l.Stat("file")
	require.EqualValues(t, []int64{30, 40}, []int64{st.Atim, st.Mtim})
	require.Equal(t, sys.ENOENT, l.setTimes("none", 1, 1))
	require.Equal(t, sys.ENOTDIR, l.setTimes("file/", 1, 1))
}

func TestChmodSetsOnlyPermissionBits(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "")
	require.Zero(t, l.Chmod("file", 0o751|os.ModeSetuid))
	st, _ := l.Stat("file")
	require.Equal(t, os.FileMode(0o751), st.Mode)
}

func TestAClosedFileSystemIsEBADF(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "text")
	f := l.must("file", sys.O_RDONLY)
	require.NoError(t, l.Close())
	_, errno := l.Stat("file")
	require.Equal(t, sys.EBADF, errno)
	require.Equal(t, sys.EBADF, l.open("file", sys.O_RDONLY))
	require.Equal(t, sys.EBADF, l.Unlink("file"))

	buf := make([]byte, 9)
	n, errno := f.Read(buf)
	require.Zero(t, errno)
	require.Equal(t, "text", string(buf[:n]))
}

func TestTheFolderStaysTheSameWhenRenamed(t *testing.T) {
	l := newLab(t, Options{})
	l.write("file", "text")
	require.NoError(t, os.Rename(l.dir, l.dir+"2"))
	require.NoError(t, os.Mkdir(l.dir, 0o700))
	require.Zero(t, l.open("file", sys.O_RDONLY))
}

func TestAFolderThatIsOpenStaysTheSame(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "d")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "own"), nil, 0o600))
	folder, err := os.OpenRoot(dir)
	require.NoError(t, err)
	require.NoError(t, os.Rename(dir, dir+"2"))
	require.NoError(t, os.Symlink("/etc", dir))
	f, err := OpenIn(folder, Options{ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, folder.Close())
	_, errno := f.Stat("own")
	require.Zero(t, errno)
	_, errno = f.Stat("passwd")
	require.Equal(t, sys.ENOENT, errno)
	require.NoError(t, f.Close())
}
