package engine

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// buildGuest compiles a program of testdata for WASI.
func buildGuest(t *testing.T, name string, flags ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), name+".wasm")
	cmd := exec.Command("go", append(append([]string{"build", "-o", out}, flags...), "./testdata/"+name)...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	b, err := cmd.CombinedOutput()
	require.NoError(t, err, string(b))
	wasm, err := os.ReadFile(out)
	require.NoError(t, err)
	return wasm
}

// play runs a guest, which must succeed, and returns what it printed.
func play(t *testing.T, wasm []byte, s Spec) string {
	t.Helper()
	m, err := testEngine(t).Load(t.Context(), wasm, Quick)
	require.NoError(t, err)
	var out bytes.Buffer
	s.Stdout, s.Stderr, s.Limits.Wall = &out, &out, time.Minute
	i, err := m.Start(t.Context(), s)
	require.NoError(t, err)
	x := i.Wait()
	require.Equal(t, Exited, x.Why, "%s\n%s", x.Detail, out.String())
	require.Zero(t, x.Code, out.String())
	return out.String()
}

func TestCallsOfWASIThatNoLibraryMakes(t *testing.T) {
	out := play(t, buildGuest(t, "wasiops"), Spec{Mounts: []Mount{{Host: t.TempDir(), Guest: "/mnt"}}})
	require.Empty(t, out)
}

func TestTheUsualSpecialFilesAreThere(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	for _, readOnly := range []bool{false, true} {
		out := play(t, buildGuest(t, "specials"), Spec{Mounts: []Mount{{Host: folder, Guest: "/", ReadOnly: readOnly}, {Host: other, Guest: "/other"}}})
		require.Empty(t, out)
	}
	for _, dir := range []string{folder, other} {
		made, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, made)
	}
}
