package files

import (
	"strings"
	"syscall"

	"github.com/tetratelabs/wazero/experimental/sys"
)

// named is a name in a directory, open only for the times of what it is to be
// set, be that a link, a directory, or a file that may not be opened.
type named struct {
	sys.UnimplementedFile

	fs *FS
	at place
}

// openNamed opens path without following a link at its end. Whether there is
// something by that name is found when its times are set.
func (f *FS) openNamed(path string) (*named, error) {
	if f.readOnly {
		return nil, syscall.EROFS
	}
	if strings.HasSuffix(path, "/") {
		path += "." // a directory is meant, behind a link or not
	}
	at, err := f.parent(path)
	if err != nil {
		return nil, err
	}
	return &named{fs: f, at: at}, nil
}

// Utimens implements sys.File.
func (e *named) Utimens(atim, mtim int64) sys.Errno {
	return e.fs.errno(retry(func() error { return lutimens(e.at.fd(), e.at.base, atim, mtim) }))
}

// Close implements sys.File.
func (e *named) Close() sys.Errno { return e.fs.errno(e.at.dir.Close()) }
