package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A compiler that is a guest takes two seconds to load in each process. So the
// last modules are kept on disk, each with the hashes of what its source has
// included, and a program that has not changed needs no compiler.

// cKept is the folder of the modules of one sysroot.
func cKept(usr string) string { return filepath.Join(usr, "socklab", "built") }

// mtimeGrain is more than file systems round the time of a change by.
const mtimeGrain = 10 * time.Millisecond

// cMaxKept bounds how many modules are kept.
const cMaxKept = 200

// cManifest is what a kept module was made of.
type cManifest struct {
	Included map[string]string // hashes of the files in the source's folder
	SHA256   string            // of the module
	Warnings string            `json:",omitempty"` // to be told again
}

// cKey names a program: what its files are called and what is in them, and
// which names its folder has, since a new header may come before a system's.
func cKey(root *os.Root, files []string) (string, error) {
	h := sha256.New()
	for _, name := range files {
		sum, err := hashIn(root, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %s\n", name, sum)
	}
	names, err := fs.ReadDir(root.FS(), ".")
	for _, n := range names {
		if strings.HasSuffix(n.Name(), ".h") || n.IsDir() {
			fmt.Fprintf(h, "%q\n", n.Name())
		}
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

// hashIn is the hash of a plain file in a folder. It does not wait for what is
// at the other end of another kind.
func hashIn(root *os.Root, name string) (string, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a plain file", name)
	}
	h := sha256.New()
	if err == nil {
		_, err = io.Copy(h, f)
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

// cFind returns the module that was kept for a program, and the warnings about
// it, if nothing that it is made of has changed.
func cFind(kept, key string, root *os.Root) (code []byte, warnings string, ok bool) {
	var m cManifest
	about, err := os.ReadFile(filepath.Join(kept, key+".json"))
	if err != nil || json.Unmarshal(about, &m) != nil {
		return nil, "", false
	}
	for name, want := range m.Included {
		if sum, err := hashIn(root, name); err != nil || sum != want {
			return nil, "", false
		}
	}
	file := filepath.Join(kept, key+".wasm")
	code, err = os.ReadFile(file)
	if sum := sha256.Sum256(code); err != nil || hex.EncodeToString(sum[:]) != m.SHA256 {
		return nil, "", false
	}
	now := time.Now()
	os.Chtimes(file, now, now)
	return code, m.Warnings, true
}

// cKeep keeps a program whose compiling began at a time. Failing to is no harm.
// A file that was changed since then, or just before, may not be what the
// compiler has read: such a module is not kept.
func cKeep(kept, key string, root *os.Root, began time.Time, built *cBuilt) {
	sum := sha256.Sum256(built.code)
	m := cManifest{Included: map[string]string{}, SHA256: hex.EncodeToString(sum[:]), Warnings: built.warnings}
	for _, name := range built.included {
		sum, err := hashIn(root, name)
		info, statErr := root.Stat(name)
		if err != nil || statErr != nil || info.ModTime().After(began.Add(-mtimeGrain)) {
			return
		}
		m.Included[name] = sum
	}
	about, err := json.Marshal(m)
	if err = errors.Join(err, writeFile(filepath.Join(kept, key+".wasm"), built.code)); err == nil {
		writeFile(filepath.Join(kept, key+".json"), about)
	}
	cForget(kept)
}

// cForget removes the modules that were not used for longest.
func cForget(kept string) {
	all, _ := filepath.Glob(filepath.Join(escapeGlob.Replace(kept), "*.wasm"))
	for len(all) > cMaxKept {
		oldest, when := 0, time.Time{}
		for i, f := range all {
			if info, err := os.Stat(f); err == nil && (when.IsZero() || info.ModTime().Before(when)) {
				oldest, when = i, info.ModTime()
			}
		}
		os.Remove(all[oldest])
		os.Remove(strings.TrimSuffix(all[oldest], ".wasm") + ".json")
		all = append(all[:oldest], all[oldest+1:]...)
	}
}

// cIncluded reads what clang tells of the files that a source includes, in
// make's form (-MD), and returns those in the source's folder.
func cIncluded(rule string) (names []string) {
	_, rule, _ = strings.Cut(rule, ": ")
	rule = strings.NewReplacer("\\\n", " ", "\\ ", "\x00", "\\#", "#", "$$", "$").Replace(rule)
	for _, name := range strings.Fields(rule) {
		name = path.Clean(strings.ReplaceAll(name, "\x00", " "))
		if strings.HasPrefix(name, "/usr/") {
			continue
		}
		if name = strings.TrimPrefix(name, "/"); filepath.IsLocal(name) {
			names = append(names, name)
		}
	}
	return names
}

var escapeGlob = strings.NewReplacer("\\", "\\\\", "*", "\\*", "?", "\\?", "[", "\\[")
