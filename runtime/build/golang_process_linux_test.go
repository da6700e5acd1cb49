package build

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"socklab/guests/toolchains"
	"socklab/runtime/engine"
)

// alone is set in the process of the test below that may start no other.
const alone = "SOCKLAB_TEST_ALONE"

// fetched are the languages whose compilers are fetched, by them.
var fetched = map[string]Language{"clang": C, "python": Python}

// forbidExec makes the kernel refuse, with EPERM, to start a program in this
// process, for good. (A filter of seccomp(2): load the number of the call;
// execve and execveat are refused.)
func forbidExec() error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_EXECVE, Jt: 1},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_EXECVEAT, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	return nil
}

// The sandboxed compilers build where no process can be started, and where
// there is no Go: the kernel sees to the first, a PATH of nothing to the
// second.
func TestTheSandboxedCompilersStartNoProcess(t *testing.T) {
	if os.Getenv(alone) == "" {
		require.NoError(t, goToolkit(t, Sandboxed).PrepareShell(t.Context()))
		for tool, lang := range fetched {
			if _, err := toolchains.Find(tool); err == nil {
				require.NoError(t, goToolkit(t, Sandboxed).Prepare(t.Context(), lang))
			}
		}
		self, err := os.Executable()
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, self, "-test.run=^TestTheSandboxedCompilersStartNoProcess$", "-test.v")
		home, err := os.UserCacheDir()
		require.NoError(t, err)
		cmd.Env = []string{alone + "=1", "PATH=", "XDG_CACHE_HOME=" + home, "HOME=/nowhere", "SOCKLAB_CACHE=" + sharedCache(), "GOROOT=/nowhere"}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS", "%s", out)
		return
	}
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, exec.Command(self, "-test.run=^$").Run(), "before, processes can be started")
	require.NoError(t, forbidExec())
	require.ErrorIs(t, exec.Command(self, "-test.run=^$").Run(), unix.EPERM, "now none can")

	kit := goToolkit(t, Sandboxed)
	require.Equal(t, "HERE!! main.go 11\n", output(t, kit, folder(t, several)))
	_, err = kit.Build(t.Context(), write(t, "main.go", "package main\n\nfunc main() { undefined() }\n"))
	require.ErrorContains(t, err, "main.go:3:15: undefined: undefined")
	require.NoError(t, kit.PrepareShell(t.Context()), "the shell of command lines was prepared as well")
	for tool, lang := range fetched {
		if _, err := toolchains.Find(tool); err != nil {
			t.Log(err)
			continue
		}
		name, source := "main.py", "print('hello')\n"
		if lang == C {
			name, source = "main.c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); }\n"
		}
		require.Equal(t, "hello\n", output(t, kit, write(t, name, source)))
	}

	e, err := shared()
	require.NoError(t, err)
	none, err := New(Options{Engine: e, CacheDir: filepath.Join(sharedCache(), "build"), Compiler: Native})
	require.NoError(t, err)
	_, err = none.Build(t.Context(), write(t, "main.go", "package main\n\nfunc main() {}\n"))
	var noGo *NoGoError
	require.ErrorAs(t, err, &noGo, "native ones are not to be had here")

	// Without a choice, it is the compilers that there are.
	auto, err := New(Options{Engine: e, CacheDir: filepath.Join(sharedCache(), "build"), Tier: engine.Quick})
	require.NoError(t, err)
	require.Contains(t, output(t, auto, write(t, "main.go", "package main\n\nfunc main() { println(\"auto\") }\n")), "auto")
}
