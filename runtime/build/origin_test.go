package build

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
)

// Who has handed in a program may change it while it is built and run: to a
// link that leads elsewhere, or to what would never be read to its end.
func TestAFolderThatIsOpenLeadsNowhereElse(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("print('a secret')\n"), 0o600))
	kit := goToolkit(t, Sandboxed)
	for name, text := range map[string]string{
		"p.py": "", "p.go": "package main\n\nfunc main() {}\n", "p.wasm": "\x00asm\x01\x00\x00\x00",
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		folder, err := os.OpenRoot(dir)
		require.NoError(t, err)
		defer folder.Close()
		var refused *SourceError
		require.NoError(t, os.Remove(file))
		require.NoError(t, os.Symlink(secret, file))
		_, err = kit.BuildIn(t.Context(), folder, name)
		require.ErrorAs(t, err, &refused, name)
		require.Contains(t, refused.What, "leads out of the program's folder")
		require.NoError(t, os.Remove(file))
		require.NoError(t, syscall.Mkfifo(file, 0o600))
		_, err = kit.BuildIn(t.Context(), folder, name)
		require.ErrorAs(t, err, &refused, name)
		require.Contains(t, refused.What, "not a regular file")
	}
}

func TestAProgramRunsInTheFolderThatItWasBuiltIn(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "work")
	require.NoError(t, os.Mkdir(dir, 0o700))
	file := filepath.Join(dir, "p.py")
	require.NoError(t, os.WriteFile(file, []byte("import os\nprint(sorted(os.listdir('/program')))\n"), 0o600))
	secrets := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(secrets, "p.py"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(secrets, "key"), nil, 0o600))
	folder, err := os.OpenRoot(dir)
	require.NoError(t, err)
	p, err := goToolkit(t, Sandboxed).BuildIn(t.Context(), folder, "p.py")
	require.NoError(t, err)
	require.NoError(t, folder.Close(), "the program has a handle of its own")
	list := func() string {
		var out, said bytes.Buffer
		i, err := p.Module.Start(t.Context(), engine.Spec{Name: "p", Args: []string{"p.py"}, Stdout: &out, Stderr: &said})
		require.NoError(t, err)
		require.Equal(t, engine.Exited, i.Wait().Why)
		return out.String() + said.String()
	}
	require.Equal(t, "['p.py']\n", list())
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Symlink(filepath.Join(secrets, "key"), file))
	require.Equal(t, "['p.py']\n", list(), "a link in the place of the file")
	require.NoError(t, os.Rename(dir, dir+"2"))
	require.NoError(t, os.Symlink(secrets, dir))
	require.Equal(t, "['p.py']\n", list(), "a link in the place of the folder")
}
