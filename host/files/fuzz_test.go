package files

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/experimental/sys"
	wasys "github.com/tetratelabs/wazero/sys"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// parts are what the fuzzer's paths are made of.
var parts = []string{
	"..", ".", "", "a", "b", "a/b", "file", "new", "new2", "up", "out", "abs", "absdir", "loop", "fifo", "dangling",
	"canary", "root", "outside", "../canary", "../outside", "../..", "\x00", "up/outside", strings.Repeat("n", 256),
}

// script turns fuzzed bytes into choices; after its end all are 0.
type script []byte

func (s *script) pick(n int) int {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return int(b) % n
}

func (s *script) path() string {
	var p []string
	for range s.pick(5) + 1 {
		p = append(p, parts[s.pick(len(parts))])
	}
	return []string{"", "/", "./"}[s.pick(3)] + strings.Join(p, "/") + []string{"", "", "/"}[s.pick(3)]
}

// world is a folder full of traps, with two canaries outside.
type world struct {
	*lab
	outside map[wasys.Inode]string
	before  []string
}

func newWorld(t *testing.T) *world {
	l := newLab(t, Options{})
	top := filepath.Dir(l.dir)
	require.NoError(t, os.Mkdir(filepath.Join(top, "outside"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(top, "outside", "canary"), []byte(secret), 0o600))
	l.mkdir("a/b")
	l.write("file", "inside")
	l.write("a/file", "inside")
	for link, target := range map[string]string{
		"up": "..", "out": "../canary", "a/out": "../../canary", "abs": l.canary, "absdir": top, "a/b/up": "../../..",
		"loop": "loop", "dangling": "../new", "a/up": "../up",
	} {
		l.symlink(target, link)
	}
	require.NoError(t, unix.Mkfifo(l.in("fifo"), 0o600))
	w := &world{lab: l, outside: map[wasys.Inode]string{}}
	w.before = w.look()
	return w
}

// look describes everything outside the folder.
func (w *world) look() []string {
	var all []string
	top := filepath.Dir(w.dir)
	require.NoError(w.t, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == w.dir {
			return fs.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := wasys.NewStat_t(info)
		w.outside[st.Ino] = path
		line := path + " " + info.Mode().String()
		if !info.IsDir() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += " " + info.ModTime().String() + string(rune('0'+st.Nlink)) + " " + string(b)
		}
		all = append(all, line)
		return nil
	}))
	return all
}

func (w *world) inside(ino wasys.Inode, what string) {
	if path := w.outside[ino]; path != "" {
		w.t.Fatalf("%s reached %s", what, path)
	}
}

func (w *world) step(s *script) {
	path := s.path()
	switch s.pick(14) {
	case 0:
		f, errno := w.OpenFile(path, sys.Oflag(s.pick(256))|sys.Oflag(s.pick(256))<<8, 0o600)
		if errno != 0 {
			return
		}
		ino, _ := f.Ino()
		w.inside(ino, "open "+path)
		f.Write([]byte("overwritten"))
		f.Utimens(5, 5)
		f.Truncate(20)
		buf := make([]byte, 64)
		n, _ := f.Pread(buf, 0)
		require.NotContains(w.t, string(buf[:n]), secret)
		dirents, _ := f.Readdir(-1)
		for _, e := range dirents {
			w.inside(e.Ino, "readdir "+path)
		}
		require.Zero(w.t, f.Close())
	case 1:
		st, _ := w.Stat(path)
		w.inside(st.Ino, "stat "+path)
	case 2:
		st, _ := w.Lstat(path)
		w.inside(st.Ino, "lstat "+path)
	case 3:
		w.Mkdir(path, 0o700)
	case 4:
		w.Chmod(path, 0o700)
	case 5:
		w.Rename(path, s.path())
	case 6:
		w.Rmdir(path)
	case 7:
		w.Unlink(path)
	case 8:
		w.Link(path, s.path())
	case 9:
		w.Symlink(path, s.path())
	case 10:
		w.Readlink(path)
	case 11:
		w.Utimens(path, 5, 5)
		w.setTimes(path, 6, 6)
	case 12:
		if pin, errno := w.Pin(path); errno == abi.OK {
			info, err := pin.Stat()
			require.NoError(w.t, err)
			w.inside(wasys.NewStat_t(info).Ino, "pin "+path)
			require.NoError(w.t, pin.Close())
		}
	case 13:
		for _, by := range []func(string) (*os.File, string, abi.Errno){w.Parent, w.Resolve} {
			dir, base, errno := by(path)
			if errno != abi.OK {
				continue
			}
			require.NotContains(w.t, base, "/")
			require.NotEqual(w.t, "..", base)
			info, err := dir.Stat()
			require.NoError(w.t, err)
			w.inside(wasys.NewStat_t(info).Ino, "parent "+path)
			require.NoError(w.t, dir.Close())
		}
	}
}

// FuzzPath plays any sequence of operations on hostile paths: none hangs,
// none reaches what is outside the folder.
func FuzzPath(f *testing.F) {
	// One seed for each operation on ../canary, up/canary, out, abs and fifo.
	for op := range byte(14) {
		f.Add([]byte{1, 0, 16, 0, 0, op, 1, 9, 16, 0, 0, op, 0, 10, 0, 0, op, 0, 11, 0, 0, op, 0, 14, 0, 0, op, 3, 1})
	}
	// mkdir a/b/new, symlink ../../canary there, rename it to the top, open it.
	f.Add([]byte{1, 5, 7, 0, 0, 3, 1, 0, 19, 0, 0, 9, 2, 5, 7, 8, 0, 0, 2, 5, 7, 8, 0, 0, 5, 0, 8, 0, 0, 0, 8, 0, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWorld(t)
		s := script(data)
		for n := 0; len(s) > 0 && n < 50; n++ {
			w.step(&s)
		}
		require.Equal(t, w.before, w.look())
	})
}
