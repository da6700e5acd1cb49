package watch

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/require"
)

// What must happen, happens within this time or the test fails.
const soon = 10 * time.Second

// quick makes the tests quick. That notification works shows in that they
// pass without ever looking for another reason.
var quick = timing{
	quiet:   2 * time.Millisecond,
	grace:   4 * time.Millisecond,
	limit:   time.Hour,
	poll:    2 * time.Millisecond,
	recheck: time.Hour,
}

func real(t timing) system {
	return system{
		timing: t,
		open:   fsnotify.NewWatcher,
		add:    (*fsnotify.Watcher).Add,
		mount:  func(string) string { return "" }, // wherever the tests run
		most:   1000,
	}
}

// watched is a Watcher that looks at nothing while atOnce runs: however long
// the machine lets a test wait between two system calls of a save, to the
// Watcher they are close together.
type watched struct {
	*Watcher
	t     *testing.T
	mu    sync.Mutex
	looks atomic.Int64
}

func (w *watched) Lock()   { w.mu.Lock() }
func (w *watched) Unlock() { w.looks.Add(1); w.mu.Unlock() }

func watching(t *testing.T, o Options) *watched { return watchingOn(t, o, real(quick)) }

func watchingOn(t *testing.T, o Options, s system) *watched {
	w := &watched{t: t}
	s.gate = w
	var err error
	w.Watcher, err = start(t.Context(), o, s)
	require.NoError(t, err)
	t.Cleanup(func() { w.Close() })
	return w
}

func (w *watched) atOnce(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

// andLook waits until the Watcher has looked after do.
func (w *watched) andLook(do func()) {
	var before int64
	w.atOnce(func() { before = w.looks.Load(); do() })
	require.Eventually(w.t, func() bool { return w.looks.Load() > before }, soon, time.Millisecond)
}

func (w *watched) next() Change {
	w.t.Helper()
	select {
	case c, ok := <-w.Changes():
		require.True(w.t, ok, "the Watcher has ended")
		return c
	case <-time.After(soon):
		require.FailNow(w.t, "no Change")
		panic("unreachable")
	}
}

// requireNothingBefore fails if a Change is yet to come before one that this
// makes, in a file that is watched.
func (w *watched) requireNothingBefore(other string) {
	w.t.Helper()
	w.atOnce(func() {
		disk{w.t}.create(other+".tmp", "changed "+time.Now().String())
		disk{w.t}.rename(other+".tmp", other)
	})
	require.Equal(w.t, []string{other}, w.next().Paths)
}

func TestABurstEndsAfterQuietOrAtItsLimit(t *testing.T) {
	var b burst
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	require.False(t, b.open())
	b.add(at(0))
	require.True(t, b.open())
	require.Equal(t, at(25), b.end(usual.quiet, usual.limit))
	b.add(at(20))
	require.Equal(t, at(45), b.end(usual.quiet, usual.limit))
	require.Equal(t, at(120), b.end(usual.grace, usual.limit))
	b.add(at(490))
	require.Equal(t, at(500), b.end(usual.quiet, usual.limit))
	require.Equal(t, at(0), b.first)
}

func TestAFileThatWasEmptiedWaitsForItsContent(t *testing.T) {
	slow := quick
	slow.grace = time.Hour
	for _, poll := range []bool{false, true} {
		dir := t.TempDir()
		file, other := filepath.Join(dir, "a.py"), filepath.Join(dir, "b.py")
		for name, begin := range map[string]func(){
			"emptied": func() { disk{t}.write(os.O_TRUNC, file) },
			"removed": func() { disk{t}.remove(file) },
		} {
			t.Run(name, func(t *testing.T) {
				os.WriteFile(file, []byte("old"), 0o644)
				w := watchingOn(t, Options{Paths: []string{file, other}, Poll: poll}, real(slow))
				got := make(chan Change)
				go func() { got <- <-w.Changes() }() // would take one that came too early
				w.andLook(begin)
				w.atOnce(func() { disk{t}.write(os.O_CREATE, file, "new") })
				require.Equal(t, []string{file}, (<-got).Paths)
				w.requireNothingBefore(other)
			})
		}
	}
}

func TestAFileThatStaysEmptyIsReported(t *testing.T) {
	everyWay(t, func(t *testing.T, w *watched, file, other string) {
		w.atOnce(func() { disk{t}.write(os.O_TRUNC, file) })
		require.Equal(t, []string{file}, w.next().Paths)
		w.requireNothingBefore(other)
	})
}

func TestWritingWithoutEndIsReportedAtTheLimit(t *testing.T) {
	endless := quick
	endless.quiet, endless.limit = time.Hour, 50*time.Millisecond
	for _, poll := range []bool{false, true} {
		file := filepath.Join(t.TempDir(), "a.py")
		disk{t}.create(file, "old")
		w := watchingOn(t, Options{Paths: []string{file}, Poll: poll}, real(endless))
		for deadline := time.Now().Add(soon); ; {
			disk{t}.write(os.O_APPEND, file, "x")
			select {
			case c := <-w.Changes():
				require.Equal(t, []string{file}, c.Paths)
			case <-time.After(time.Millisecond):
				require.True(t, time.Now().Before(deadline), "no Change")
				continue
			}
			break
		}
	}
}

// growing lets a file grow before each look, some times.
type growing struct {
	*watched
	file string
	left int
}

func (g *growing) Lock() {
	g.watched.Lock()
	if g.left--; g.left >= 0 {
		disk{g.t}.write(os.O_APPEND|os.O_CREATE, g.file, "x")
	}
}

func TestPollingWaitsUntilAFileStopsGrowing(t *testing.T) {
	g := &growing{&watched{t: t}, filepath.Join(t.TempDir(), "a.py"), 5}
	s := real(quick)
	s.gate = g
	var err error
	g.Watcher, err = start(t.Context(), Options{Paths: []string{g.file}, Poll: true}, s)
	require.NoError(t, err)
	defer g.Close()
	g.next()
	require.Equal(t, "xxxxx", disk{t}.read(g.file))
}

func TestChangesThatNobodyTakesAreJoined(t *testing.T) {
	dir := t.TempDir()
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	for _, file := range []string{a, b, c} {
		disk{t}.create(file, "old")
	}
	w := watching(t, Options{Paths: []string{dir}})
	w.andLook(func() { disk{t}.write(0, a, "new") })
	between := time.Now()
	w.andLook(func() { disk{t}.write(0, b, "new") })
	w.andLook(func() { disk{t}.write(0, c, "new") })
	w.andLook(func() { disk{t}.write(0, c, "old") }) // c is back
	change := w.next()
	require.Equal(t, []string{a, b}, change.Paths)
	require.True(t, change.At.Before(between))
	w.requireNothingBefore(c)
}

func TestAChangeUndoneBeforeItIsTakenIsNone(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	disk{t}.create(a, "old")
	disk{t}.create(b, "old")
	w := watching(t, Options{Paths: []string{dir}})
	w.andLook(func() { disk{t}.write(0, a, "new") })
	w.andLook(func() { disk{t}.write(0, a, "old") })
	w.requireNothingBefore(b)
}

func TestAWatcherEnds(t *testing.T) {
	for _, poll := range []bool{false, true} {
		o := Options{Paths: []string{t.TempDir()}, Poll: poll}
		t.Run("when closed, even if nobody takes its Changes", func(t *testing.T) {
			w := watching(t, o)
			w.andLook(func() { disk{t}.create(filepath.Join(o.Paths[0], "a"), "new") })
			require.NoError(t, w.Close())
			require.NoError(t, w.Close())
			for range w.Changes() {
			}
			require.Nil(t, w.fs)
		})
		t.Run("with its context", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			w, err := Watch(ctx, o)
			require.NoError(t, err)
			cancel()
			for range w.Changes() {
			}
			require.NoError(t, w.Close())
		})
	}
}

func TestNoticeOfASaveComesAtOnce(t *testing.T) {
	for _, poll := range []bool{false, true} {
		file := filepath.Join(t.TempDir(), "a.py")
		disk{t}.create(file, "old")
		w, err := Watch(t.Context(), Options{Paths: []string{file}, Poll: poll})
		require.NoError(t, err)
		defer w.Close()
		polling, why := w.Polling()
		t.Log(polling, why)
		saved := time.Now()
		disk{t}.write(os.O_TRUNC, file, "new")
		require.Equal(t, []string{file}, (&watched{Watcher: w, t: t}).next().Paths)
		t.Log(time.Since(saved))
	}
}

func TestWhatCannotBeWatched(t *testing.T) {
	_, err := Watch(t.Context(), Options{})
	require.ErrorContains(t, err, "nothing to watch")

	small := real(quick)
	small.most = 3
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		disk{t}.create(filepath.Join(dir, name))
	}
	w := watchingOn(t, Options{Paths: []string{dir}}, small)
	_, err = start(t.Context(), Options{Paths: []string{dir, dir}}, small)
	require.NoError(t, err, "a folder named twice is no more files")

	// A folder that grows later goes on being watched, as far as it was.
	w.andLook(func() { disk{t}.create(filepath.Join(dir, "d"), "new") })
	w.requireNothingBefore(filepath.Join(dir, "b"))
	_, err = start(t.Context(), Options{Paths: []string{dir}}, small)
	require.ErrorContains(t, err, "too many to watch")
}
