package std_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/guests/go/std"
)

func TestPrepareWritesWhatTheOverlayNames(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "not", "there", "yet")
	o, err := std.Prepare(runtime.GOROOT(), cache)
	require.NoError(t, err)
	replace := readOverlay(t, o.JSON)
	src := filepath.Join(runtime.GOROOT(), "src")
	for target, file := range replace {
		require.True(t, strings.HasPrefix(target, src+string(filepath.Separator)), target)
		if file == "" { // left out: it must have been there
			require.FileExists(t, target)
			continue
		}
		require.FileExists(t, file)
		require.True(t, strings.HasPrefix(file, o.Dir+string(filepath.Separator)), file)
	}
	require.Empty(t, replace[filepath.Join(src, "net", "net_fake.go")])
	require.FileExists(t, filepath.Join(o.Module, "go.mod"))
	require.FileExists(t, filepath.Join(o.Module, "socket", "socket.go"))
	require.NoFileExists(t, filepath.Join(o.Module, "socket", "socket_test.go"))
	left, err := filepath.Glob(filepath.Join(cache, "new-*"))
	require.NoError(t, err)
	require.Empty(t, left, "nothing half written stays")
}

func TestPrepareAgainFindsWhatIsThere(t *testing.T) {
	cache := t.TempDir()
	first, err := std.Prepare(runtime.GOROOT(), cache)
	require.NoError(t, err)
	before, err := os.Stat(first.JSON)
	require.NoError(t, err)
	second, err := std.Prepare(runtime.GOROOT(), cache)
	require.NoError(t, err)
	after, err := os.Stat(second.JSON)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.True(t, os.SameFile(before, after))
}

func TestPrepareMayRunManyTimesAtOnce(t *testing.T) {
	cache := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			o, err := std.Prepare(runtime.GOROOT(), cache)
			if err == nil {
				_, err = os.ReadFile(o.JSON)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// copyOfGo is a GOROOT with as much in it as the overlay looks at.
func copyOfGo(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	o, err := std.Prepare(runtime.GOROOT(), t.TempDir())
	require.NoError(t, err)
	names := slices.Collect(maps.Keys(readOverlay(t, o.JSON)))
	for _, dir := range []string{"internal/poll", "net"} { // files that get another name
		more, err := filepath.Glob(filepath.Join(runtime.GOROOT(), "src", dir, "*_linux.go"))
		require.NoError(t, err)
		names = append(names, more...)
	}
	for _, name := range append(names, filepath.Join(runtime.GOROOT(), "VERSION")) {
		b, err := os.ReadFile(name)
		if os.IsNotExist(err) { // ours alone
			continue
		}
		require.NoError(t, err)
		rel, err := filepath.Rel(runtime.GOROOT(), name)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, rel)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(root, rel), b, 0o666))
	}
	return root
}

func TestAnotherStandardLibraryGetsAnotherOverlay(t *testing.T) {
	root, cache := copyOfGo(t), t.TempDir()
	one, err := std.Prepare(root, cache)
	require.NoError(t, err)
	file := filepath.Join(root, "src", "net", "fd_unix.go")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(b, "// changed\n"...), 0o666))
	two, err := std.Prepare(root, cache)
	require.NoError(t, err)
	require.NotEqual(t, one.Dir, two.Dir)
}

func TestAStandardLibraryThatIsNotAsExpectedIsRefused(t *testing.T) {
	version := strings.Fields(runtime.Version())[0]
	t.Run("a file is missing", func(t *testing.T) {
		root := copyOfGo(t)
		require.NoError(t, os.Remove(filepath.Join(root, "src", "net", "fd_unix.go")))
		_, err := std.Prepare(root, t.TempDir())
		var unsupported *std.UnsupportedError
		require.ErrorAs(t, err, &unsupported)
		require.EqualError(t, err, version+" is not supported for guests: src/net/fd_unix.go is missing")
	})
	t.Run("a file that is left out is missing", func(t *testing.T) {
		root := copyOfGo(t)
		require.NoError(t, os.Remove(filepath.Join(root, "src", "net", "net_fake.go")))
		_, err := std.Prepare(root, t.TempDir())
		require.ErrorContains(t, err, "src/net/net_fake.go is missing")
	})
	t.Run("a line is missing", func(t *testing.T) {
		root := copyOfGo(t)
		require.NoError(t, os.Remove(filepath.Join(root, "VERSION")))
		file := filepath.Join(root, "src", "net", "conf.go")
		require.NoError(t, os.WriteFile(file, []byte("package net\n"), 0o666))
		_, err := std.Prepare(root, t.TempDir())
		require.ErrorContains(t, err, "this Go is not supported for guests: src/net/conf.go has not one line like")
	})
	t.Run("no sources", func(t *testing.T) {
		_, err := std.Prepare(t.TempDir(), t.TempDir())
		require.ErrorContains(t, err, "is not a Go installation with its sources")
	})
	t.Run("a cache that cannot be written", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o666))
		_, err := std.Prepare(runtime.GOROOT(), file)
		require.Error(t, err)
	})
}

func TestTheLessonsPackageStandsUpToVetInAGuest(t *testing.T) {
	o, err := std.Prepare(runtime.GOROOT(), t.TempDir())
	require.NoError(t, err)
	cmd := exec.Command("go", "vet", "-overlay", o.JSON, "socklab/socket")
	cmd.Dir, cmd.Env = o.Module, guestEnv()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestWithoutTheOverlayABuildSaysWhatItNeeds(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, std.WriteSDK(dir))
	cmd := exec.Command("go", "build", "./socket")
	cmd.Dir, cmd.Env = dir, guestEnv()
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "undefined: syscall.NeedsSocklabOverlay")
}

// Every package of the standard library builds with the overlay. It takes
// minutes the first time: SOCKLAB_SLOW=1 asks for it.
func TestTheWholeStandardLibraryBuilds(t *testing.T) {
	if os.Getenv("SOCKLAB_SLOW") == "" {
		t.Skip("SOCKLAB_SLOW is not set")
	}
	o, err := std.Prepare(runtime.GOROOT(), t.TempDir())
	require.NoError(t, err)
	cmd := exec.Command("go", "build", "-overlay", o.JSON, "std")
	cmd.Env = guestEnv()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func readOverlay(t *testing.T, file string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var overlay struct{ Replace map[string]string }
	require.NoError(t, json.Unmarshal(b, &overlay))
	require.NotEmpty(t, overlay.Replace)
	return overlay.Replace
}
