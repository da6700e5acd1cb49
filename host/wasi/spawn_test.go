package wasi

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/sys"

	"socklab/host/abi"
)

// fakeChild is a child that a test ends.
type fakeChild struct {
	Command
	done chan struct{}
	code int
	own  bool
}

func (c *fakeChild) Done() <-chan struct{}     { return c.done }
func (c *fakeChild) Exit() (int, bool, string) { return c.code, c.own, "" }

func (c *fakeChild) Kill() {
	select {
	case <-c.done:
	default:
		close(c.done)
	}
}

// exits has the child exit by itself.
func (c *fakeChild) exits(code int) {
	c.code, c.own = code, true
	for _, s := range c.Pipes {
		if s != nil {
			s.Close()
		}
	}
	c.Kill()
}

// nursery is a bench whose guest may have children.
type nursery struct {
	*bench
	born []*fakeChild
	err  error // of the next
}

func newNursery(t testing.TB, cfg Config) *nursery {
	n := &nursery{}
	cfg.Spawn = func(_, _ context.Context, c Command) (Child, error) {
		if n.err != nil {
			return nil, n.err
		}
		ch := &fakeChild{Command: c, done: make(chan struct{})}
		n.born = append(n.born, ch)
		return ch, nil
	}
	n.bench = newBench(t, cfg)
	return n
}

// spawn calls spawn, and returns what it has written.
func (n *nursery) spawn(line, dir, env string, flags abi.SpawnFlags) (in, out, errs, pid int32, errno abi.Errno) {
	n.t.Helper()
	at := uint32(4096)
	put := func(s string) (uint32, uint32) {
		copy(n.mem()[at:], s)
		at += uint32(len(s)) + 8
		return at - uint32(len(s)) - 8, uint32(len(s))
	}
	l, ln := put(line)
	d, dn := put(dir)
	e, en := put(env)
	errno = abi.Errno(n.sock(abi.Spawn, l, ln, d, dn, uint32(flags), e, en, 64, 68, 72, 76))
	return int32(n.u32(64)), int32(n.u32(68)), int32(n.u32(72)), int32(n.u32(76)), errno
}

// wait calls waitpid.
func (n *nursery) wait(pid, options int32) (ended int32, status abi.WaitStatus, errno abi.Errno) {
	errno = abi.Errno(n.sock(abi.WaitPID, uint32(pid), uint32(options), 64, 68))
	return int32(n.u32(64)), abi.WaitStatus(n.u32(68)), errno
}

func TestSpawnMakesThePipesThatAreAskedFor(t *testing.T) {
	n := newNursery(t, Config{Env: []string{"A=1"}, Stdout: &bytes.Buffer{}})
	in, out, errs, pid, errno := n.spawn("ls", "", "", abi.SPAWN_PIPE_STDIN|abi.SPAWN_PIPE_STDOUT|abi.SPAWN_PIPE_STDERR)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, []int32{3, 4, 5, 1}, []int32{in, out, errs, pid})
	c := n.born[0]
	require.Equal(t, "ls", c.Line)
	require.Equal(t, "/", c.Dir)
	require.Equal(t, []string{"A=1"}, c.Env)

	_, e := c.Pipes[1].Send(t.Context(), []byte("out"), 0, abi.Sockaddr{})
	require.Equal(t, abi.OK, e)
	n.mem()[200] = 0
	copy(n.mem()[128:], "\x00\x02\x00\x00\x08\x00\x00\x00") // a buffer of 8 at 512
	require.Equal(t, abi.OK, n.wasi("fd_read", uint32(out), 128, 1, 160))
	require.Equal(t, "out", string(n.mem()[512:515]))
	require.Equal(t, abi.OK, n.wasi("fd_write", uint32(in), 128, 1, 160))
	b := make([]byte, 16)
	got, _, _, e := c.Pipes[0].Recv(t.Context(), b, 0)
	require.Equal(t, abi.OK, e)
	require.Equal(t, "out", string(b[:min(got, 3)]))

	require.Equal(t, abi.EPIPE, n.wasi("fd_write", uint32(out), 128, 1, 160), "it is the child who writes there")
	_, _, _, e = c.Pipes[1].Recv(t.Context(), b, abi.MSG_DONTWAIT)
	require.Equal(t, abi.OK, e, "and nobody whom it hears")

	c.exits(3)
	require.Equal(t, abi.EPIPE, n.wasi("fd_write", uint32(in), 128, 1, 160), "nobody reads any more")
	require.Equal(t, abi.OK, n.wasi("fd_read", uint32(out), 128, 1, 160))
	require.Zero(t, n.u32(160), "the end")
	ended, status, errno := n.wait(pid, 0)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, pid, ended)
	require.Equal(t, abi.ExitedStatus(3), status)
	_, _, errno = n.wait(pid, 0)
	require.Equal(t, abi.ECHILD, errno)
}

func TestAPipeHasNoName(t *testing.T) {
	n := newNursery(t, Config{})
	in, out, _, _, errno := n.spawn("x", "/", "", abi.SPAWN_PIPE_STDIN|abi.SPAWN_PIPE_STDOUT)
	require.Equal(t, abi.OK, errno)
	t.Chdir(t.TempDir())
	addr := abi.UnixAddr("name")
	length := uint32(addr.Encode(n.mem()[2048:2200]))
	for _, fd := range []uint32{uint32(in), uint32(out)} {
		require.EqualValues(t, abi.EINVAL, n.sock(abi.Bind, fd, 2048, length))
		require.EqualValues(t, abi.EINVAL, n.sock(abi.Listen, fd, 5))
		require.EqualValues(t, abi.EINVAL, n.sock(abi.Accept, fd, 0, 0, 0, 0, 64))
		require.EqualValues(t, abi.EISCONN, n.sock(abi.Connect, fd, 2048, length))
		require.EqualValues(t, abi.EISCONN, n.sock(abi.SendTo, fd, 512, 1, 0, 2048, length, 64))
	}
	require.NoFileExists(t, "name")
}

func TestSpawnPassesStreamsOn(t *testing.T) {
	var stdout, stderr bytes.Buffer
	n := newNursery(t, Config{Stdout: &stdout, Stderr: &stderr, Output: 10})
	in, out, errs, _, errno := n.spawn("x", "/d", "K=V\x00bad\x00=bad\x00L=\x00", 0)
	require.Equal(t, abi.OK, errno)
	require.Equal(t, []int32{-1, -1, -1}, []int32{in, out, errs})
	c := n.born[0]
	require.Equal(t, []string{"K=V", "L="}, c.Env)
	require.Equal(t, "/d", c.Dir)
	c.Stdout.Write([]byte("1234"))
	c.Stderr.Write([]byte("56"))
	require.Equal(t, "1234 56", stdout.String()+" "+stderr.String())

	_, err := c.Stdout.Write([]byte("7890abc"))
	require.ErrorIs(t, err, errOutput)
	require.Equal(t, "12347890", stdout.String(), "what is still allowed is not lost")
	require.Equal(t, &Stop{Limit: LimitOutput}, n.p.Stopped())
	require.PanicsWithError(t, sys.NewExitError(stopCode).Error(), func() { n.wait(1, abi.WNOHANG) })
}

func TestAChildReadsItsParentsStandardInput(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	n := newNursery(t, Config{Stdin: r})
	n.spawn("x", "/", "", 0)
	require.Same(t, r, n.born[0].Stdin)
	n.spawn("x", "/", "", abi.SPAWN_NULL_STDIN)
	require.Nil(t, n.born[1].Stdin)
	n = newNursery(t, Config{Stdin: strings.NewReader("not for two")})
	n.spawn("x", "/", "", 0)
	require.Nil(t, n.born[0].Stdin)
}

func TestSpawnJoinsStderrAndStdout(t *testing.T) {
	n := newNursery(t, Config{})
	_, _, errs, _, errno := n.spawn("x", "/", "", abi.SPAWN_PIPE_STDOUT|abi.SPAWN_STDERR_TO_STDOUT)
	require.Equal(t, abi.OK, errno)
	require.EqualValues(t, -1, errs)
	require.True(t, n.born[0].Pipes[1] == n.born[0].Pipes[2])
	n.spawn("x", "/", "", abi.SPAWN_NULL_STDOUT|abi.SPAWN_NULL_STDERR|abi.SPAWN_NULL_STDIN)
	require.Equal(t, Command{Line: "x", Dir: "/"}, n.born[1].Command)
}

func TestSpawnRefuses(t *testing.T) {
	n := newNursery(t, Config{Descriptors: 2})
	for name, c := range map[string]struct {
		line, dir string
		flags     abi.SpawnFlags
		want      abi.Errno
	}{
		"an unknown flag":          {"x", "/", 0x80, abi.EINVAL},
		"a pipe that is null":      {"x", "/", abi.SPAWN_PIPE_STDIN | abi.SPAWN_NULL_STDIN, abi.EINVAL},
		"stderr twice":             {"x", "/", abi.SPAWN_STDERR_TO_STDOUT | abi.SPAWN_PIPE_STDERR, abi.EINVAL},
		"a zero":                   {"x\x00y", "/", 0, abi.EINVAL},
		"a folder from nowhere":    {"x", "d", 0, abi.EINVAL},
		"three pipes with no room": {"x", "/", abi.SPAWN_PIPE_STDIN | abi.SPAWN_PIPE_STDOUT | abi.SPAWN_PIPE_STDERR, abi.EMFILE},
	} {
		_, _, _, _, errno := n.spawn(c.line, c.dir, "", c.flags)
		require.Equal(t, c.want, errno, name)
	}
	before := openDescriptors(t)
	n.err = errors.New("because")
	_, _, _, _, errno := n.spawn("x", "/", "", abi.SPAWN_PIPE_STDOUT)
	require.Equal(t, abi.ENOEXEC, errno)
	require.Equal(t, "because", n.p.explain(nil))
	require.Equal(t, 3, n.p.fds.open, "no descriptor is left")
	require.LessOrEqual(t, openDescriptors(t), before)
	require.Empty(t, n.born)
}

func TestACommandLineIsNotTooLong(t *testing.T) {
	n := newNursery(t, Config{})
	f := &frame{fn: &abi.Funcs[abi.Spawn]}
	f.buf[0] = []byte(strings.Repeat("x", maxCommand+1))
	require.Equal(t, abi.E2BIG, spawn(t.Context(), n.p, f))
	f.buf[0], f.buf[3] = f.buf[0][:1], f.buf[0]
	require.Equal(t, abi.E2BIG, spawn(t.Context(), n.p, f))
}

func TestChildrenAreCounted(t *testing.T) {
	n := newNursery(t, Config{})
	for range maxRunning {
		_, _, _, _, errno := n.spawn("x", "/", "", 0)
		require.Equal(t, abi.OK, errno)
	}
	_, _, _, _, errno := n.spawn("x", "/", "", 0)
	require.Equal(t, abi.EAGAIN, errno, "so many run")
	for range maxChildren - maxRunning {
		n.born[len(n.born)-1].exits(0)
		_, _, _, _, errno := n.spawn("x", "/", "", 0)
		require.Equal(t, abi.OK, errno)
	}
	n.born[len(n.born)-1].exits(0)
	_, _, _, _, errno = n.spawn("x", "/", "", 0)
	require.Equal(t, abi.EAGAIN, errno, "so many wait to be waited for")
	_, _, errno = n.wait(-1, 0)
	require.Equal(t, abi.OK, errno)
	_, _, _, _, errno = n.spawn("x", "/", "", 0)
	require.Equal(t, abi.OK, errno)
}

func TestWaitPIDWaits(t *testing.T) {
	n := newNursery(t, Config{})
	n.spawn("a", "/", "", 0)
	n.spawn("b", "/", "", 0)
	for pid, want := range map[int32]abi.Errno{0: abi.EINVAL, -2: abi.EINVAL, 9: abi.ECHILD} {
		_, _, errno := n.wait(pid, 0)
		require.Equal(t, want, errno)
	}
	_, _, errno := n.wait(1, 2)
	require.Equal(t, abi.EINVAL, errno)
	for _, pid := range []int32{1, -1} {
		ended, status, errno := n.wait(pid, abi.WNOHANG)
		require.Equal(t, abi.OK, errno)
		require.Zero(t, ended)
		require.Zero(t, status)
	}
	go n.born[1].exits(7)
	ended, status, errno := n.wait(-1, 0)
	require.Equal(t, abi.OK, errno)
	require.EqualValues(t, 2, ended)
	require.Equal(t, abi.ExitedStatus(7), status)
	go n.born[0].exits(300)
	_, status, _ = n.wait(1, 0)
	require.Equal(t, abi.ExitedStatus(44), status)
	_, _, errno = n.wait(-1, 0)
	require.Equal(t, abi.ECHILD, errno)
}

func TestWaitPIDEndsWithItsGuest(t *testing.T) {
	for _, pid := range []int32{1, -1} {
		n := newNursery(t, Config{})
		n.spawn("a", "/", "", 0)
		ctx, cancel := context.WithCancel(n.ctx)
		n.ctx = ctx
		go cancel()
		require.Panics(t, func() { n.wait(pid, 0) })
	}
}

func TestKillEndsAChild(t *testing.T) {
	n := newNursery(t, Config{})
	n.spawn("a", "/", "", 0)
	kill := func(pid, signal int32) abi.Errno { return abi.Errno(n.sock(abi.Kill, uint32(pid), uint32(signal))) }
	require.Equal(t, abi.ESRCH, kill(2, 9))
	require.Equal(t, abi.EINVAL, kill(1, 65))
	require.Equal(t, abi.EINVAL, kill(1, -1))
	require.Equal(t, abi.OK, kill(1, 0))
	ended, _, _ := n.wait(1, abi.WNOHANG)
	require.Zero(t, ended, "signal 0 only asks")
	require.Equal(t, abi.OK, kill(1, 15))
	_, status, _ := n.wait(1, 0)
	require.Equal(t, abi.SignaledStatus(15), status)
}

func TestChildrenEndWithTheirParent(t *testing.T) {
	n := newNursery(t, Config{})
	n.spawn("a", "/", "", abi.SPAWN_PIPE_STDOUT)
	n.p.Close()
	<-n.born[0].done
}
