package toolchains

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPinsAgreeWithTheLock(t *testing.T) {
	var pkg struct{ Dependencies map[string]string }
	require.NoError(t, json.Unmarshal(manifest, &pkg))
	var lock struct {
		Packages map[string]struct {
			Version, Integrity, License string
			Dependencies                map[string]string
		}
	}
	require.NoError(t, json.Unmarshal(lockfile, &lock))
	require.Len(t, pkg.Dependencies, len(pins))
	require.Equal(t, pkg.Dependencies, lock.Packages[""].Dependencies)
	for _, p := range pins {
		locked := lock.Packages["node_modules/"+p.Package]
		require.Equal(t, p.Version, pkg.Dependencies[p.Package])
		require.Equal(t, p.Version, locked.Version)
		require.Equal(t, p.Licence, locked.License)
		for _, f := range p.Files {
			require.Len(t, f.SHA256, 64)
			require.Positive(t, f.Size)
		}
		require.True(t, strings.HasPrefix(locked.Integrity, "sha512-"), "npm must have a hash to check")
	}
}

func TestTheLockNamesNoRegistry(t *testing.T) {
	for _, text := range []string{string(manifest), string(lockfile)} {
		require.NotContains(t, text, "resolved")
		require.NotContains(t, text, "://")
	}
}

func TestAnUnknownNameIsRefused(t *testing.T) {
	_, err := Find("cobol")
	require.ErrorContains(t, err, `"cobol"`)
	_, err = Fetch(t.Context(), "cobol", nil)
	require.ErrorContains(t, err, `"cobol"`)
}

func TestFindTakesOnlyAFileOfTheRightSize(t *testing.T) {
	root := fakePin(t)
	_, err := Find("python")
	require.ErrorIs(t, err, ErrMissing)

	file := pins[0].installed(root, pins[0].Files[0])
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content[1:]), 0o644))
	_, err = Find("python")
	require.ErrorIs(t, err, ErrMissing)

	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	got, err := Find("python")
	require.NoError(t, err)
	require.Equal(t, filepath.Dir(file), got)

	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Mkdir(file, 0o755))
	_, err = Find("python")
	require.ErrorIs(t, err, ErrMissing)
}

func TestVerifyReadsEveryByte(t *testing.T) {
	root := fakePin(t)
	file := pins[0].installed(root, pins[0].Files[0])
	require.ErrorIs(t, Verify("python"), ErrMissing)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))

	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	require.NoError(t, Verify("python"))

	for _, bad := range []string{strings.ToLower(content), content + "x", content[1:], ""} {
		require.NoError(t, os.WriteFile(file, []byte(bad), 0o644))
		require.ErrorIs(t, Verify("python"), ErrMismatch)
	}
	require.ErrorContains(t, Verify("cobol"), "cobol")
}

func TestFolder(t *testing.T) {
	t.Run("is where SOCKLAB_TOOLCHAINS says", func(t *testing.T) {
		t.Setenv("SOCKLAB_TOOLCHAINS", "/some/where")
		dir, err := Folder()
		require.NoError(t, err)
		require.Equal(t, "/some/where", dir)
	})
	t.Run("is in the user's cache otherwise", func(t *testing.T) {
		t.Setenv("SOCKLAB_TOOLCHAINS", "")
		cache, err := os.UserCacheDir()
		require.NoError(t, err)
		dir, err := Folder()
		require.NoError(t, err)
		require.Equal(t, filepath.Join(cache, "socklab", "toolchains"), dir)
	})

	homeless := func(t *testing.T) (tmp string) {
		tmp = t.TempDir()
		t.Setenv("SOCKLAB_TOOLCHAINS", "")
		t.Setenv("XDG_CACHE_HOME", "")
		t.Setenv("HOME", "")
		t.Setenv("TMPDIR", tmp)
		return tmp
	}
	t.Run("is this user's own in the temporary folder without HOME", func(t *testing.T) {
		tmp := homeless(t)
		for range 2 { // the second time it exists
			dir, err := Folder()
			require.NoError(t, err)
			require.Equal(t, tmp, filepath.Dir(dir))
			info, err := os.Stat(dir)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
		}
	})
	t.Run("is refused there if somebody else could have filled it", func(t *testing.T) {
		homeless(t)
		dir, err := Folder()
		require.NoError(t, err)

		require.NoError(t, os.Chmod(dir, 0o777))
		_, err = Folder()
		require.ErrorIs(t, err, ErrReadOnly)

		require.NoError(t, os.Chmod(dir, 0o700))
		if os.Getuid() == 0 { // only root can give a folder away
			require.NoError(t, os.Chown(dir, 65534, 65534))
			_, err = Folder()
			require.ErrorIs(t, err, ErrReadOnly)
		}

		require.NoError(t, os.Remove(dir))
		require.NoError(t, os.Symlink(t.TempDir(), dir))
		_, err = Folder()
		require.ErrorIs(t, err, ErrReadOnly)
		require.ErrorContains(t, err, "HOME")
	})
	t.Run("is refused there if it cannot be made", func(t *testing.T) {
		t.Setenv("TMPDIR", filepath.Join(homeless(t), "missing"))
		_, err := Folder()
		require.ErrorIs(t, err, ErrReadOnly)
	})
}

func TestAToolchainIsThereWhenAllItsFilesAre(t *testing.T) {
	root := fakePin(t)
	pins[0].Files = append(pins[0].Files, File{"dist/more.tar", 4, pins[0].Files[0].SHA256})
	for _, f := range pins[0].Files {
		_, err := Find("python")
		require.ErrorIs(t, err, ErrMissing)
		file := pins[0].installed(root, f)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content)[:f.Size], 0o644))
	}
	_, err := Find("python")
	require.NoError(t, err)
	require.ErrorIs(t, Verify("python"), ErrMismatch, "every file is read")
}

func TestNPMIsToldOfOnePackage(t *testing.T) {
	for _, p := range pins {
		alone, lock, err := p.only(manifest, lockfile)
		require.NoError(t, err)
		for _, q := range pins {
			require.Equal(t, p.Name == q.Name, strings.Contains(string(alone), q.Package))
			require.Equal(t, p.Name == q.Name, strings.Contains(string(lock), q.Package))
		}
	}
}
