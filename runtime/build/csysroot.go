package build

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	guest "socklab/guests/c"
	"socklab/guests/toolchains"
	"socklab/runtime/engine"
)

// sysroot makes the folder that the compiler sees as /usr: wasi-libc out of
// the toolchain's archive, and in usr/socklab our headers and libsocket,
// compiled. It is made once for each version of either, and kept.
func (c *clang) sysroot(ctx context.Context, archive string) (string, error) {
	parent := filepath.Join(c.o.CacheDir, "c")
	version, err := cVersion()
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	dir := filepath.Join(parent, version)
	now := time.Now()
	if os.Chtimes(dir, now, now) == nil {
		return dir, nil
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	removeUnused(parent, now)
	tmp, err := os.MkdirTemp(parent, ".new-")
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	defer os.RemoveAll(tmp)
	c.o.Progress(preparingC, 0, 0)
	if err := unpack(archive, tmp); err != nil {
		return "", fmt.Errorf("build: %s: %w", archive, err)
	}
	if err := os.CopyFS(filepath.Join(tmp, "socklab"), guest.Files); err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	if err := c.libsocket(ctx, tmp); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, dir); err != nil {
		if _, there := os.Stat(dir); there != nil { // or another process was faster
			return "", fmt.Errorf("build: %w", err)
		}
	}
	return dir, nil
}

// cVersion names what a sysroot is made of, and the programs that are kept
// in it.
func cVersion() (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", [][]string{cFlags, cStudents, cLink, cLibraries})
	for _, t := range toolchains.All() {
		if t.Name == "clang" {
			fmt.Fprintln(h, t.Files)
		}
	}
	err := fs.WalkDir(guest.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(guest.Files, name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(b), b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:12]), err
}

// removeUnused removes what of a folder nobody has used for long.
func removeUnused(parent string, now time.Time) {
	old, _ := os.ReadDir(parent)
	for _, o := range old {
		if info, err := o.Info(); err == nil && now.Sub(info.ModTime()) > unused {
			os.RemoveAll(filepath.Join(parent, o.Name()))
		}
	}
}

// maxUnpacked bounds what is unpacked, in bytes; the archive has 30 MB.
const maxUnpacked = 100 << 20

// unpack unpacks what C programs need of the toolchain's archive: C++ is left
// out. Names that lead outside are an error, and so is all but plain files and
// folders.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var total int64
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := path.Clean(h.Name)
		switch {
		case !filepath.IsLocal(name):
			return fmt.Errorf("%q leads outside", h.Name)
		case h.Typeflag == tar.TypeDir:
			continue
		case h.Typeflag != tar.TypeReg:
			return fmt.Errorf("%q is not a plain file", h.Name)
		case !forC(name):
			continue
		}
		if total += h.Size; total > maxUnpacked {
			return errors.New("too large")
		}
		if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
			return err
		}
		w, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, r)
		if err = errors.Join(err, w.Close()); err != nil {
			return err
		}
	}
}

// forC tells whether a file of the archive is of use to C programs.
func forC(name string) bool {
	parts := strings.Split(name, "/")
	switch {
	case slices.Contains(parts, "c++"), strings.HasPrefix(path.Base(name), "libc++"):
		return false
	case parts[0] == "lib":
		return true
	case parts[0] == "include": // the compiler's own headers, and wasi-libc's
		return len(parts) == 2 || parts[1] == "wasm32-wasip1"
	}
	return false
}

// libsocket compiles our library into a sysroot.
func (c *clang) libsocket(ctx context.Context, usr string) error {
	sources, err := fs.Glob(guest.Files, "lib/*.c")
	if err != nil {
		return err
	}
	mounts := []engine.Mount{{Host: usr, Guest: "/usr"}}
	archive := []string{"ar", "rcs", "/usr/socklab/libsocket.a"}
	for _, s := range sources {
		object := "/usr/socklab/" + strings.TrimSuffix(s, ".c") + ".o"
		args := slices.Concat([]string{"clang", "-c", "-Wall", "-Wextra", "-Werror"}, cFlags, []string{"-Os", "-o", object, "/usr/socklab/" + s})
		if err := c.must(ctx, toolJob{args: args, mounts: mounts}); err != nil {
			return err
		}
		archive = append(archive, object)
	}
	return c.must(ctx, toolJob{args: archive, mounts: mounts})
}

// must runs a step that does not depend on what a student wrote.
func (c *clang) must(ctx context.Context, job toolJob) error {
	said, code, err := c.tool.run(ctx, job)
	if err == nil && code != 0 {
		err = fmt.Errorf("build: %s", strings.Join(job.args, " "))
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	return nil
}
