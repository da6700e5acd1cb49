package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// system is what a Watcher asks of the machine; tests put failures in.
type system struct {
	timing
	open  func() (*fsnotify.Watcher, error)
	add   func(fs *fsnotify.Watcher, dir string) error
	mount func(dir string) (kind string) // names the file system if it sends no events, else ""
	most  int                            // files and folders
	gate  sync.Locker                    // if not nil, held while looking
}

func (w *Watcher) openNotify() {
	fs, err := w.system.open()
	if err != nil {
		w.poll(noRoom(err))
		return
	}
	w.fs = fs
}

func (w *Watcher) closeNotify() {
	if w.fs != nil {
		w.fs.Close()
		w.fs = nil
	}
}

// poll gives up notification, for a reason that the user is told.
func (w *Watcher) poll(why string) {
	w.closeNotify()
	why = fmt.Sprintf("looking at the files every %d ms, %s", w.system.poll.Milliseconds(), why)
	w.polling.Store(&why)
}

func noRoom(err error) string {
	return fmt.Sprintf("because the system gives no file notification (%v); on Linux, "+
		"sysctl fs.inotify.max_user_instances and fs.inotify.max_user_watches say how much there is", err)
}

// notifications returns the channels that events come on: nil without notification.
func (w *Watcher) notifications() (chan fsnotify.Event, chan error) {
	if w.fs == nil {
		return nil, nil
	}
	return w.fs.Events, w.fs.Errors
}

// follow makes the folders in now, and no others, those whose events we get,
// and tells whether there is one that we did not get events of before.
func (w *Watcher) follow(before, now map[string]folder) (added bool) {
	if w.fs == nil {
		return false
	}
	live := map[string]bool{}
	for _, dir := range w.fs.WatchList() {
		live[dir] = true
		if _, wanted := now[dir]; !wanted {
			w.fs.Remove(dir) // fails if it is gone already
		}
	}
	for dir, f := range now {
		old, known := before[dir]
		if live[dir] && known && os.SameFile(old.info, f.info) {
			continue
		}
		if kind := w.system.mount(dir); kind != "" {
			w.poll(fmt.Sprintf("because %s is on a %s file system, which does not notify of changes", dir, kind))
			return false
		}
		err := w.system.add(w.fs, dir)
		switch {
		case err == nil:
			added = true
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			// Gone since, or closed to us: the next look finds out.
		default:
			w.poll(noRoom(err))
			return false
		}
	}
	return added
}
