package watch

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// maxRead bounds how much of a file is compared, in bytes. Of what is
	// longer, the time of the last change must stand for the rest.
	maxRead = 32 << 20

	// A file system may keep times this coarsely: a file changed so shortly
	// before it was read may have changed again without another time.
	coarse = 2 * time.Second
)

// scope is what a Watcher watches.
type scope struct {
	roots []string // absolute
	match func(file string) bool
	most  int // files and folders to look at, below the roots
}

// sight is where a scope's files are at a moment. Events carry the names of
// folders as they were added, so those are real paths, without symbolic links.
type sight struct {
	files   map[string]string // as reported: real path
	names   map[string]bool   // real paths of the roots, there or not
	folders map[string]folder // by real path: those whose events matter
	entries int
	missing bool // a root, so that its folder must be looked for
	full    bool // there is more than scope.most
}

type folder struct {
	info   fs.FileInfo
	report string // its path as reported, "" if only roots in it count
}

func (s scope) look() sight {
	found := sight{files: map[string]string{}, names: map[string]bool{}, folders: map[string]folder{}}
	for _, root := range s.roots {
		s.lookAt(&found, root)
	}
	return found
}

func (s scope) lookAt(found *sight, root string) {
	parent, err := filepath.EvalSymlinks(filepath.Dir(root))
	if err != nil {
		found.missing = true
		return
	}
	name := filepath.Join(parent, filepath.Base(root))
	found.names[name] = true
	found.addFolder(parent, "")
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		found.missing = true
		return
	}
	if real != name {
		found.names[real] = true
		found.addFolder(filepath.Dir(real), "")
	}
	switch info, err := os.Stat(real); {
	case err != nil:
		found.missing = true
	case info.IsDir():
		s.walk(found, real, root)
	case info.Mode().IsRegular():
		found.files[root] = real
	}
}

// addFolder tells whether the folder is new, as one whose every file counts if
// report is not "".
func (found *sight) addFolder(real, report string) bool {
	if f, ok := found.folders[real]; ok && (f.report != "" || report == "") {
		return false
	}
	info, err := os.Stat(real)
	if err != nil {
		return false // gone since
	}
	found.folders[real] = folder{info, report}
	return true
}

// walk adds the files below a folder. A symbolic link to a folder is not
// followed: it may lead anywhere, and around.
func (s scope) walk(found *sight, real, report string) {
	if !found.addFolder(real, report) {
		return
	}
	entries, _ := os.ReadDir(real) // what can be read of it
	for _, e := range entries {
		if Ignored(e.Name()) {
			continue
		}
		if found.entries++; found.entries > s.most {
			found.full = true
			return
		}
		real, report := filepath.Join(real, e.Name()), filepath.Join(report, e.Name())
		switch {
		case e.IsDir():
			s.walk(found, real, report)
		case s.match != nil && !s.match(report):
		default:
			if info, err := os.Stat(real); err == nil && info.Mode().IsRegular() {
				found.files[report] = real
			}
		}
	}
}

// concerns tells whether an event is a reason to look again.
func (found sight) concerns(e fsnotify.Event, match func(string) bool) bool {
	if e.Op == fsnotify.Chmod {
		return false // also what touch(1) causes
	}
	if found.names[e.Name] {
		return true
	}
	if _, ok := found.folders[e.Name]; ok {
		return true
	}
	in, base := found.folders[filepath.Dir(e.Name)], filepath.Base(e.Name)
	if in.report == "" || Ignored(base) {
		return false
	}
	// What is created or goes away may be a folder.
	return e.Op != fsnotify.Write || match == nil || match(filepath.Join(in.report, base))
}

// snapshot is what the files held when they were read, by path as reported.
type snapshot map[string]reading

type reading struct {
	sum  uint64
	info fs.FileInfo // before it was read
	at   time.Time   // when it was read
	torn bool        // it changed while it was read
}

// scan looks for the files, follows the folders they are in, and reads what
// may have changed.
func (w *Watcher) scan() snapshot {
	if gate := w.system.gate; gate != nil {
		gate.Lock()
		defer gate.Unlock()
	}
	for range 3 {
		before := w.sight.folders
		w.sight = w.scope.look()
		// What was put into a folder before we followed it was not notified.
		if !w.follow(before, w.sight.folders) {
			break
		}
	}
	next := make(snapshot, len(w.sight.files))
	for path, real := range w.sight.files {
		old, known := w.seen[path]
		r, err := w.read(real, old)
		switch {
		case err == nil:
			next[path] = r
		case known && !errors.Is(err, fs.ErrNotExist):
			next[path] = old // closed to us for the moment: as far as we know, the same
		}
	}
	w.seen = next
	return next
}

// read reads a file, unless it is certainly what was read before.
func (w *Watcher) read(real string, old reading) (reading, error) {
	// Should a pipe have taken the file's place, opening must not wait for its writer.
	f, err := os.OpenFile(real, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return reading{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return reading{}, err
	}
	if !info.Mode().IsRegular() {
		return reading{}, fs.ErrNotExist
	}
	if old.info != nil && same(old.info, info) && old.at.Sub(info.ModTime()) > coarse {
		return old, nil
	}
	now := time.Now()
	var h maphash.Hash
	h.SetSeed(w.seed)
	n, err := io.Copy(&h, io.LimitReader(f, maxRead))
	if err != nil {
		return reading{}, err
	}
	if n == maxRead {
		fmt.Fprint(&h, info.Size(), info.ModTime().UnixNano())
	}
	after, err := f.Stat()
	return reading{h.Sum64(), info, now, err != nil || !same(info, after)}, err
}

func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// diff returns the files whose content differs, sorted, and whether one of
// them looks as if its writer had not finished: gone, empty, or moving.
func diff(before, now snapshot) (paths []string, unfinished bool) {
	for path, b := range before {
		if _, ok := now[path]; !ok || now[path].sum != b.sum {
			paths = append(paths, path)
		}
	}
	for path := range now {
		if _, ok := before[path]; !ok {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		r, ok := now[path]
		unfinished = unfinished || !ok || r.info.Size() == 0 || r.torn
	}
	slices.Sort(paths)
	return paths, unfinished
}
