package toolchains

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const content = "\x00ASM: the whole toolchain"

// fakePin makes a small pretended toolchain the only one, and returns the
// empty folder that toolchains are kept in for this test.
func fakePin(t *testing.T) (root string) {
	sum := sha256.Sum256([]byte(content))
	real := pins
	t.Cleanup(func() { pins = real })
	pins = []Toolchain{{
		Name: "python", Version: "1.2.3", Package: "@some/tool",
		Files: []File{{"dist/tool.wasm", int64(len(content)), hex.EncodeToString(sum[:])}},
	}}
	root = filepath.Join(t.TempDir(), "toolchains")
	t.Setenv("SOCKLAB_TOOLCHAINS", root)
	return root
}

// The body of a fake npm that brings the package as the real one would.
const bring = `
	mkdir -p node_modules/@some/tool/dist
	cat "$OUT/content" > node_modules/@some/tool/dist/tool.wasm
	echo words > node_modules/@some/tool/LICENSE
`

// fakeNPM puts a shell script called npm first in PATH. Its $OUT, returned, is
// a folder with the content, and for what it and the test tell each other.
func fakeNPM(t *testing.T, script string) (out string) {
	bin, out := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(out, "content"), []byte(content), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\n"+script), 0o755))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("OUT", out)
	return out
}

func exists(file string) bool { _, err := os.Lstat(file); return err == nil }

// requireNothingLeft fails if root has more in it than the names given and
// the lock.
func requireNothingLeft(t *testing.T, root string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	got := []string{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") {
			got = append(got, e.Name())
		}
	}
	require.ElementsMatch(t, names, got)
}

func TestFetchBringsTheFileAndItsLicence(t *testing.T) {
	root := fakePin(t)
	out := fakeNPM(t, `
		echo "$@" > "$OUT/args"; cp package.json package-lock.json "$OUT"
		echo 'npm warn Unknown user config "nodedir".' >&2
		echo 'npm error is not what this warning is' >&2
	`+bring)

	var steps []Step
	dir, err := Fetch(t.Context(), "python", func(p Progress) {
		require.LessOrEqual(t, p.Bytes, p.Total)
		if len(steps) == 0 || steps[len(steps)-1] != p.Step {
			steps = append(steps, p.Step)
		}
	})
	require.NoError(t, err)
	require.Equal(t, []Step{Downloading, Verifying, Done}, steps)
	require.Equal(t, filepath.Join(root, "python-1.2.3"), dir)
	require.NoError(t, Verify("python"))
	require.FileExists(t, filepath.Join(root, "python-1.2.3", "LICENSE"))
	requireNothingLeft(t, root, "python-1.2.3")

	args, err := os.ReadFile(filepath.Join(out, "args"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(args), "ci --ignore-scripts --no-audit --no-fund "), string(args))
	alone, lock, err := pins[0].only(manifest, lockfile)
	require.NoError(t, err)
	for name, want := range map[string][]byte{"package.json": alone, "package-lock.json": lock} {
		got, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}

	t.Setenv("PATH", "") // what is there needs no npm
	again, err := Fetch(t.Context(), "python", nil)
	require.NoError(t, err)
	require.Equal(t, dir, again)
}

func TestFetchReplacesAFileOfTheWrongSize(t *testing.T) {
	root := fakePin(t)
	fakeNPM(t, bring)
	file := pins[0].installed(root, pins[0].Files[0])
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte("half"), 0o644))
	_, err := Fetch(t.Context(), "python", nil)
	require.NoError(t, err)
	require.NoError(t, Verify("python"))
}

func TestFetchMindsOnlyNPMItself(t *testing.T) {
	fakePin(t)
	out := fakeNPM(t, bring+`
		echo "${HOME-none}" > "$OUT/home"
		sleep 1000 & echo $! > "$OUT/pid" # keeps stderr open
	`)
	t.Setenv("HOME", "")
	_, err := Fetch(t.Context(), "python", nil)
	require.NoError(t, syscall.Kill(pidIn(t, out), syscall.SIGKILL))
	require.NoError(t, err)
	home, err := os.ReadFile(filepath.Join(out, "home"))
	require.NoError(t, err)
	require.Equal(t, "none\n", string(home), "an empty HOME is worse than none")
}

// pidIn reads the process number that a fake npm wrote.
func pidIn(t *testing.T, out string) (pid int) {
	b, err := os.ReadFile(filepath.Join(out, "pid"))
	require.NoError(t, err)
	_, err = fmt.Sscan(string(b), &pid)
	require.NoError(t, err)
	return pid
}

func TestProgressFollowsTheDownload(t *testing.T) {
	fakePin(t)
	out := fakeNPM(t, `
		mkdir node_modules; printf 12345 > node_modules/part
		until [ -e "$OUT/seen" ]; do sleep 0.01; done
		rm node_modules/part
	`+bring)
	_, err := Fetch(t.Context(), "python", func(p Progress) {
		if p.Step == Downloading && p.Bytes == 5 && !exists(filepath.Join(out, "seen")) {
			require.NoError(t, os.WriteFile(filepath.Join(out, "seen"), nil, 0o644))
		}
	})
	require.NoError(t, err)
}

func TestAFetchThatFailsLeavesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		npm  string
		kind error
		says string
	}{
		"the hash is wrong": {bring + `tr A B < "$OUT/content" > node_modules/@some/tool/dist/tool.wasm`,
			ErrMismatch, "SHA-256"},
		"npm refuses the package": {`echo 'npm error code EINTEGRITY
npm error sha512-aa integrity checksum failed' >&2; exit 1`, ErrMismatch, "integrity checksum failed"},
		"no network": {`echo 'npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error network request to a registry failed' >&2; exit 1`, ErrNoNetwork, "request to a registry failed"},
		"npm brings nothing":  {`exit 0`, ErrNPM, "tool.wasm"},
		"npm fails silently":  {`exit 3`, ErrNPM, "exit status 3"},
		"npm without node":    {`echo env: node: No such file >&2; exit 127`, ErrNoNPM, "env: node"},
		"npm with a bad node": {`echo env: node: Permission denied >&2; exit 126`, ErrNoNPM, "env: node"},
	} {
		t.Run(name, func(t *testing.T) {
			root := fakePin(t)
			fakeNPM(t, c.npm)
			_, err := Fetch(t.Context(), "python", nil)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, "python 1.2.3")
			require.ErrorContains(t, err, c.says)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.Hint())
			requireNothingLeft(t, root)
		})
	}
}

func TestAFetchThatTheDiskHasNoRoomForIsNotBegun(t *testing.T) {
	root := fakePin(t)
	pins[0].Files[0].Size = 1 << 60
	fakeNPM(t, "exit 3")
	_, err := Fetch(t.Context(), "python", nil)
	require.ErrorIs(t, err, ErrNoSpace)
	require.ErrorContains(t, err, "1099511627776 MiB are needed and ")
	requireNothingLeft(t, root)
}

func TestFetchWithoutNPMSaysSo(t *testing.T) {
	root := fakePin(t)
	t.Setenv("PATH", t.TempDir())
	_, err := Fetch(t.Context(), "python", nil)
	require.ErrorIs(t, err, ErrNoNPM)
	require.NoDirExists(t, root)
}

func TestFetchIntoAFolderThatCannotBeWritten(t *testing.T) {
	fakePin(t)
	fakeNPM(t, bring)
	t.Run("because its parent is a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o644))
		t.Setenv("SOCKLAB_TOOLCHAINS", filepath.Join(file, "toolchains"))
		_, err := Fetch(t.Context(), "python", nil)
		require.ErrorIs(t, err, ErrReadOnly)
	})
	t.Run("because it is read-only", func(t *testing.T) {
		if os.Getuid() == 0 {
			t.Skip("permissions do not stop root")
		}
		dir := t.TempDir()
		require.NoError(t, os.Chmod(dir, 0o555))
		t.Setenv("SOCKLAB_TOOLCHAINS", dir)
		_, err := Fetch(t.Context(), "python", nil)
		require.ErrorIs(t, err, ErrReadOnly)
	})
}

func TestFetchEndsWithItsContextAndEndsNPM(t *testing.T) {
	root := fakePin(t)
	out := fakeNPM(t, `
		sleep 1000 & echo $! > "$OUT/pid.tmp"; mv "$OUT/pid.tmp" "$OUT/pid"
		wait`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := Fetch(ctx, "python", func(Progress) {
		if exists(filepath.Join(out, "pid")) {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	requireNothingLeft(t, root)

	pid := pidIn(t, out)
	require.Eventually(t, func() bool { return gone(pid) }, 10*time.Second, 10*time.Millisecond)
}

// gone tells whether a process has ended, reaped or not.
func gone(pid int) bool {
	state, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	return err != nil || strings.HasPrefix(string(state), "Z")
}

func TestManyFetchersRunNPMOnce(t *testing.T) {
	root := fakePin(t)
	out := fakeNPM(t, `
		echo run >> "$OUT/runs"
		until [ -e "$OUT/waiting" ]; do sleep 0.01; done
	`+bring)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := Fetch(t.Context(), "python", func(p Progress) {
				if p.Step == Waiting {
					os.WriteFile(filepath.Join(out, "waiting"), nil, 0o644)
				}
			})
			require.NoError(t, err)
			require.NoError(t, Verify("python"))
		})
	}
	wg.Wait()
	runs, err := os.ReadFile(filepath.Join(out, "runs"))
	require.NoError(t, err)
	require.Equal(t, "run\n", string(runs))
	requireNothingLeft(t, root, "python-1.2.3")
}

func TestAFetchThatWaitsForAnotherEndsWithItsContext(t *testing.T) {
	root := fakePin(t)
	fakeNPM(t, bring)
	require.NoError(t, os.MkdirAll(root, 0o755))
	unlock, err := fetcher{Toolchain: pins[0]}.lock(t.Context(), filepath.Join(root, ".python-1.2.3.lock"))
	require.NoError(t, err)
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Fetch(ctx, "python", func(p Progress) {
		require.Equal(t, Waiting, p.Step)
		cancel()
	})
	require.ErrorIs(t, err, context.Canceled)
}

// TestAKilledFetchDoesNotCount kills a process in the middle of a download,
// which it plays itself when run with FETCH set.
func TestAKilledFetchDoesNotCount(t *testing.T) {
	if os.Getenv("FETCH") != "" {
		root := os.Getenv("SOCKLAB_TOOLCHAINS")
		fakePin(t)
		os.Setenv("SOCKLAB_TOOLCHAINS", root)
		Fetch(t.Context(), "python", nil)
		return
	}
	root := fakePin(t)
	out := fakeNPM(t, bring+`
		echo $$ > "$OUT/pid.tmp"; mv "$OUT/pid.tmp" "$OUT/pid"
		exec sleep 1000`)
	self, err := os.Executable()
	require.NoError(t, err)
	child := exec.Command(self, "-test.run=^TestAKilledFetchDoesNotCount$")
	child.Env = append(os.Environ(), "FETCH=1", "TMPDIR="+t.TempDir()) // which it has no time to clear
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool { return exists(filepath.Join(out, "pid")) }, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, child.Process.Kill())
	child.Wait()
	require.NoError(t, syscall.Kill(pidIn(t, out), syscall.SIGKILL))

	_, err = Find("python")
	require.ErrorIs(t, err, ErrMissing)
	fakeNPM(t, bring)
	_, err = Fetch(t.Context(), "python", nil)
	require.NoError(t, err)
	require.NoError(t, Verify("python"))
	requireNothingLeft(t, root, "python-1.2.3")
}
