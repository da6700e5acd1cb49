//go:build linux || darwin

package socket

import (
	"errors"
	"os/exec"
	"syscall"
)

func command(line string) (output []byte, status int, err error) {
	output, err = exec.Command("sh", "-c", line).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			return output, 128 + int(ws.Signal()), nil
		}
		return output, exit.ExitCode(), nil
	}
	return output, 0, err
}
