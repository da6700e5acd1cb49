package toolchains

import (
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNPMErrorsAreTold(t *testing.T) {
	ended := errors.New("exit status 1")
	for _, c := range []struct {
		stderr string
		kind   error
		detail string
	}{
		{"npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error errno ENOTFOUND\n" +
			"npm error network request to x failed, reason: getaddrinfo\n", ErrNoNetwork, "request to x failed, reason: getaddrinfo"},
		{"npm error code ECONNREFUSED\nnpm error FetchError: request to x failed\nnpm error     at ClientRequest.<anonymous> (/a.js:1:1)\n",
			ErrNoNetwork, "FetchError: request to x failed"},
		{"npm ERR! code ENOTCACHED\nnpm ERR! request to x failed\n", ErrNoNetwork, "request to x failed"},
		{"npm ERR! code EINTEGRITY\nnpm ERR! sha512-a integrity checksum failed\n", ErrMismatch, "sha512-a integrity checksum failed"},
		{"npm error code ENOSPC\nnpm error syscall write\nnpm error errno -28\nnpm error nospc ENOSPC: no space left on device, write\n",
			ErrNoSpace, "nospc ENOSPC: no space left on device, write"},
		{"npm error code EACCES\nnpm error path /x/.npm\nnpm error Your cache folder contains root-owned files\n",
			ErrNPM, "Your cache folder contains root-owned files"},
		{"npm error code E404\nnpm error 404 Not Found\n", ErrNPM, "404 Not Found"},
		{"npm warn Unknown user config \"nodedir\".\nnpm error code ETARGET\nnpm error notarget No matching version\n",
			ErrNPM, "notarget No matching version"},
		{"line 1: cannot\nline 2\n", ErrNPM, "line 1: cannot"},
		{"", ErrNPM, "exit status 1"},
	} {
		var e *Error
		require.ErrorAs(t, npmError("python", c.stderr, ended), &e)
		require.Equal(t, c.kind, e.Kind, c.stderr)
		require.EqualError(t, e.Detail, c.detail)
	}
}

func TestAFullDiskIsTold(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	require.ErrorIs(t, fileError("python", full), ErrNoSpace)
	require.ErrorIs(t, fileError("python", full), syscall.ENOSPC)
	require.ErrorIs(t, fileError("python", syscall.EDQUOT), ErrNoSpace)
	require.ErrorIs(t, fileError("python", syscall.EROFS), ErrReadOnly)
}

func TestEveryKindHasAHint(t *testing.T) {
	for _, kind := range []error{ErrMissing, ErrNoNPM, ErrNoNetwork, ErrMismatch, ErrNoSpace, ErrReadOnly, ErrNPM} {
		require.NotEmpty(t, (&Error{Kind: kind}).Hint())
		require.NotContains(t, (&Error{Kind: kind}).Hint(), "\n")
	}
}

func TestWhatNPMSaysIsReadUpToALimit(t *testing.T) {
	var h head
	for range 100 {
		n, err := h.Write([]byte(strings.Repeat("x", 1000)))
		require.NoError(t, err)
		require.Equal(t, 1000, n)
	}
	require.Equal(t, 64<<10, h.Len())
}

// TestNPMChecksTheLocksIntegrity runs the npm of this machine, if there is
// one, on a package in a local file: npm refuses it when the lock has another
// hash, before we look at it.
func TestNPMChecksTheLocksIntegrity(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not installed")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	write("package/package.json", `{"name":"@some/tool","version":"1.2.3","scripts":{"install":"exit 1"}}`)
	write("package/dist/tool.wasm", content)
	tarball := filepath.Join(dir, "tool.tgz")
	require.NoError(t, exec.Command("tar", "czf", tarball, "-C", dir, "package").Run())
	bytes, err := os.ReadFile(tarball)
	require.NoError(t, err)
	sum := sha512.Sum512(bytes)

	fetch := func(t *testing.T, sum []byte) error {
		fakePin(t)
		// Neither the user's settings nor their cache, nor a network.
		t.Setenv("HOME", t.TempDir())
		t.Setenv("npm_config_cache", t.TempDir())
		t.Setenv("npm_config_offline", "true")
		realManifest, realLock := manifest, lockfile
		t.Cleanup(func() { manifest, lockfile = realManifest, realLock })
		deps := fmt.Sprintf(`{"@some/tool": "file:%s"}`, tarball)
		manifest = fmt.Appendf(nil, `{"name": "t", "dependencies": %s}`, deps)
		lockfile = fmt.Appendf(nil, `{"name": "t", "lockfileVersion": 3, "requires": true, "packages": {
			"": {"name": "t", "dependencies": %s},
			"node_modules/@some/tool": {"version": "1.2.3", "resolved": "file:%s", "integrity": "sha512-%s"}}}`,
			deps, tarball, base64.StdEncoding.EncodeToString(sum))
		_, err := Fetch(t.Context(), "python", nil)
		if err == nil {
			require.NoError(t, Verify("python"))
		}
		return err
	}
	t.Run("a right hash is accepted", func(t *testing.T) {
		require.NoError(t, fetch(t, sum[:]))
	})
	t.Run("a wrong hash is refused", func(t *testing.T) {
		sum[0] ^= 1
		err := fetch(t, sum[:])
		require.ErrorIs(t, err, ErrMismatch)
		require.ErrorContains(t, err, "sha512")
	})
}

func TestFetchFromTheRegistry(t *testing.T) {
	if os.Getenv("SOCKLAB_SLOW") == "" {
		t.Skip("needs the network: set SOCKLAB_SLOW=1 to run it")
	}
	for _, c := range All() {
		t.Setenv("SOCKLAB_TOOLCHAINS", t.TempDir())
		_, err := Fetch(t.Context(), c.Name, nil)
		require.NoError(t, err)
		require.NoError(t, Verify(c.Name))
	}
}
