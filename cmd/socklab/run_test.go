package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A Ctrl-C that comes while a program is still being built must not be lost.
func TestAnInterruptBeforeTheProgramRunsEndsIt(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "sleep.go")
	require.NoError(t, os.WriteFile(source, []byte("package main\n\nfunc main() { select {} }\n"), 0o644))
	in, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer in.Close()
	var out, errs lines
	c := console{in: in, out: &out, err: &errs, cmd: &command{name: "run"}}

	// The build does not look at the context when all is in the caches, so
	// that this is the moment after it.
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan int, 1)
	go func() {
		code, err := run(ctx, c, []string{source})
		if err != nil {
			code = c.fail(err)
		}
		over <- code
	}()
	cancel()
	select {
	case code := <-over:
		require.Equal(t, exitInterrupted, code, errs.b.String())
	case <-time.After(time.Minute):
		t.Fatal("the program goes on")
	}
}

// A program that was told to terminate ends as one that a shell saw terminated.
func TestATerminatedProgramsCodeSaysSo(t *testing.T) {
	signals := make(chan os.Signal, 1) // the test itself is not to end by it
	signal.Notify(signals, syscall.SIGTERM)
	defer signal.Stop(signals)
	source := filepath.Join(t.TempDir(), "wait.go")
	require.NoError(t, os.WriteFile(source, []byte("package main\n\nimport \"os\"\n\nfunc main() { os.Stdin.Read(make([]byte, 1)) }\n"), 0o644))
	in, keep, err := os.Pipe()
	require.NoError(t, err)
	defer in.Close()
	defer keep.Close()
	var out, errs lines
	c := console{in: in, out: &out, err: &errs, cmd: &command{name: "run"}}
	over := make(chan int, 1)
	go func() {
		code, err := run(context.Background(), c, []string{source})
		if err != nil {
			code = c.fail(err)
		}
		over <- code
	}()
	for end := time.After(time.Minute); ; {
		select { // the program may not be there yet: it is told until it has heard
		case code := <-over:
			require.Equal(t, exitTerminated, code, errs.b.String())
			return
		case <-time.After(50 * time.Millisecond):
			require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
		case <-end:
			t.Fatal("the program goes on")
		}
	}
}

// A module that was built elsewhere finds what it would find elsewhere.
func TestAModuleGetsTheEnvironmentAndTheFoldersThatItIsGiven(t *testing.T) {
	dir := t.TempDir()
	source, module := filepath.Join(dir, "look.go"), filepath.Join(dir, "look.wasm")
	require.NoError(t, os.WriteFile(source, []byte(`package main

import (
	"fmt"
	"os"
	"unsafe"
)

//go:wasmimport wasi_snapshot_preview1 fd_prestat_get
func fd_prestat_get(fd int32, stat unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_prestat_dir_name
func fd_prestat_dir_name(fd int32, name unsafe.Pointer, size uint32) uint32

func main() {
	var stat struct{ kind, size uint32 }
	fd_prestat_get(3, unsafe.Pointer(&stat))
	name := make([]byte, stat.size)
	fd_prestat_dir_name(3, unsafe.Pointer(unsafe.SliceData(name)), stat.size)
	fmt.Printf("%q %s\n", os.Environ(), name)
}
`), 0o644))
	cmd := exec.Command("go", "build", "-o", module, source)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, string(said))

	for _, test := range []struct {
		flags []string
		want  string
	}{
		{nil, "[] /\n"},
		{[]string{"--env", "A=1", "--env", "B=2", "--dir", dir + "::data/in"}, `["A=1" "B=2"] data/in` + "\n"},
		{[]string{"--dir", dir + "::/data/"}, "[] /data\n"},
	} {
		in, err := os.Open(os.DevNull)
		require.NoError(t, err)
		var out, errs lines
		code, err := run(t.Context(), console{in: in, out: &out, err: &errs, cmd: &command{name: "run"}}, append(test.flags, module))
		in.Close()
		require.NoError(t, err)
		require.Zero(t, code, errs.b.String())
		require.Equal(t, test.want, out.b.String())
	}
	for _, guest := range []string{"", "..", "../out", "in/../../out"} {
		require.ErrorContains(t, new(dirFlag).Set(dir+"::"+guest), "leads out of the folder", guest)
	}
}
