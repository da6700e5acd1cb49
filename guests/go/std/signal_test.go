package std_test

import (
	"bufio"
	"io"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/runtime/engine"
)

func TestSignalsAreHeardAsNatively(t *testing.T) {
	p := build(t, "net")
	// hear sends what comes after each line, and returns the lines.
	hear := func(out io.ReadCloser, send func(syscall.Signal)) (lines []string) {
		late := time.AfterFunc(time.Minute, func() { out.Close() })
		defer late.Stop()
		next := [][]syscall.Signal{
			{syscall.SIGINT}, {syscall.SIGTERM}, nil, {syscall.SIGINT, syscall.SIGTERM}, nil, {syscall.SIGINT}, nil, {syscall.SIGKILL},
		}
		for s := bufio.NewScanner(out); s.Scan(); next = next[1:] {
			lines = append(lines, s.Text())
			require.NotEmpty(t, next, "%q", lines)
			for _, sig := range next[0] {
				send(sig)
			}
		}
		return lines
	}

	cmd := exec.Command(p.native, "signals")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	natively := hear(out, func(s syscall.Signal) { cmd.Process.Signal(s) })
	cmd.Process.Kill()
	cmd.Wait()
	require.Len(t, natively, 8)

	r, w := io.Pipe()
	i, err := p.guest.Start(t.Context(), engine.Spec{
		Name: "guest", Args: []string{"guest", "signals"}, Stdout: w, Stderr: w,
		Stack: policy.New(kernel.New(), policy.Options{}),
	})
	require.NoError(t, err)
	go func() {
		i.Wait()
		w.Close()
	}()
	killed := false
	require.Equal(t, natively, hear(r, func(s syscall.Signal) {
		if s == syscall.SIGTERM {
			killed = i.Terminate()
		} else { // SIGKILL as well: nothing is to be heard any more
			i.Interrupt()
		}
	}))
	require.False(t, killed)
	require.Equal(t, engine.Killed, i.Wait().Why)
}
