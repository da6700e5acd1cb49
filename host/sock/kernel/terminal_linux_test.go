package kernel

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
)

// terminal is the two ends of a pseudo terminal: who types, and the terminal.
func terminal(t *testing.T) (typist, tty *os.File) {
	m, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("no pseudo terminals here")
	}
	typist = os.NewFile(uintptr(m), "ptmx")
	t.Cleanup(func() { typist.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(m, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(m, unix.TIOCGPTN)
	require.NoError(t, err)
	s, err := unix.Open("/dev/pts/"+strconv.Itoa(n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	tty = os.NewFile(uintptr(s), "tty")
	t.Cleanup(func() { tty.Close() })
	return typist, tty
}

func TestFileReadsATerminal(t *testing.T) {
	typist, tty := terminal(t)
	f := open(t, tty)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	buf := make([]byte, 100)
	_, err := f.Read(ctx, buf)
	require.Equal(t, abi.EINTR, err)
	typist.WriteString("half a line")
	ctx, cancel = context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	_, err = f.Read(ctx, buf)
	require.Equal(t, abi.EINTR, err, "a line is not there until it ends")
	typist.WriteString(", and the rest\n")
	n, err := f.Read(context.Background(), buf)
	require.Equal(t, abi.OK, err)
	require.Equal(t, "half a line, and the rest\n", string(buf[:n]))
	flags, ferr := unix.FcntlInt(tty.Fd(), unix.F_GETFL, 0)
	require.NoError(t, ferr)
	require.Zero(t, flags&unix.O_NONBLOCK)
}

func TestFileWritesToATerminalThatIsStopped(t *testing.T) {
	typist, tty := terminal(t)
	f := open(t, tty)
	n, err := f.Write(context.Background(), []byte("hello"))
	require.Equal(t, abi.OK, err)
	require.Equal(t, 5, n)
	buf := make([]byte, 10)
	n, rerr := typist.Read(buf)
	require.NoError(t, rerr)
	require.Equal(t, "hello", string(buf[:n]))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	n, err = f.Write(ctx, make([]byte, 1<<20)) // nobody reads the screen
	require.Equal(t, abi.EINTR, err)
	require.Less(t, n, 1<<20)
}
