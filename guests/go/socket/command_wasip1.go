package socket

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
)

func command(line string) (output []byte, status int, err error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, 0, err
	}
	env := strings.Join(os.Environ(), "\x00") + "\x00"
	var in, out, errs, pid int32
	if errno := host_spawn(text(line), uint32(len(line)), text(dir), uint32(len(dir)),
		_SPAWN_NULL_STDIN|_SPAWN_PIPE_STDOUT|_SPAWN_STDERR_TO_STDOUT, text(env), uint32(len(env)),
		&in, &out, &errs, &pid); errno != 0 {
		return nil, 0, Errno(errno)
	}
	// Non-blocking, so that only this goroutine waits.
	err = syscall.SetNonblock(int(out), true)
	pipe := os.NewFile(uintptr(out), "command")
	output, readErr := io.ReadAll(pipe)
	err = errors.Join(err, readErr, pipe.Close())
	var ended, how int32
	if errno := host_waitpid(pid, 0, &ended, &how); errno != 0 {
		return output, 0, errors.Join(err, Errno(errno))
	}
	if signal := how & 0x7f; signal != 0 {
		return output, 128 + int(signal), err
	}
	return output, int(how >> 8), err
}
