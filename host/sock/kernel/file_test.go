package kernel

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// pipe is a pipe whose ends block, as a shell hands them to a program.
func pipe(t *testing.T) (r, w *os.File) {
	var fds [2]int
	require.NoError(t, unix.Pipe(fds[:]))
	r, w = os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w")
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func open(t *testing.T, f *os.File) *File {
	t.Helper()
	file, err := NewFile(f)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}

func TestFileReadsAPipe(t *testing.T) {
	r, w := pipe(t)
	f := open(t, r)
	buf := make([]byte, 10)
	time.AfterFunc(5*time.Millisecond, func() { w.WriteString("late") })
	n, err := f.Read(context.Background(), buf)
	require.Equal(t, abi.OK, err)
	require.Equal(t, "late", string(buf[:n]))
	w.Close()
	n, err = f.Read(context.Background(), buf)
	require.Equal(t, abi.OK, err)
	require.Zero(t, n, "the end")
}

func TestFileReadIsInterrupted(t *testing.T) {
	r, w := pipe(t)
	f := open(t, r)
	for range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		var at time.Time
		time.AfterFunc(5*time.Millisecond, func() { at = time.Now(); cancel() })
		_, err := f.Read(ctx, make([]byte, 10))
		require.Equal(t, abi.EINTR, err)
		require.Less(t, time.Since(at), time.Second)
	}
	w.WriteString("kept")
	buf := make([]byte, 10)
	n, err := f.Read(context.Background(), buf)
	require.Equal(t, abi.OK, err)
	require.Equal(t, "kept", string(buf[:n]))
}

func TestFileWriteToAPipeThatNobodyReads(t *testing.T) {
	r, w := pipe(t)
	f := open(t, w)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	big := strings.Repeat("0123456789", 100_000)
	n, err := f.Write(ctx, []byte(big))
	require.Equal(t, abi.EINTR, err)
	require.Positive(t, n)
	require.Less(t, n, len(big))
	rest := make(chan abi.Errno)
	go func() {
		_, err := f.Write(context.Background(), []byte(big[n:]))
		f.Close()
		w.Close()
		rest <- err
	}()
	all, rerr := io.ReadAll(r)
	require.NoError(t, rerr)
	require.Equal(t, abi.OK, <-rest)
	require.Equal(t, big, string(all))
}

func TestFileWriteToAPipeWithoutReader(t *testing.T) {
	r, w := pipe(t)
	f := open(t, w)
	r.Close()
	_, err := f.Write(context.Background(), []byte("x"))
	require.Equal(t, abi.EPIPE, err)
}

func TestFileCloseEndsReadsAndWrites(t *testing.T) {
	r, w := pipe(t)
	in, out := open(t, r), open(t, w)
	time.AfterFunc(5*time.Millisecond, func() { in.Close() })
	_, err := in.Read(context.Background(), make([]byte, 1))
	require.Equal(t, abi.EBADF, err)
	time.AfterFunc(5*time.Millisecond, func() { out.Close() })
	_, err = out.Write(context.Background(), make([]byte, 1<<20))
	require.Equal(t, abi.EBADF, err)
	require.Equal(t, abi.EBADF, in.Close())
	_, err = in.Read(context.Background(), nil)
	require.Equal(t, abi.EBADF, err)
	require.NoError(t, r.Close(), "the host's own file is left alone")
}

func TestFileLeavesBlockingModeAlone(t *testing.T) {
	r, _ := pipe(t)
	f := open(t, r)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	f.Read(ctx, make([]byte, 1))
	flags, err := unix.FcntlInt(r.Fd(), unix.F_GETFL, 0)
	require.NoError(t, err)
	require.Zero(t, flags&unix.O_NONBLOCK)
}

func TestFileRegular(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	w, err := os.Create(path)
	require.NoError(t, err)
	defer w.Close()
	big := strings.Repeat("0123456789", 10_000)
	out := open(t, w)
	n, errno := out.Write(context.Background(), []byte(big))
	require.Equal(t, abi.OK, errno)
	require.Equal(t, len(big), n)
	r, err := os.Open(path)
	require.NoError(t, err)
	defer r.Close()
	in := open(t, r)
	buf := make([]byte, len(big)+1)
	n, errno = in.Read(context.Background(), buf)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, big, string(buf[:n]))
	n, errno = in.Read(context.Background(), buf)
	require.Equal(t, abi.OK, errno)
	require.Zero(t, n)
	_, errno = in.Write(context.Background(), []byte("x"))
	require.Equal(t, abi.EBADF, errno, "it is open for reading only")
}

func TestFileNull(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	require.NoError(t, err)
	defer null.Close()
	f := open(t, null)
	n, errno := f.Read(context.Background(), make([]byte, 10))
	require.Equal(t, abi.OK, errno)
	require.Zero(t, n)
	n, errno = f.Write(context.Background(), make([]byte, 10))
	require.Equal(t, abi.OK, errno)
	require.Equal(t, 10, n)
}

func TestPollFilesAndSockets(t *testing.T) {
	r, w := pipe(t)
	in := open(t, r)
	regular, err := os.Create(filepath.Join(t.TempDir(), "f"))
	require.NoError(t, err)
	defer regular.Close()
	always := open(t, regular)
	client, server := pair(t)
	p, err := NewPoller()
	require.NoError(t, err)
	defer p.Close()
	items := []sock.PollItem{
		{Source: in.Source(), Want: sock.Readable},
		{Source: server.Source(), Want: sock.Readable},
		{Source: always.Source(), Want: sock.Readable | sock.Writable},
	}
	n, errno := p.Wait(context.Background(), items, -1)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, 1, n)
	require.Equal(t, sock.Readable|sock.Writable, items[2].Ready, "a regular file is always ready")

	w.WriteString("x")
	n, errno = p.Wait(context.Background(), items[:2], -1)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, 1, n)
	require.Equal(t, sock.Readable, items[0].Ready)

	in.Read(context.Background(), make([]byte, 1))
	client.Send(context.Background(), []byte("x"), 0, abi.Sockaddr{})
	n, errno = p.Wait(context.Background(), items[:2], -1)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, 1, n)
	require.Equal(t, sock.Readable, items[1].Ready)

	// The pipe is closed here and still open elsewhere: it must be gone for
	// the poller all the same.
	in.Close()
	w.WriteString("x")
	server.Recv(context.Background(), make([]byte, 1), 0)
	n, errno = p.Wait(context.Background(), items[1:2], 5*time.Millisecond)
	require.Equal(t, abi.OK, errno)
	require.Zero(t, n)
}

func TestFileWaitingHoldsNoThread(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	before := threads(t)
	var all sync.WaitGroup
	const files = 100
	for range files {
		r, _ := pipe(t)
		f := open(t, r)
		all.Go(func() { f.Read(ctx, make([]byte, 1)) })
	}
	parked(t, files)
	require.Less(t, threads(t), before+files/2)
	cancel()
	all.Wait()
}
