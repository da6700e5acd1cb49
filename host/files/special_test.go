package files

import (
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/experimental/sys"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// listen makes a Unix socket in the folder. Its name may be too long for the
// kernel, so it is bound by way of the open folder.
func (l *lab) listen(path string) *net.UnixListener {
	l.t.Helper()
	if runtime.GOOS != "linux" {
		l.t.Skip("needs /proc/self/fd")
	}
	var ln *net.UnixListener
	require.Equal(l.t, abi.OK, l.Create(path, func(dir *os.File, base string) abi.Errno {
		var err error
		ln, err = net.ListenUnix("unix", &net.UnixAddr{Name: fdPath(dir) + "/" + base, Net: "unix"})
		require.NoError(l.t, err)
		return abi.OK
	}))
	ln.SetUnlinkOnClose(false)
	l.t.Cleanup(func() { ln.Close() })
	return ln
}

func fdPath(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

func TestAFIFONeitherOpensNorHangs(t *testing.T) {
	l := newLab(t, Options{})
	require.NoError(t, unix.Mkfifo(l.in("fifo"), 0o600))
	l.symlink("fifo", "link")
	for _, path := range []string{"fifo", "link"} {
		for _, flag := range []sys.Oflag{
			sys.O_RDONLY, sys.O_WRONLY, sys.O_RDWR, sys.O_RDONLY | sys.O_NONBLOCK,
			sys.O_RDWR | sys.O_CREAT, sys.O_RDWR | sys.O_CREAT | sys.O_TRUNC,
		} {
			require.Equal(t, sys.EACCES, l.open(path, flag))
		}
		require.Contains(t, []sys.Errno{sys.EACCES, sys.ENOTDIR}, l.open(path, sys.O_DIRECTORY))
	}
	require.Zero(t, l.Rename("fifo", "fifo2"))
	require.Zero(t, l.Unlink("fifo2"))
}

// What the look before the open said can be out of date.
func TestAFIFOSwappedInIsRefusedOnceOpened(t *testing.T) {
	l := newLab(t, Options{})
	require.NoError(t, unix.Mkfifo(l.in("fifo"), 0o600))
	flag, err := openFlags(sys.O_RDONLY)
	require.NoError(t, err)
	of, err := l.root.OpenFile("fifo", flag, 0)
	require.NoError(t, err, "opens at once")
	_, err = l.newFile(of, sys.O_RDONLY)
	require.ErrorIs(t, err, unix.EACCES)
	require.ErrorIs(t, of.Close(), os.ErrClosed, "newFile closed it")
}

func TestADeviceDoesNotOpen(t *testing.T) {
	l := newLab(t, Options{})
	if err := unix.Mknod(l.in("null"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))); err != nil {
		t.Skip("may not make devices: ", err)
	}
	require.Equal(t, sys.EACCES, l.open("null", sys.O_RDWR))
	st, errno := l.Stat("null")
	require.Zero(t, errno)
	require.Equal(t, os.ModeDevice|os.ModeCharDevice, st.Mode.Type())
}

func TestASocketDoesNotOpen(t *testing.T) {
	l := newLab(t, Options{})
	l.listen("sock")
	require.Equal(t, sys.EIO, l.open("sock", sys.O_RDWR))
	require.Equal(t, []abi.Errno{abi.ENXIO}, l.errnos)
	require.Zero(t, l.Unlink("sock"))
}

func TestPinNamesOneFileWhateverItsNameBecomes(t *testing.T) {
	l := newLab(t, Options{})
	ln := l.listen("sock")
	l.mkdir("dir")
	l.symlink("../sock", "dir/link")
	pin, errno := l.Pin("dir/link")
	require.Equal(t, abi.OK, errno)
	defer pin.Close()
	require.Zero(t, l.Rename("sock", "moved"))
	l.symlink("../canary", "sock")

	conn, err := net.Dial("unix", fdPath(pin))
	require.NoError(t, err)
	defer conn.Close()
	peer, err := ln.Accept()
	require.NoError(t, err)
	require.NoError(t, peer.Close())

	for path, want := range map[string]abi.Errno{
		"none": abi.ENOENT, "sock": abi.EPERM, "moved/": abi.ENOTDIR, "moved/x": abi.ENOTDIR, "": abi.ENOENT,
		"a\x00": abi.EINVAL, "../canary": abi.EPERM,
	} {
		_, errno := l.Pin(path)
		require.Equal(t, want, errno, path)
	}
}

func TestPinDoesNotTakeALinkForAFile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no O_PATH")
	}
	l := newLab(t, Options{})
	l.write("inside", "inside")
	swap := func() error {
		for _, target := range []string{"inside", "../canary"} {
			if err := os.Symlink(target, l.in("tmp")); err != nil {
				return err
			}
			if err := os.Rename(l.in("tmp"), l.in("victim")); err != nil {
				return err
			}
		}
		if err := os.Link(l.in("inside"), l.in("tmp")); err != nil {
			return err
		}
		return os.Rename(l.in("tmp"), l.in("victim"))
	}
	require.NoError(t, swap())
	race(t, 3000, swap, func() {
		pin, errno := l.Pin("victim")
		if errno != abi.OK {
			require.Contains(t, []abi.Errno{abi.EPERM, abi.ELOOP}, errno)
			return
		}
		b, err := os.ReadFile(fdPath(pin))
		require.NoError(t, err)
		require.Equal(t, "inside", string(b))
		require.NoError(t, pin.Close())
	})
}

func TestParentAndResolveSayWhereAPathLeads(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("dir/sub")
	l.write("dir/file", "text")
	l.symlink("dir", "dlink")
	l.symlink("dir/flink", "link")
	l.symlink("file", "dir/flink")
	l.symlink("gone", "dangling")

	for _, c := range []struct{ path, parent, resolved string }{
		{"file", "file", "file"},
		{"/file", "file", "file"},
		{"dir/file", "dir/file", "dir/file"},
		{"dlink/file", "dir/file", "dir/file"},
		{"dlink/sub/../file", "dir/file", "dir/file"},
		{"dlink//flink", "dir/flink", "dir/file"},
		{"link", "link", "dir/file"},
		{"dangling", "dangling", "gone"},
		{"dir/.", "dir/.", "dir/."},
		{"dir/sub/..", "dir/.", "dir/."},
		{"dlink", "dlink", "dir"},
		{".", ".", "."},
	} {
		t.Run(c.path, func(t *testing.T) {
			for _, by := range []struct {
				find func(string) (*os.File, string, abi.Errno)
				want string
			}{{l.Parent, c.parent}, {l.Resolve, c.resolved}} {
				dir, base, errno := by.find(c.path)
				require.Equal(t, abi.OK, errno)
				defer dir.Close()
				wantDir, wantBase := ".", by.want
				if i := strings.LastIndexByte(by.want, '/'); i > 0 {
					wantDir, wantBase = by.want[:i], by.want[i+1:]
				}
				require.Equal(t, wantBase, base)
				got, err := dir.Stat()
				require.NoError(t, err)
				want, err := os.Stat(l.in(wantDir))
				require.NoError(t, err)
				require.True(t, os.SameFile(want, got))
			}
		})
	}
	for path, want := range map[string]abi.Errno{
		"": abi.ENOENT, "none/x": abi.ENOENT, "dir/file/x": abi.ENOTDIR, "dir/": abi.ENOTDIR,
		"..": abi.EPERM, "a\x00": abi.EINVAL,
	} {
		for _, by := range []func(string) (*os.File, string, abi.Errno){l.Parent, l.Resolve} {
			dir, _, errno := by(path)
			require.Equal(t, want, errno, path)
			require.Nil(t, dir)
		}
	}
}

func TestCreateCountsWhatWasMade(t *testing.T) {
	l := newLab(t, Options{MaxFiles: 1})
	touch := func(dir *os.File, base string) abi.Errno {
		fd, err := unix.Openat(int(dir.Fd()), base, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY, 0o600)
		if err != nil {
			return errnoOf(err)
		}
		return errnoOf(unix.Close(fd))
	}
	fail := func(*os.File, string) abi.Errno { return abi.EADDRINUSE }
	require.Equal(t, abi.EADDRINUSE, l.Create("a", fail))
	require.Equal(t, abi.ENOENT, l.Create("none/a", touch))
	require.Equal(t, abi.ENOTDIR, l.Create("a/", touch))
	require.Equal(t, abi.EPERM, l.Create("../a", touch))
	require.Equal(t, abi.OK, l.Create("a", touch))
	require.Equal(t, abi.EEXIST, l.Create("a", touch))
	require.Empty(t, l.limits)
	require.Equal(t, abi.EDQUOT, l.Create("b", touch))
	require.Equal(t, []string{"files"}, l.limits)
}
