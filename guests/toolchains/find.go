package toolchains

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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

// Find returns the folder with the named toolchain's files, which have the
// last parts of their paths in the package as names, or ErrMissing. It looks
// at the sizes alone: the hashes were checked before the files got their
// names, and Verify checks them again.
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
	for _, f := range t.Files {
		file := t.installed(root, f)
		info, err := os.Stat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", &Error{Subject: t.String(), Kind: ErrMissing}
		case err != nil:
			return "", &Error{Subject: t.String(), Kind: ErrMissing, Detail: err}
		case info.Size() != f.Size:
			return "", &Error{Subject: t.String(), Kind: ErrMissing,
				Detail: fmt.Errorf("%s is not a file of %d bytes", file, f.Size)}
		}
	}
	return t.folder(root), nil
}

// Verify reads every byte of the named toolchain, and returns ErrMismatch
// unless they are the pinned ones, or ErrMissing if they cannot be read.
func Verify(name string) error {
	t, err := pinned(name)
	if err != nil {
		return err
	}
	root, err := Folder()
	if err != nil {
		return err
	}
	for _, f := range t.Files {
		if err := t.verify(t.installed(root, f), f); err != nil {
			return err
		}
	}
	return nil
}

// verify holds a file against what was pinned for it.
func (t Toolchain) verify(file string, want File) error {
	f, err := os.Open(file)
	if err != nil {
		return &Error{Subject: t.String(), Kind: ErrMissing, Detail: err}
	}
	defer f.Close()
	sum := sha256.New()
	// One byte more than it should have is enough to know.
	n, err := io.Copy(sum, io.LimitReader(f, want.Size+1))
	if err != nil {
		return &Error{Subject: t.String(), Kind: ErrMissing, Detail: err}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != want.Size || got != want.SHA256 {
		return &Error{Subject: t.String(), Kind: ErrMismatch,
			Detail: fmt.Errorf("%s: SHA-256 %s of %d bytes, want %s of %d", file, got, min(n, want.Size), want.SHA256, want.Size)}
	}
	return nil
}
