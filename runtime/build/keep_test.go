package build

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
)

// Others may be grading with the same compilers: one who is called off must not
// take them away.
func TestAToolIsKeptThatWasNotLoadedToTheEnd(t *testing.T) {
	e, err := engine.New(t.Context(), engine.Options{CacheDir: t.TempDir()})
	require.NoError(t, err)
	defer e.Close()
	o := &Options{Engine: e, CacheDir: t.TempDir(), Progress: func(string, int64, int64) {}}
	file := filepath.Join(t.TempDir(), "compile.wasm")
	program := "\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" + "\x07\x0a\x01\x06_start\x00\x00" + "\x0a\x04\x01\x02\x00\x0b"
	require.NoError(t, os.WriteFile(file, []byte(program), 0o600))
	calledOff, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = goGuest(o, "compile", file).ready(calledOff)
	require.ErrorIs(t, err, context.Canceled)
	require.FileExists(t, file)
	_, err = goGuest(o, "compile", file).ready(t.Context())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(program[:20]), 0o600))
	_, err = goGuest(o, "compile", file).ready(t.Context())
	require.Error(t, err)
	require.NoFileExists(t, file, "what is damaged is made again")
}

func TestAGoCommandThatIsCalledOffCleansUp(t *testing.T) {
	left := filepath.Join(t.TempDir(), "left")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `trap 'rm "$0"; exit 1' INT; : >"$0"; while :; do :; done`, left)
	interruptible(cmd)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { _, err := os.Stat(left); return err == nil }, 10*time.Second, time.Millisecond)
	cancel()
	require.Error(t, cmd.Wait())
	require.NoFileExists(t, left)
}
