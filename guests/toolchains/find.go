package toolchains

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

// Folder returns where toolchains are kept: $SOCKLAB_TOOLCHAINS if set, else
// socklab/toolchains in the user's cache folder, else (HOME is not set) a
// folder of this user's own in the temporary folder. It creates only the last,
// and that one is refused with an error if it belongs to somebody else.
func Folder() (string, error) {
	if dir := os.Getenv("SOCKLAB_TOOLCHAINS"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		return filepath.Join(cache, "socklab", "toolchains"), nil
	}
	// Anybody may create names in a shared temporary folder, so the name
	// alone proves nothing.
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("socklab-toolchains-%d", os.Getuid()))
	os.Mkdir(dir, 0o700) // may exist; what is there is judged next
	info, statErr := os.Lstat(dir)
	if statErr != nil {
		return "", fileError("toolchains", errors.Join(err, statErr))
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || !ok || int(st.Uid) != os.Getuid() {
		return "", &Error{Subject: "toolchains", Kind: ErrReadOnly,
			Detail: fmt.Errorf("%w, and %s is not a folder that only you can write", err, dir)}
	}
	return dir, nil
}

// Find returns the path of the named toolchain's file, or ErrMissing. It
// looks at the size alone: the hash was checked before the file got its name,
// and Verify checks it again.
func Find(name string) (string, error) {
	t, err := pinned(name)
	if err != nil {
		return "", err
	}
	root, err := Folder()
	if err != nil {
		return "", err
	}
	return t.find(root)
}

func (t Toolchain) find(root string) (string, error) {
	file := t.installed(root)
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &Error{Subject: t.String(), Kind: ErrMissing}
	case err != nil:
		return "", &Error{Subject: t.String(), Kind: ErrMissing, Detail: err}
	case info.Size() != t.Size:
		return "", &Error{Subject: t.String(), Kind: ErrMissing,
			Detail: fmt.Errorf("%s is not a file of %d bytes", file, t.Size)}
	}
	return file, nil
}

// Verify reads the whole file, which Find or Fetch named, and returns
// ErrMismatch unless it is a pinned one, or ErrMissing if it cannot be read.
func Verify(file string) error {
	for _, t := range pins {
		if path.Base(t.File) == filepath.Base(file) {
			return t.verify(file)
		}
	}
	return &Error{Subject: file, Kind: ErrMismatch, Detail: errors.New("no toolchain has a file of this name")}
}

func (t Toolchain) verify(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return &Error{Subject: t.String(), Kind: ErrMissing, Detail: err}
	}
	defer f.Close()
	sum := sha256.New()
	// One byte more than it should have is enough to know.
	n, err := io.Copy(sum, io.LimitReader(f, t.Size+1))
	if err != nil {
		return &Error{Subject: t.String(), Kind: ErrMissing, Detail: err}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != t.Size || got != t.SHA256 {
		return &Error{Subject: t.String(), Kind: ErrMismatch,
			Detail: fmt.Errorf("%s: SHA-256 %s of %d bytes, want %s of %d", file, got, min(n, t.Size), t.SHA256, t.Size)}
	}
	return nil
}
