package watch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// save is a way to save: the system calls that a program makes to give a
// file, which exists, new content.
type save struct {
	name string
	do   func(d disk, file, content string)
}

// disk makes system calls, which must succeed.
type disk struct{ t *testing.T }

func (d disk) write(flags int, file string, parts ...string) {
	f, err := os.OpenFile(file, os.O_WRONLY|flags, 0o644)
	require.NoError(d.t, err)
	for _, p := range parts {
		_, err = f.WriteString(p)
		require.NoError(d.t, err)
	}
	require.NoError(d.t, f.Close())
}
func (d disk) create(file string, parts ...string) {
	d.write(os.O_CREATE|os.O_EXCL, file, parts...)
}
func (d disk) rename(from, to string) { require.NoError(d.t, os.Rename(from, to)) }
func (d disk) remove(file string)     { require.NoError(d.t, os.Remove(file)) }
func (d disk) mkdir(dir string)       { require.NoError(d.t, os.MkdirAll(dir, 0o755)) }
func (d disk) symlink(to, at string)  { require.NoError(d.t, os.Symlink(to, at)) }
func (d disk) chmod(file string, mode os.FileMode) {
	require.NoError(d.t, os.Chmod(file, mode))
}
func (d disk) read(file string) string {
	b, err := os.ReadFile(file)
	require.NoError(d.t, err)
	return string(b)
}

// beside is the path of another name in the file's folder.
func beside(file, before, after string) string {
	return filepath.Join(filepath.Dir(file), before+filepath.Base(file)+after)
}

var saves = []save{
	{"in place, in one write", func(d disk, file, content string) {
		d.write(os.O_TRUNC, file, content)
	}},
	{"in place, in several writes", func(d disk, file, content string) {
		d.write(os.O_TRUNC, file, content[:1], content[1:3], content[3:])
	}},
	{"over the old content, then cut", func(d disk, file, content string) {
		d.write(0, file, content)
		require.NoError(d.t, os.Truncate(file, int64(len(content))))
	}},
	{"at the end", func(d disk, file, content string) {
		d.write(os.O_TRUNC, file)
		d.write(os.O_APPEND, file, content)
	}},
	{"vim, backupcopy=no", func(d disk, file, content string) {
		swap := beside(file, ".", ".swp")
		d.create(swap, "swap")
		probe := filepath.Join(filepath.Dir(file), "4913")
		d.create(probe)
		d.chmod(probe, 0o644)
		d.remove(probe)
		d.rename(file, file+"~")
		d.create(file, content)
		d.chmod(file, 0o644)
		d.write(0, swap, "swap again")
		d.remove(file + "~")
		d.remove(swap)
	}},
	{"vim, backupcopy=yes", func(d disk, file, content string) {
		swap := beside(file, ".", ".swp")
		d.create(swap, "swap")
		d.create(file+"~", d.read(file))
		d.write(os.O_TRUNC, file, content)
		d.remove(file + "~")
		d.remove(swap)
	}},
	{"emacs", func(d disk, file, content string) {
		lock := beside(file, ".#", "")
		d.symlink("student@machine.1234:1", lock)
		d.create(beside(file, "#", "#"), "half of "+content)
		d.rename(file, file+"~")
		d.create(file, content)
		d.chmod(file, 0o644)
		d.remove(beside(file, "#", "#"))
		d.remove(lock)
	}},
	{"a temporary file renamed over it", func(d disk, file, content string) {
		d.create(file+".tmp", content)
		d.chmod(file+".tmp", 0o644)
		d.rename(file+".tmp", file)
	}},
	{"gedit", func(d disk, file, content string) {
		tmp := filepath.Join(filepath.Dir(file), ".goutputstream-X1Y2Z3")
		d.create(tmp, content[:2], content[2:])
		require.NoError(d.t, os.Link(file, file+"~"))
		d.rename(tmp, file)
		d.remove(file + "~")
	}},
	{"sed -i", func(d disk, file, content string) {
		tmp := filepath.Join(filepath.Dir(file), "sedAb3dEf")
		d.create(tmp, content)
		d.chmod(tmp, 0o644)
		d.rename(tmp, file)
	}},
	{"a JetBrains editor", func(d disk, file, content string) {
		d.create(file+"___jb_tmp___", content)
		d.rename(file, file+"___jb_old___")
		d.rename(file+"___jb_tmp___", file)
		d.remove(file + "___jb_old___")
	}},
	{"a file renamed in from elsewhere", func(d disk, file, content string) {
		tmp := filepath.Join(d.t.TempDir(), "new")
		d.create(tmp, content)
		d.rename(tmp, file)
	}},
	{"removed and created, as git does", func(d disk, file, content string) {
		d.remove(file)
		d.create(file, content)
	}},
	{"exchanged for a symbolic link", func(d disk, file, content string) {
		target := filepath.Join(d.t.TempDir(), "target")
		d.create(target, content)
		d.remove(file)
		d.symlink(target, file)
	}},
	{"same time", func(d disk, file, content string) {
		info, err := os.Stat(file)
		require.NoError(d.t, err)
		d.write(0, file, content)
		require.NoError(d.t, os.Chtimes(file, info.ModTime(), info.ModTime()))
	}},
	{"a file of the same size and time renamed over it", func(d disk, file, content string) {
		long := time.Unix(1e9, 0)
		d.create(file+".tmp", content)
		require.NoError(d.t, os.Chtimes(file+".tmp", long, long))
		d.rename(file+".tmp", file)
	}},
	{"old time", func(d disk, file, content string) {
		d.write(0, file, content)
		require.NoError(d.t, os.Truncate(file, int64(len(content))))
		old := time.Now().Add(-time.Hour)
		require.NoError(d.t, os.Chtimes(file, old, old))
	}},
}

// Ways to touch a file that leave its content as it was.
var touches = []save{
	{"chmod", func(d disk, file, _ string) {
		d.chmod(file, 0o755)
	}},
	{"touch", func(d disk, file, _ string) {
		now := time.Now().Add(time.Minute)
		require.NoError(d.t, os.Chtimes(file, now, now))
	}},
	{"the same content written again", func(d disk, file, _ string) {
		d.write(os.O_TRUNC, file, d.read(file))
	}},
	{"the same content renamed over it", func(d disk, file, _ string) {
		d.create(file+".tmp", d.read(file))
		d.rename(file+".tmp", file)
	}},
	{"removed and created the same", func(d disk, file, _ string) {
		old := d.read(file)
		d.remove(file)
		d.create(file, old)
	}},
	{"renamed away and back", func(d disk, file, _ string) {
		d.rename(file, file+".away")
		d.rename(file+".away", file)
	}},
	{"what editors leave beside", func(d disk, file, _ string) {
		for _, name := range []string{file + "~", beside(file, ".", ".swp"), beside(file, "#", "#"),
			filepath.Join(filepath.Dir(file), "4913"), filepath.Join(filepath.Dir(file), "sedAb3dEf")} {
			d.create(name, "x")
		}
		d.symlink("student@machine.1234:1", beside(file, ".#", ""))
		d.mkdir(filepath.Join(filepath.Dir(file), "__pycache__"))
		d.create(filepath.Join(filepath.Dir(file), "__pycache__", "x.pyc"), "x")
	}},
}

// everyWay runs a test on a watched file and a watched folder, notified and
// polling. The test's folder holds the files a.py and b.py.
func everyWay(t *testing.T, test func(t *testing.T, w *watched, file, other string)) {
	for _, poll := range []bool{false, true} {
		for _, folder := range []bool{false, true} {
			name := map[bool]string{false: "notified", true: "polling"}[poll] +
				map[bool]string{false: " of files", true: " of a folder"}[folder]
			t.Run(name, func(t *testing.T) {
				dir := t.TempDir()
				file, other := filepath.Join(dir, "a.py"), filepath.Join(dir, "b.py")
				disk{t}.create(file, "old content")
				disk{t}.create(other, "old content")
				paths := []string{file, other}
				if folder {
					paths = []string{dir}
				}
				test(t, watching(t, Options{Paths: paths, Poll: poll}), file, other)
			})
		}
	}
}

func TestEachWayToSaveIsOneChange(t *testing.T) {
	for _, s := range saves {
		t.Run(s.name, func(t *testing.T) {
			everyWay(t, func(t *testing.T, w *watched, file, other string) {
				before := time.Now()
				for _, content := range []string{"first save!", "second save", "a third save, longer"} {
					w.atOnce(func() { s.do(disk{t}, file, content) })
					c := w.next()
					require.Equal(t, []string{file}, c.Paths)
					require.Equal(t, content, disk{t}.read(file))
					require.WithinRange(t, c.At, before, time.Now())
				}
				w.requireNothingBefore(other)
			})
		})
	}
}

func TestTheSameContentIsNoChange(t *testing.T) {
	for _, s := range touches {
		t.Run(s.name, func(t *testing.T) {
			everyWay(t, func(t *testing.T, w *watched, file, other string) {
				w.atOnce(func() { s.do(disk{t}, file, "") })
				w.requireNothingBefore(other)
			})
		})
	}
}
