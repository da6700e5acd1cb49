package files

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
				add(l.setTimes(path, 1, 1))
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
			if resolved != abi.ENOTDIR || !strings.HasSuffix(path, "/") {
				require.Equal(t, abi.EPERM, resolved)
			}
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

func TestLongWalksAreBounded(t *testing.T) {
	l := newLab(t, Options{})
	l.mkdir("d")
	l.symlink("d/../d/../d/../d/../d", "zigzag")
	path := strings.Repeat("d/../", 800)
	require.Equal(t, sys.ENAMETOOLONG, l.open(path, sys.O_RDONLY))
	require.Equal(t, sys.ELOOP, l.open(strings.Repeat("zigzag/../", 100), sys.O_RDONLY))
}
