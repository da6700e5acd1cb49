package watch

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/require"
)

func TestNotificationThatIsNotThereMakesItPoll(t *testing.T) {
	for name, c := range map[string]struct {
		fail func(s *system)
		why  string
	}{
		"no instance left": {func(s *system) {
			s.open = func() (*fsnotify.Watcher, error) { return nil, os.NewSyscallError("inotify_init1", syscall.EMFILE) }
		}, "too many open files"},
		"no watch left": {func(s *system) {
			s.add = func(*fsnotify.Watcher, string) error { return syscall.ENOSPC }
		}, "max_user_watches"},
		"a mount without it": {func(s *system) {
			s.mount = func(string) string { return "9P" }
		}, "9P file system"},
	} {
		t.Run(name, func(t *testing.T) {
			s := real(quick)
			c.fail(&s)
			file := filepath.Join(t.TempDir(), "a.py")
			disk{t}.create(file, "old")
			w := watchingOn(t, Options{Paths: []string{file}}, s)
			polling, why := w.Polling()
			require.True(t, polling)
			require.Contains(t, why, c.why)
			require.Contains(t, why, "looking at the files every")
			w.atOnce(func() { disk{t}.write(0, file, "new") })
			require.Equal(t, []string{file}, w.next().Paths)
		})
	}
}

func TestNotificationMayRunOutLater(t *testing.T) {
	s := real(quick)
	dir := t.TempDir()
	sub := filepath.Join(dir, "sub")
	s.add = func(fs *fsnotify.Watcher, name string) error {
		if filepath.Base(name) == "sub" {
			return syscall.ENOSPC
		}
		return fs.Add(name)
	}
	w := watchingOn(t, Options{Paths: []string{dir}}, s)
	polling, _ := w.Polling()
	require.False(t, polling)
	file := filepath.Join(sub, "a.py")
	w.atOnce(func() { disk{t}.mkdir(sub); disk{t}.create(file, "one") })
	require.Equal(t, []string{file}, w.next().Paths)
	polling, _ = w.Polling()
	require.True(t, polling)
	w.atOnce(func() { disk{t}.write(0, file, "two") })
	require.Equal(t, []string{file}, w.next().Paths)
}

func TestAFolderClosedToUsIsNoReasonToPoll(t *testing.T) {
	s := real(quick)
	s.add = func(*fsnotify.Watcher, string) error { return syscall.EACCES }
	s.recheck = quick.poll
	file := filepath.Join(t.TempDir(), "a.py")
	disk{t}.create(file, "old")
	w := watchingOn(t, Options{Paths: []string{file}}, s)
	polling, _ := w.Polling()
	require.False(t, polling)
	w.atOnce(func() { disk{t}.write(0, file, "new") })
	require.Equal(t, []string{file}, w.next().Paths)
}

func TestLostEventsAreMadeUpFor(t *testing.T) {
	s := real(quick)
	var fs *fsnotify.Watcher
	s.open = func() (*fsnotify.Watcher, error) {
		var err error
		fs, err = fsnotify.NewWatcher()
		return fs, err
	}
	s.add = func(*fsnotify.Watcher, string) error { return nil } // no event ever comes
	file := filepath.Join(t.TempDir(), "a.py")
	disk{t}.create(file, "old")
	w := watchingOn(t, Options{Paths: []string{file}}, s)
	disk{t}.write(0, file, "new")
	fs.Errors <- fsnotify.ErrEventOverflow
	require.Equal(t, []string{file}, w.next().Paths)
}

func TestAFileThatCannotBeReadForAMomentIsNoChange(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("permissions do not stop root")
	}
	everyWay(t, func(t *testing.T, w *watched, file, other string) {
		w.atOnce(func() { disk{t}.chmod(file, 0) })
		w.requireNothingBefore(other)
		w.atOnce(func() { disk{t}.chmod(file, 0o644) })
		w.requireNothingBefore(other)
	})
}

func TestWhatIsCreatedBeforeItsFolderIsFollowedIsFound(t *testing.T) {
	s := real(quick)
	dir := t.TempDir()
	sub := filepath.Join(dir, "sub")
	file := filepath.Join(sub, "a.py")
	s.add = func(fs *fsnotify.Watcher, name string) error {
		if filepath.Base(name) == "sub" {
			disk{t}.write(os.O_CREATE, file, "just in time")
		}
		return fs.Add(name)
	}
	w := watchingOn(t, Options{Paths: []string{dir}}, s)
	w.atOnce(func() { disk{t}.mkdir(sub) })
	require.Equal(t, []string{file}, w.next().Paths)
}

func TestWhichEventsAreAReasonToLook(t *testing.T) {
	match := func(file string) bool { return filepath.Ext(file) == ".py" }
	found := sight{
		names:   map[string]bool{"/ws/named.txt": true},
		folders: map[string]folder{"/ws": {}, "/real": {report: "/link"}},
	}
	for _, c := range []struct {
		name string
		op   fsnotify.Op
		want bool
	}{
		{"/ws/named.txt", fsnotify.Write, true},
		{"/ws/named.txt", fsnotify.Chmod, false},
		{"/ws/other.py", fsnotify.Write, false},
		{"/ws", fsnotify.Remove, true},
		{"/real/a.py", fsnotify.Write, true},
		{"/real/log", fsnotify.Write, false},
		{"/real/perhaps-a-folder", fsnotify.Create, true},
		{"/real/.git", fsnotify.Create, false},
		{"/elsewhere/a.py", fsnotify.Write, false},
	} {
		require.Equal(t, c.want, found.concerns(fsnotify.Event{Name: c.name, Op: c.op}, match), c)
	}
}

func TestAPipeIsNotWaitedFor(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o644))
	_, err := (&Watcher{}).read(pipe, reading{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestDiffTellsWhatLooksUnfinished(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	disk{t}.create(file)
	empty, err := os.Stat(file)
	require.NoError(t, err)
	disk{t}.write(0, file, "x")
	full, err := os.Stat(file)
	require.NoError(t, err)
	old := snapshot{"a": {sum: 1, info: full}, "b": {sum: 1, info: full}}
	for name, c := range map[string]struct {
		now        snapshot
		paths      []string
		unfinished bool
	}{
		"nothing": {old, nil, false},
		"changed": {snapshot{"a": {sum: 2, info: full}, "b": {sum: 2, info: full}}, []string{"a", "b"}, false},
		"emptied": {snapshot{"a": {sum: 2, info: empty}, "b": old["b"]}, []string{"a"}, true},
		"moving":  {snapshot{"a": {sum: 2, info: full, torn: true}, "b": old["b"]}, []string{"a"}, true},
		"gone":    {snapshot{"b": old["b"]}, []string{"a"}, true},
		"new":     {snapshot{"a": old["a"], "b": old["b"], "c": {sum: 1, info: full}}, []string{"c"}, false},
	} {
		paths, unfinished := diff(old, c.now)
		require.Equal(t, c.paths, paths, name)
		require.Equal(t, c.unfinished, unfinished, name)
	}
}
