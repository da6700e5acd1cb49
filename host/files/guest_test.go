package files

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental/sysfs"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	wasys "github.com/tetratelabs/wazero/sys"
)

// build compiles testdata/osops for a system.
func build(t *testing.T, out string, env ...string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", out, "./testdata/osops")
	cmd.Env = append(os.Environ(), env...)
	b, err := cmd.CombinedOutput()
	require.NoError(t, err, string(b))
}

func TestAGuestSeesWhatANativeProgramSees(t *testing.T) {
	dir := t.TempDir()
	native, guest := filepath.Join(dir, "osops"), filepath.Join(dir, "osops.wasm")
	build(t, native)
	build(t, guest, "GOOS=wasip1", "GOARCH=wasm")

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, native)
	cmd.Dir = t.TempDir()
	cmd.Stderr = os.Stderr
	want, err := cmd.Output()
	require.NoError(t, err, "%s", want)

	binary, err := os.ReadFile(guest)
	require.NoError(t, err)
	l := newLab(t, Options{})
	require.Equal(t, string(want), run(t, binary, l.FS))
	l.canaryLives()
	require.Empty(t, l.errnos)
}

// run runs a guest in the folder and returns what it printed.
func run(t *testing.T, binary []byte, f *FS) string {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	var stdout bytes.Buffer
	mounts := wazero.NewFSConfig().(sysfs.FSConfig).WithSysFSMount(f, "/")
	_, err := r.InstantiateWithConfig(ctx, binary, wazero.NewModuleConfig().
		WithFSConfig(mounts).WithEnv("PWD", "/").WithSysWalltime().WithSysNanotime().
		WithStdout(&stdout).WithStderr(os.Stderr).WithArgs("osops"))
	if exit := (*wasys.ExitError)(nil); err != nil {
		require.ErrorAs(t, err, &exit, stdout.String())
		require.Zero(t, exit.ExitCode())
	}
	return stdout.String()
}
