package watch

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// bothWays runs a test notified and polling, in a folder.
func bothWays(t *testing.T, test func(t *testing.T, dir string, o Options)) {
	t.Run("notified", func(t *testing.T) { test(t, t.TempDir(), Options{}) })
	t.Run("polling", func(t *testing.T) { test(t, t.TempDir(), Options{Poll: true}) })
}

func TestAFoldersFilesComeAndGo(t *testing.T) {
	bothWays(t, func(t *testing.T, dir string, o Options) {
		file := filepath.Join(dir, "new.py")
		o.Paths = []string{dir}
		w := watching(t, o)
		for range 2 {
			w.atOnce(func() { disk{t}.create(file, "content") })
			require.Equal(t, []string{file}, w.next().Paths)
			w.atOnce(func() { disk{t}.remove(file) })
			require.Equal(t, []string{file}, w.next().Paths)
		}
	})
}

func TestAFoldersFoldersAreWatched(t *testing.T) {
	bothWays(t, func(t *testing.T, dir string, o Options) {
		sub := filepath.Join(dir, "one", "two")
		file := filepath.Join(sub, "a.py")
		o.Paths = []string{dir}
		w := watching(t, o)
		for range 2 {
			w.atOnce(func() { disk{t}.mkdir(sub); disk{t}.create(file, "first") })
			require.Equal(t, []string{file}, w.next().Paths)
			w.atOnce(func() { disk{t}.write(0, file, "again") })
			require.Equal(t, []string{file}, w.next().Paths)

			// A folder made where one was removed may get the same number.
			moved := filepath.Join(t.TempDir(), "moved")
			w.atOnce(func() { disk{t}.rename(sub, moved) })
			require.Equal(t, []string{file}, w.next().Paths)
			w.atOnce(func() { disk{t}.rename(moved, sub) })
			require.Equal(t, []string{file}, w.next().Paths)
			w.atOnce(func() { disk{t}.write(0, file, "third") })
			require.Equal(t, []string{file}, w.next().Paths)
			w.atOnce(func() { require.NoError(t, os.RemoveAll(filepath.Join(dir, "one"))) })
			require.Equal(t, []string{file}, w.next().Paths)
		}
	})
}

func TestAFolderMayGoAndComeBack(t *testing.T) {
	for name, what := range map[string]func(top, dir, file string) (watch, remove string){
		"a folder":                  func(_, dir, _ string) (string, string) { return dir, dir },
		"a folder's parent":         func(top, dir, _ string) (string, string) { return dir, top },
		"the folder of a file":      func(_, dir, file string) (string, string) { return file, dir },
		"the parent of that of one": func(top, _, file string) (string, string) { return file, top },
	} {
		t.Run(name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, base string, o Options) {
				top := filepath.Join(base, "top")
				dir := filepath.Join(top, "dir")
				file := filepath.Join(dir, "a.py")
				watch, remove := what(top, dir, file)
				o.Paths = []string{watch}
				w := watching(t, o) // nothing is there yet
				for range 3 {
					w.atOnce(func() { disk{t}.mkdir(dir); disk{t}.create(file, "one") })
					require.Equal(t, []string{file}, w.next().Paths)
					w.atOnce(func() { disk{t}.write(0, file, "two") })
					require.Equal(t, []string{file}, w.next().Paths)
					w.atOnce(func() { require.NoError(t, os.RemoveAll(remove)) })
					require.Equal(t, []string{file}, w.next().Paths)
				}
			})
		})
	}
}

func TestAFolderMayBeMadeAnewInOneGo(t *testing.T) {
	bothWays(t, func(t *testing.T, dir string, o Options) {
		sub := filepath.Join(dir, "sub")
		file := filepath.Join(sub, "a.py")
		disk{t}.mkdir(sub)
		disk{t}.create(file, "old")
		o.Paths = []string{dir}
		w := watching(t, o)
		for _, content := range []string{"one", "two", "three"} {
			w.atOnce(func() {
				require.NoError(t, os.RemoveAll(sub))
				disk{t}.mkdir(sub) // often gets the number of the one just removed
				disk{t}.create(file, content)
			})
			require.Equal(t, []string{file}, w.next().Paths)
			w.atOnce(func() { disk{t}.write(os.O_APPEND, file, "more") })
			require.Equal(t, []string{file}, w.next().Paths)
		}
	})
}

func TestAFolderExchangedWithoutAnEventIsNoticed(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "here", "dir", "a.py")
	disk{t}.mkdir(filepath.Dir(file))
	disk{t}.create(file, "old")
	rechecking := quick
	rechecking.recheck = quick.poll
	w := watchingOn(t, Options{Paths: []string{file}}, real(rechecking))

	// Of the folder above the watched one, no event tells.
	w.atOnce(func() {
		disk{t}.rename(filepath.Join(base, "here"), filepath.Join(base, "away"))
		disk{t}.mkdir(filepath.Dir(file))
		disk{t}.create(file, "new")
	})
	require.Equal(t, []string{file}, w.next().Paths)
	w.atOnce(func() { disk{t}.write(0, file, "yet newer") })
	require.Equal(t, []string{file}, w.next().Paths)
}

func TestMatchPicksAFoldersFiles(t *testing.T) {
	bothWays(t, func(t *testing.T, dir string, o Options) {
		file, log := filepath.Join(dir, "a.py"), filepath.Join(dir, "log.txt")
		named := filepath.Join(dir, ".env")
		o.Paths = []string{dir, named}
		o.Match = func(file string) bool { return strings.HasSuffix(file, ".py") }
		w := watching(t, o)
		w.atOnce(func() { disk{t}.create(log, "line") })
		w.atOnce(func() { disk{t}.write(os.O_APPEND, log, "line") })
		w.requireNothingBefore(file)
		w.atOnce(func() { disk{t}.create(named, "A=1") })
		require.Equal(t, []string{named}, w.next().Paths)
	})
}

func TestAFileBehindASymbolicLinkIsWatched(t *testing.T) {
	bothWays(t, func(t *testing.T, dir string, o Options) {
		disk{t}.mkdir(filepath.Join(dir, "real"))
		target, link := filepath.Join(dir, "real", "a.py"), filepath.Join(dir, "a.py")
		disk{t}.create(target, "old")
		disk{t}.symlink(target, link)
		o.Paths = []string{link}
		w := watching(t, o)
		w.atOnce(func() { disk{t}.write(0, target, "new") })
		require.Equal(t, []string{link}, w.next().Paths)

		other := filepath.Join(dir, "other.py")
		w.atOnce(func() { disk{t}.create(other, "other"); disk{t}.remove(link); disk{t}.symlink(other, link) })
		require.Equal(t, []string{link}, w.next().Paths)
		w.atOnce(func() { disk{t}.write(0, other, "again") })
		require.Equal(t, []string{link}, w.next().Paths)
		if !o.Poll {
			require.NotContains(t, w.fs.WatchList(), filepath.Dir(target), "nothing there matters any more")
		}
	})
}

func TestAFolderBehindASymbolicLinkIsWatched(t *testing.T) {
	bothWays(t, func(t *testing.T, dir string, o Options) {
		disk{t}.mkdir(filepath.Join(dir, "real"))
		disk{t}.symlink(filepath.Join(dir, "real"), filepath.Join(dir, "linked"))
		o.Paths = []string{filepath.Join(dir, "linked")}
		w := watching(t, o)
		w.atOnce(func() { disk{t}.create(filepath.Join(dir, "real", "a.py"), "new") })
		require.Equal(t, []string{filepath.Join(dir, "linked", "a.py")}, w.next().Paths)
	})
}

func TestWhatIsNoFileIsLeftAlone(t *testing.T) {
	bothWays(t, func(t *testing.T, dir string, o Options) {
		o.Paths = []string{dir}
		disk{t}.symlink("/", filepath.Join(dir, "root"))
		disk{t}.symlink("nowhere", filepath.Join(dir, "dangling"))
		w := watching(t, o)
		w.atOnce(func() {
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
			disk{t}.symlink(dir, filepath.Join(dir, "around"))
			disk{t}.mkdir(filepath.Join(dir, "empty"))
		})
		w.requireNothingBefore(filepath.Join(dir, "a.py"))
	})
}

func TestAFileTooLongToCompareIsComparedByItsTimeToo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "big.wasm")
	disk{t}.create(file, "start")
	require.NoError(t, os.Truncate(file, maxRead+10)) // takes no room
	w := watching(t, Options{Paths: []string{file}})
	w.atOnce(func() {
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = f.WriteAt([]byte("x"), maxRead+5)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	})
	require.Equal(t, []string{file}, w.next().Paths)
}

func TestIgnoredNames(t *testing.T) {
	for _, name := range []string{".server.py.swp", "server.py~", "#server.py#", ".#server.py", "4913", "5036",
		"server.swp", "sedAb3dEf", ".git", ".goutputstream-ABC", "server.py.tmp", "server.py___jb_tmp___",
		"__pycache__", "node_modules", "server.pyc"} {
		require.True(t, Ignored(name), name)
	}
	for _, name := range []string{"server.py", "main.go", "client.c", "x.wasm", "README", "sedation", "42",
		"2024.txt", "tmp", "swap.py", "go.mod"} {
		require.False(t, Ignored(name), name)
	}
}
