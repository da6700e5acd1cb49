package build

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/guests/toolchains"
	"socklab/host/sock/kernel"
	"socklab/runtime/engine"
)

// pythonToolkit makes a Toolkit with a cache of its own. What is compiled is
// kept with the user's.
func pythonToolkit(t *testing.T) (k *Toolkit, cache string, steps *[]string) {
	t.Helper()
	if _, err := toolchains.Find("python"); err != nil {
		t.Skipf("no Python for guests here: %v", err)
	}
	e, err := shared()
	require.NoError(t, err)
	cache, steps = t.TempDir(), new([]string)
	k, err = New(Options{Engine: e, CacheDir: cache, Progress: func(step string, _, _ int64) { *steps = append(*steps, step) }})
	require.NoError(t, err)
	return k, cache, steps
}

func runPython(t *testing.T, k *Toolkit, file string) string {
	t.Helper()
	p, err := k.Build(t.Context(), file)
	require.NoError(t, err)
	require.Equal(t, Python, p.Language)
	var out, said bytes.Buffer
	i, err := p.Module.Start(context.Background(), p.Prepare(engine.Spec{
		Name: p.Name, Stack: kernel.New(), Stdout: &out, Stderr: &said, Mounts: []engine.Mount{{Host: filepath.Dir(file), Guest: "/"}}}))
	require.NoError(t, err)
	x := i.Wait()
	require.Zero(t, x.Code, "%+v %s", x, &said)
	return out.String()
}

func TestTheInterpreterIsPreparedOnceAndMadeAgainIfDamaged(t *testing.T) {
	k, cache, steps := pythonToolkit(t)
	file := filepath.Join(t.TempDir(), "main.py")
	require.NoError(t, os.WriteFile(file, []byte("print('hello')"), 0o600))
	require.Equal(t, "hello\n", runPython(t, k, file))
	require.Contains(t, *steps, preparingPython)

	*steps = nil
	again, err := New(k.o)
	require.NoError(t, err)
	require.Equal(t, "hello\n", runPython(t, again, file))
	require.Empty(t, *steps)

	kept, err := filepath.Glob(filepath.Join(cache, "python", "*", "*"))
	require.NoError(t, err)
	require.Len(t, kept, 2, "a module and an image")
	for _, f := range kept {
		if filepath.Ext(f) == ".image" { // the module's hash is checked by nobody, but it is compiled
			require.NoError(t, os.WriteFile(f, []byte("nonsense"), 0o600))
		} else {
			require.NoError(t, os.Remove(f))
		}
	}
	again, err = New(k.o)
	require.NoError(t, err)
	require.Equal(t, "hello\n", runPython(t, again, file))
}

func TestASourceThatCannotBeReadIsASourceError(t *testing.T) {
	k, _, _ := pythonToolkit(t)
	dir := t.TempDir()
	large := filepath.Join(dir, "large.py")
	require.NoError(t, os.WriteFile(large, make([]byte, maxSource+1), 0o600))
	for _, file := range []string{filepath.Join(dir, "missing.py"), large} {
		_, err := k.Build(t.Context(), file)
		var source *SourceError
		require.True(t, errors.As(err, &source), "%s: %v", file, err)
	}
}

func TestImagesThatNobodyUsesAreRemoved(t *testing.T) {
	parent := t.TempDir()
	fresh, old := filepath.Join(parent, "fresh"), filepath.Join(parent, "old")
	require.NoError(t, os.Mkdir(fresh, 0o700))
	require.NoError(t, os.Mkdir(old, 0o700))
	long := time.Now().Add(-unused - time.Hour)
	require.NoError(t, os.Chtimes(old, long, long))
	in := &interpreter{}
	require.NoError(t, in.folder(parent))
	require.DirExists(t, in.dir)
	require.DirExists(t, fresh)
	require.NoDirExists(t, old)
	require.NoError(t, os.Chtimes(in.dir, long, long))
	require.NoError(t, in.folder(parent))
	info, err := os.Stat(in.dir)
	require.NoError(t, err)
	require.Less(t, time.Since(info.ModTime()), unused)
}

func TestASourceIsFoundInTheMounts(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700))
	file := filepath.Join(dir, "a", "b", "x.py")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	link := filepath.Join(dir, "link.py")
	require.NoError(t, os.Symlink(file, link))
	outside := t.TempDir()
	require.NoError(t, os.Symlink(file, filepath.Join(outside, "y.py")))
	mount := func(host, guest string) engine.Mount { return engine.Mount{Host: host, Guest: guest} }
	extra := func(folder string) engine.Mount {
		return engine.Mount{Host: folder, Guest: sourceMount, ReadOnly: true}
	}
	held, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer held.Close()
	another, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer another.Close()
	for name, c := range map[string]struct {
		source     string
		mounts     []engine.Mount
		path, name string
		all        []engine.Mount
	}{
		"in the root":      {file, []engine.Mount{mount(dir, "/")}, "/a/b/x.py", "a/b/x.py", []engine.Mount{mount(dir, "/")}},
		"in the deepest":   {file, []engine.Mount{mount(filepath.Join(dir, "a"), "/deep/"), mount(dir, "/")}, "/deep/b/x.py", "deep/b/x.py", []engine.Mount{mount(filepath.Join(dir, "a"), "/deep/"), mount(dir, "/")}},
		"by a link":        {link, []engine.Mount{mount(dir, "/")}, "/a/b/x.py", "a/b/x.py", []engine.Mount{mount(dir, "/")}},
		"in none":          {file, []engine.Mount{mount(outside, "/")}, "/program/x.py", "x.py", []engine.Mount{mount(outside, "/"), extra(filepath.Join(dir, "a", "b"))}},
		"a link out of it": {filepath.Join(outside, "y.py"), []engine.Mount{mount(outside, "/")}, "/program/x.py", "x.py", []engine.Mount{mount(outside, "/"), extra(filepath.Join(dir, "a", "b"))}},
		"without mounts":   {file, nil, "/program/x.py", "x.py", []engine.Mount{extra(filepath.Join(dir, "a", "b"))}},
		"not by its name":  {file, []engine.Mount{mount(filepath.Join(dir, "a", "b")+"x", "/")}, "/program/x.py", "x.py", []engine.Mount{mount(filepath.Join(dir, "a", "b")+"x", "/"), extra(filepath.Join(dir, "a", "b"))}},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := realPath(c.source)
			require.NoError(t, err)
			path, name, all := locate(file, held, c.mounts)
			require.Equal(t, c.path, path)
			require.Equal(t, c.name, name)
			for i, m := range all {
				if m.Folder == held {
					all[i].Host, all[i].Folder = filepath.Dir(file), nil
				}
			}
			require.Equal(t, c.all, all)
		})
	}
	open := func(folder *os.Root, guest string) engine.Mount { return engine.Mount{Folder: folder, Guest: guest} }
	path, name, all := locate(file, held, []engine.Mount{open(another, "/other"), open(held, "/")})
	require.Equal(t, "/x.py", path)
	require.Equal(t, "x.py", name)
	require.Len(t, all, 2)
}

// Memory and time run out at about the same place: which does is not told, since
// a grader is to say the same on every machine.
func TestASourceThatIsTooMuchForPythonIsSaidToBe(t *testing.T) {
	if os.Getenv("SOCKLAB_SLOW") == "" {
		t.Skip("SOCKLAB_SLOW is not set: it takes half a minute")
	}
	_, err := goToolkit(t, Sandboxed).Build(t.Context(), write(t, "p.py", strings.Repeat("x=1\n", 1_000_000)))
	require.EqualError(t, err, "p.py: too much for Python's compiler")
}
