package toolchains

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Step is what a Fetch is doing.
type Step string

// The steps, in order. Waiting is left out unless another process is fetching
// the same toolchain.
const (
	Waiting     Step = "waiting for another process that is fetching it"
	Downloading Step = "downloading"
	Verifying   Step = "verifying"
	Done        Step = "done"
)

// Progress is how far a Fetch has come.
type Progress struct {
	Step  Step
	Bytes int64 // on disk so far, never more than Total
	Total int64 // the toolchain's size
}

// Fetch makes sure that the named toolchain is here and returns its folder, as
// Find does. What is here already costs nothing; otherwise it runs npm, blocks
// until that is done or ctx ends, and calls progress (nil for none) from the
// calling goroutine: when a step begins, and ten times a second while
// downloading.
//
// Any number of processes may fetch at once: one downloads, the others wait
// for it. A Fetch that fails or is killed leaves nothing that counts as
// fetched.
//
// # Errors
//
// An *Error of kind ErrNoNPM, ErrNoNetwork, ErrMismatch, ErrNoSpace,
// ErrReadOnly or ErrNPM, or the context's.
func Fetch(ctx context.Context, name string, progress func(Progress)) (string, error) {
	t, err := pinned(name)
	if err != nil {
		return "", err
	}
	root, err := Folder()
	if err != nil {
		return "", err
	}
	alone, lock, err := t.only(manifest, lockfile)
	if err != nil {
		return "", err
	}
	return fetcher{t, alone, lock, progress}.fetch(ctx, root)
}

type fetcher struct {
	Toolchain
	manifest, lockfile []byte
	progress           func(Progress)
}

func (f fetcher) report(step Step, bytes int64) {
	if f.progress != nil {
		f.progress(Progress{step, min(bytes, f.size()), f.size()})
	}
}

func (f fetcher) fetch(ctx context.Context, root string) (string, error) {
	if dir, err := f.find(root); err == nil {
		return dir, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", &Error{Subject: f.String(), Kind: ErrNoNPM, Detail: err}
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fileError(f.String(), err)
	}
	// Names that begin with a dot are never anybody's toolchain.
	work := filepath.Join(root, "."+filepath.Base(f.folder(root)))
	unlock, err := f.lock(ctx, work+".lock")
	if err != nil {
		return "", err
	}
	if unlock != nil {
		defer unlock()
		if dir, err := f.find(root); err == nil { // the process waited for has fetched it
			return dir, nil
		}
		// Holding the lock, what earlier fetches left behind is nobody's.
		stale, _ := filepath.Glob(work + ".tmp*")
		for _, dir := range stale {
			os.RemoveAll(dir)
		}
	}
	tmp, err := os.MkdirTemp(root, filepath.Base(work)+".tmp")
	if err != nil {
		return "", fileError(f.String(), err)
	}
	defer os.RemoveAll(tmp)
	if err := f.room(tmp, f.size()); err != nil { // npm ends well on a disk that has become full
		return "", err
	}
	return f.install(ctx, npm, tmp, root)
}

// install has npm fill tmp, and moves what passes the check to its place.
func (f fetcher) install(ctx context.Context, npm, tmp, root string) (string, error) {
	f.report(Downloading, 0)
	err := errors.Join(
		os.WriteFile(filepath.Join(tmp, "package.json"), f.manifest, 0o644),
		os.WriteFile(filepath.Join(tmp, "package-lock.json"), f.lockfile, 0o644))
	if err != nil {
		return "", fileError(f.String(), err)
	}
	err = runNPM(ctx, f.String(), npm, tmp, func(n int64) { f.report(Downloading, n) })
	if err != nil {
		return "", err
	}
	f.report(Verifying, f.size())
	pkg := filepath.Join(tmp, "node_modules", filepath.FromSlash(f.Package))
	for _, file := range f.Files {
		got := filepath.Join(pkg, filepath.FromSlash(file.Path))
		if _, err := os.Stat(got); err != nil { // npm before version 7 ignores such a lock
			return "", &Error{Subject: f.String(), Kind: ErrNPM, Detail: err}
		}
		if err := f.verify(got, file); err != nil {
			return "", err
		}
	}
	if err := f.place(pkg, root); err != nil {
		return "", fileError(f.String(), err)
	}
	f.report(Done, f.size())
	return f.folder(root), nil
}

// room is an error where a folder's disk has fewer bytes left than are needed.
func (f fetcher) room(dir string, need int64) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return nil // whoever writes there will learn it
	}
	if left := disk.Bavail * uint64(disk.Bsize); left < uint64(need) {
		const mib = 1 << 20
		return &Error{f.String(), ErrNoSpace, fmt.Errorf("%d MiB are needed and %d MiB are left", (need+mib-1)/mib, left/mib)}
	}
	return nil
}

// place moves the files under their final names, their licence first.
func (f fetcher) place(pkg, root string) error {
	if err := os.MkdirAll(f.folder(root), 0o755); err != nil {
		return err
	}
	licence := filepath.Join(f.folder(root), "LICENSE")
	if err := os.Rename(filepath.Join(pkg, "LICENSE"), licence); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, file := range f.Files {
		from := filepath.Join(pkg, filepath.FromSlash(file.Path))
		if err := flush(from); err != nil {
			return err
		}
		if err := os.Rename(from, f.installed(root, file)); err != nil {
			return err
		}
	}
	return nil
}

// flush writes a file out to the disk: a rename must not outlive, over a power
// cut, the bytes that it names.
func flush(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// lock takes the advisory lock file, see flock(2), waiting for whoever has it.
// It ends with its process, however that ends. A nil unlock without an error
// means that this file system has no locks: then each fetches for itself, and
// the last rename wins, with the same bytes.
func (f fetcher) lock(ctx context.Context, file string) (unlock func(), err error) {
	fd, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fileError(f.String(), err)
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for waiting := false; ; waiting = true {
		switch err := syscall.Flock(int(fd.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
		case nil:
			return func() { fd.Close() }, nil
		case syscall.EWOULDBLOCK, syscall.EINTR:
		default:
			fd.Close()
			return nil, nil
		}
		if !waiting {
			f.report(Waiting, 0)
		}
		select {
		case <-ctx.Done():
			fd.Close()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}
