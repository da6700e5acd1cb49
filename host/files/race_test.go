package files

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/experimental/sys"
)

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
			l.setTimes(path, 1, 1)
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

func TestOnlyOneExclusiveCreateSucceeds(t *testing.T) {
	l := newLab(t, Options{})
	for range 300 {
		var made atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				f, errno := l.OpenFile("lock", sys.O_CREAT|sys.O_EXCL|sys.O_RDWR, 0o600)
				if errno == 0 {
					made.Add(1)
					f.Close()
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, made.Load())
		require.Zero(t, l.Unlink("lock"))
	}
}

func TestACreateSucceedsThoughTheFileComesAndGoes(t *testing.T) {
	l := newLab(t, Options{})
	swap := func() error {
		if err := os.WriteFile(l.in("file"), nil, 0o600); err != nil {
			return err
		}
		return os.Remove(l.in("file"))
	}
	race(t, 3000, swap, func() {
		require.Zero(t, l.open("file", sys.O_CREAT|sys.O_RDWR))
	})
}
