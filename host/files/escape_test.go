package files

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/experimental/sys"

	"socklab/host/abi"
)

func TestNoPathLeadsOut(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("a/b")
	outside := filepath.Dir(l.canary)
	l.symlink(l.canary, "abs")
	l.symlink("../canary", "rel")
	l.symlink("../../../canary", "a/b/deep")
	l.symlink("..", "up")
	l.symlink(outside, "absdir")
	l.symlink("a/chain2", "chain1")
	l.symlink("b/chain3", "a/chain2")
	l.symlink("../../../canary", "a/b/chain3")
	l.symlink("../root/a", "roundabout")

	for _, path := range []string{
		"..", "../", "../canary", "/../canary", "a/../../canary", "a/b/../../../canary",
		"./../canary", "a/./../../canary", "a//..//..//canary", "../root/a", "../root", "a/b/../../..",
		"abs", "rel", "a/b/deep", "chain1", "up/canary", "up/.", "up/", "up/root/a", "absdir/canary", "absdir/",
		"roundabout/b", "a/../up/canary", "a/../../root/../canary",
	} {
		t.Run(path, func(t *testing.T) {
			final := map[string]bool{"abs": true, "rel": true, "a/b/deep": true, "chain1": true}[path]
			var got []sys.Errno
			add := func(e sys.Errno) { got = append(got, e) }
			_, errno := l.Stat(path)
			add(errno)
			add(l.open(path, sys.O_RDONLY))
			add(l.open(path, sys.O_RDWR))
			add(l.open(path, sys.O_RDWR|sys.O_CREAT))
			add(l.open(path, sys.O_RDWR|sys.O_CREAT|sys.O_TRUNC))
			add(l.open(path, sys.O_RDONLY|sys.O_DIRECTORY))
			add(l.Chmod(path, 0o777))
			add(l.Utimens(path, 1, 1))
			if !final { // else the link itself is meant
				_, errno = l.Lstat(path)
				add(errno)
				_, errno = l.Readlink(path)
				add(errno)
				if errno := l.Mkdir(path, 0o700); errno != sys.EEXIST || !strings.HasSuffix(path, "/") {
					add(errno) // Linux takes "mkdir link/" for the link
				}
				add(l.open(path, sys.O_RDWR|sys.O_CREAT|sys.O_EXCL))
				add(l.Link(path, "new"))
				add(l.Link("a/b/deep", path))
				add(l.Symlink("x", path))
			}
			for i, errno := range got {
				require.Equal(t, sys.EPERM, errno, "operation %d", i)
			}
			_, _, resolved := l.Resolve(path)
			_, pinned := l.Pin(path)
			require.NotEqual(t, abi.OK, resolved)
			require.NotEqual(t, abi.OK, pinned)
		})
	}
	l.canaryLives()
}

// Names that a removal or a rename takes without following: outside, they
// are refused; a link is removed itself.
func TestNoRemovalOrRenameReachesOut(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("a")
	l.write("file", "text")
	l.symlink("..", "up")
	for _, path := range []string{"../canary", "up/canary", "a/../../canary", "up/root/file", "../root/file", ".."} {
		for i, errno := range []sys.Errno{
			l.Unlink(path), l.Rmdir(path), l.Rename(path, "new"), l.Rename("file", path), l.Rename("a", path),
		} {
			require.Equal(t, sys.EPERM, errno, "operation %d on %s", i, path)
		}
		_, _, errno := l.Parent(path)
		require.Equal(t, abi.EPERM, errno)
	}
	l.symlink("../canary", "rel")
	require.Zero(t, l.Rename("rel", "rel2"))
	require.Zero(t, l.Link("rel2", "rel3"), "a hard link is to the link")
	require.Equal(t, sys.EPERM, l.open("rel3", sys.O_RDONLY))
	require.Zero(t, l.Unlink("rel2"))
	l.canaryLives()
}

func TestAGuestsOwnLinkOutIsNeverFollowed(t *testing.T) {
	l := newLab(t, Options{})
	require.Equal(t, sys.EPERM, l.Symlink(l.canary, "abs"))
	require.Zero(t, l.Symlink("../canary", "rel"))
	require.Equal(t, sys.EPERM, l.open("rel", sys.O_RDONLY))

	// Harmless where it is made, and not where it is moved to.
	require.Zero(t, l.Mkdir("a", 0o700))
	require.Zero(t, l.Symlink("../canary", "a/in"))
	require.Equal(t, sys.ENOENT, l.open("a/in", sys.O_RDONLY))
	require.Zero(t, l.Rename("a/in", "in"))
	require.Equal(t, sys.EPERM, l.open("in", sys.O_RDWR|sys.O_CREAT|sys.O_TRUNC))
	l.canaryLives()
}

func TestMoreLinksThanAreFollowed(t *testing.T) {
	l := newLab(t, Options{})
	l.write("link0", "text")
	for i := range 9 {
		l.symlink(fmt.Sprint("link", i), fmt.Sprint("link", i+1))
	}
	require.Zero(t, l.open("link8", sys.O_RDONLY))
	require.Equal(t, sys.ELOOP, l.open("link9", sys.O_RDONLY))
	dir, base, errno := l.Resolve("link8")
	require.Equal(t, abi.OK, errno)
	require.NoError(t, dir.Close())
	require.Equal(t, "link0", base)
	_, _, errno = l.Resolve("link9")
	require.Equal(t, abi.ELOOP, errno)
}

// canaryLives checks that nothing outside has changed.
func (l *lab) canaryLives() {
	l.t.Helper()
	b, err := os.ReadFile(l.canary)
	require.NoError(l.t, err)
	require.Equal(l.t, secret, string(b))
	entries, err := os.ReadDir(filepath.Dir(l.canary))
	require.NoError(l.t, err)
	require.Len(l.t, entries, 2)
}

// race runs swap over and over beside n rounds of try.
func race(t *testing.T, n int, swap func() error, try func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() {
		for failed == nil {
			select {
			case <-stop:
				return
			default:
				failed = swap()
			}
		}
	})
	for range n {
		try()
	}
	close(stop)
	wg.Wait()
	require.NoError(t, failed)
}

func TestALinkSwappedInDuringAnOpenIsNotFollowedOut(t *testing.T) {
	l := newLab(t, Options{})
	l.write("inside", "inside")
	l.mkdir("dir")
	l.write("dir/canary", "inside")
	// "victim" and "vdir" are by turns what is inside and links out.
	swap := func() error {
		for _, step := range []struct{ target, name string }{
			{"inside", "victim"}, {"../canary", "victim"}, {l.canary, "victim"},
			{"dir", "vdir"}, {"..", "vdir"}, {filepath.Dir(l.canary), "vdir"},
		} {
			tmp := l.in("tmp")
			if err := os.Symlink(step.target, tmp); err != nil {
				return err
			}
			if err := os.Rename(tmp, l.in(step.name)); err != nil {
				return err
			}
		}
		return nil
	}
	require.NoError(t, swap())
	outcomes := map[string]int{}
	race(t, 3000, swap, func() {
		for _, path := range []string{"victim", "vdir/canary"} {
			f, errno := l.OpenFile(path, sys.O_RDWR|sys.O_CREAT, 0o600)
			if errno != 0 {
				outcomes[errno.Error()]++
				continue
			}
			outcomes["open"]++
			require.Equal(t, "inside", read(t, f))
			require.Zero(t, f.Close())
			if st, errno := l.Stat(path); errno == 0 {
				require.EqualValues(t, len("inside"), st.Size)
			}
			l.Chmod(path, 0o600)
			l.Utimens(path, 1, 1)
		}
	})
	t.Log(outcomes)
	l.canaryLives()
	st, err := os.Stat(l.canary)
	require.NoError(t, err)
	require.NotEqual(t, int64(1), st.ModTime().UnixNano())
}

// A directory that the host moves out of the folder in the middle of a walk
// must not make ".." a way out.
func TestADirectoryMovedDuringAWalkIsNoWayOut(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("a/b/c")
	l.write("a/canary", "inside")
	l.write("canary", "inside")
	away := filepath.Join(filepath.Dir(l.dir), "away")
	defer os.RemoveAll(away)
	swap := func() error {
		if err := os.Rename(l.in("a/b"), away); err != nil {
			return err
		}
		return os.Rename(away, l.in("a/b"))
	}
	race(t, 3000, swap, func() {
		for _, path := range []string{"a/b/../canary", "a/b/c/../../canary", "a/b/c/../../../canary"} {
			f, errno := l.OpenFile(path, sys.O_RDONLY, 0)
			if errno != 0 {
				require.Contains(t, []sys.Errno{sys.ENOENT, sys.EPERM}, errno)
				continue
			}
			require.Equal(t, "inside", read(t, f))
			require.Zero(t, f.Close())
		}
	})
}

// Two guests of one folder: one renames directories while the other walks,
// makes and removes through them.
func TestRenamesDuringAWalkStayInside(t *testing.T) {
	l := newLab(t, Options{})
	other, err := Open(l.dir, Options{})
	require.NoError(t, err)
	defer other.Close()
	require.Zero(t, l.Mkdir("a", 0o700))
	require.Zero(t, l.Mkdir("a/b", 0o700))
	swap := func() error {
		other.Rename("a/b", "b")
		other.Symlink("..", "a/b")
		other.Unlink("a/b")
		if errno := other.Rename("b", "a/b"); errno != 0 {
			return errno
		}
		return nil
	}
	race(t, 2000, swap, func() {
		l.open("a/b/canary", sys.O_RDWR|sys.O_CREAT|sys.O_TRUNC)
		l.Rename("a/b/canary", "a/b/../canary")
		l.Unlink("a/b/canary")
		l.Link("a/canary", "a/b/canary2")
		l.Unlink("a/b/canary2")
		l.Rmdir("a/b/..")
	})
	l.canaryLives()
}

func TestLongWalksAreBounded(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("d")
	l.symlink("d/../d/../d/../d/../d", "zigzag")
	path := strings.Repeat("d/../", 800)
	require.Equal(t, sys.ENAMETOOLONG, l.open(path, sys.O_RDONLY))
	require.Equal(t, sys.ELOOP, l.open(strings.Repeat("zigzag/../", 100), sys.O_RDONLY))
}
