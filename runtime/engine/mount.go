package engine

import (
	"fmt"

	"socklab/host/abi"
	"socklab/host/files"
)

// openFiles opens what the guest's mounts are, and returns how to close them
// when it has ended. A child has its parent's, and closes none.
func (i *Instance) openFiles() (closeFiles func(), err error) {
	onErrno := func(errno abi.Errno) { i.process.FileErrno(errno) }
	if parent := i.spec.parent; parent != nil {
		for _, m := range parent.mounts {
			i.mounts = append(i.mounts, mounted{m.guest, m.fs.Share(onErrno), m.readOnly})
		}
		return func() {}, nil
	}
	s := &i.spec
	closeFiles = func() {
		if s.Paths != nil {
			s.Paths.mounts.Store(nil)
		}
		for _, m := range i.mounts {
			m.fs.Close()
		}
	}
	for _, mnt := range s.Mounts {
		o := files.Options{
			ReadOnly: mnt.ReadOnly, MaxBytes: s.Limits.FileBytes, MaxFiles: s.Limits.Files,
			OnLimit: func(string) { i.end("files") },
			OnErrno: onErrno,
		}
		var f *files.FS
		var err error
		if mnt.Folder != nil {
			f, err = files.OpenIn(mnt.Folder, o)
		} else {
			f, err = files.Open(mnt.Host, o)
		}
		if err != nil {
			closeFiles()
			return nil, fmt.Errorf("mount %s: %w", mnt.Guest, err)
		}
		i.mounts = append(i.mounts, mounted{mnt.Guest, f, mnt.ReadOnly})
	}
	if s.Paths != nil {
		s.Paths.mounts.Store(&i.mounts)
	}
	return closeFiles, nil
}
