package local

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return c
}

// folder is a guest's folder: it resolves the guest's absolute paths, and
// counts what is held.
type folder struct {
	t    *testing.T
	dir  string
	held int
}

func newFolder(t *testing.T) *folder {
	dir, err := os.MkdirTemp("", "u")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &folder{t: t, dir: dir}
}

func (f *folder) resolve(path string, connect bool) (string, func(), abi.Errno) {
	if !strings.HasPrefix(path, "/") {
		return "", nil, abi.ENOENT
	}
	f.held++
	return filepath.Join(f.dir, path), func() { f.held-- }, abi.OK
}

func open(t *testing.T, sp *Space, typ abi.Type, r Resolver) sock.Socket {
	t.Helper()
	s, err := kernel.New().Socket(abi.AF_UNIX, typ, 0)
	require.Equal(t, abi.OK, err)
	w := sp.Wrap(s, r)
	t.Cleanup(func() { w.Close() })
	return w
}

func local(t *testing.T, s sock.Socket) string {
	t.Helper()
	a, err := s.LocalAddr()
	require.Equal(t, abi.OK, err)
	require.Equal(t, abi.AF_UNIX, a.Family)
	return a.Path
}

func peer(t *testing.T, s sock.Socket) string {
	t.Helper()
	a, err := s.PeerAddr()
	require.Equal(t, abi.OK, err)
	return a.Path
}

func TestEveryNameIsTheGuests(t *testing.T) {
	f := newFolder(t)
	sp := NewSpace("a")
	l := open(t, sp, abi.SOCK_STREAM, f.resolve)
	require.Equal(t, "", local(t, l))
	require.Equal(t, abi.OK, l.Bind(abi.UnixAddr("/s.sock")))
	require.FileExists(t, filepath.Join(f.dir, "s.sock"))
	require.Equal(t, "/s.sock", local(t, l))
	require.Equal(t, abi.OK, l.Listen(1))

	c := open(t, sp, abi.SOCK_STREAM, f.resolve)
	require.Equal(t, abi.OK, c.Bind(abi.UnixAddr("/c.sock")))
	require.Equal(t, abi.OK, c.Connect(ctx(t), abi.UnixAddr("/s.sock")))
	require.Equal(t, "/s.sock", peer(t, c))
	conn, from, err := l.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	require.Equal(t, "/c.sock", from.Path)
	require.Equal(t, "/c.sock", peer(t, conn))
	require.Equal(t, "/s.sock", local(t, conn))

	unnamed := open(t, sp, abi.SOCK_STREAM, f.resolve)
	require.Equal(t, abi.OK, unnamed.Connect(ctx(t), abi.UnixAddr("/s.sock")))
	conn2, from, err := l.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	require.Equal(t, "", from.Path)
	require.Equal(t, "", peer(t, conn2))

	require.Equal(t, 2, f.held, "the two that are bound")
	l.Close()
	c.Close()
	require.Zero(t, f.held)
	require.Empty(t, sp.live)
	require.FileExists(t, filepath.Join(f.dir, "s.sock"), "the file outlives the socket")
	require.Equal(t, abi.ECONNREFUSED, unnamedConnect(t, sp, f))
}

func unnamedConnect(t *testing.T, sp *Space, f *folder) abi.Errno {
	return open(t, sp, abi.SOCK_STREAM, f.resolve).Connect(ctx(t), abi.UnixAddr("/s.sock"))
}

func TestDatagramsTellTheGuestsNames(t *testing.T) {
	f := newFolder(t)
	sp := NewSpace("a")
	s := open(t, sp, abi.SOCK_DGRAM, f.resolve)
	require.Equal(t, abi.OK, s.Bind(abi.UnixAddr("/s")))
	c := open(t, sp, abi.SOCK_DGRAM, f.resolve)
	require.Equal(t, abi.OK, c.Bind(abi.UnixAddr("/c")))
	_, err := c.Send(ctx(t), []byte("hi"), 0, abi.UnixAddr("/s"))
	require.Equal(t, abi.OK, err)
	require.Equal(t, 2, f.held, "a send holds nothing")
	c.Close() // the name of one that is gone still shows
	_, from, _, err := s.Recv(ctx(t), make([]byte, 9), 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, "/c", from.Path)
	_, err = s.Send(ctx(t), []byte("x"), 0, from)
	require.Equal(t, abi.ECONNREFUSED, err)
}

func TestAbstractNamesStayInTheirWorld(t *testing.T) {
	needsAbstract(t)
	a, b := NewSpace("a"), NewSpace("b")
	l := open(t, a, abi.SOCK_STREAM, nil)
	require.Equal(t, abi.OK, l.Bind(abi.UnixAddr("\x00name")))
	require.Equal(t, "\x00name", local(t, l))
	require.Equal(t, abi.OK, l.Listen(1))
	require.Equal(t, abi.ECONNREFUSED, open(t, b, abi.SOCK_STREAM, nil).Connect(ctx(t), abi.UnixAddr("\x00name")))
	require.Equal(t, abi.OK, open(t, b, abi.SOCK_STREAM, nil).Bind(abi.UnixAddr("\x00name")))
	require.Equal(t, abi.EADDRINUSE, open(t, NewSpace("a"), abi.SOCK_STREAM, nil).Bind(abi.UnixAddr("\x00name")))

	c := open(t, NewSpace("a"), abi.SOCK_STREAM, nil)
	require.Equal(t, abi.OK, c.Bind(abi.UnixAddr("\x00me")))
	require.Equal(t, abi.OK, c.Connect(ctx(t), abi.UnixAddr("\x00name")))
	require.Equal(t, "\x00name", peer(t, c))
	conn, from, err := l.Accept(ctx(t))
	require.Equal(t, abi.OK, err)
	require.Equal(t, "\x00me", from.Path)
	require.Equal(t, "\x00name", local(t, conn))

	// The machine's own abstract names are out of reach, and nameless.
	out, err := kernel.New().Socket(abi.AF_UNIX, abi.SOCK_DGRAM, 0)
	require.Equal(t, abi.OK, err)
	defer out.Close()
	require.Equal(t, abi.OK, out.Bind(abi.UnixAddr("\x00socklab-local-test")))
	g := open(t, a, abi.SOCK_DGRAM, nil)
	require.Equal(t, abi.ECONNREFUSED, g.Connect(ctx(t), abi.UnixAddr("\x00socklab-local-test")))
	require.Equal(t, abi.OK, g.Bind(abi.UnixAddr("\x00g")))
	_, err = out.Send(ctx(t), []byte("x"), 0, abi.UnixAddr(a.outer("\x00g")))
	require.Equal(t, abi.OK, err)
	_, from, _, err = g.Recv(ctx(t), make([]byte, 1), 0)
	require.Equal(t, abi.OK, err)
	require.Equal(t, abi.UnixAddr(""), from)
}

func needsAbstract(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("abstract names are Linux's")
	}
}

func TestBindWithoutANameChoosesAnAbstractOne(t *testing.T) {
	needsAbstract(t)
	sp := NewSpace("auto")
	s := open(t, sp, abi.SOCK_DGRAM, nil)
	require.Equal(t, abi.OK, s.Bind(abi.UnixAddr("")))
	name := local(t, s)
	require.Len(t, name, 6)
	require.Equal(t, byte(0), name[0])
	require.Equal(t, abi.OK, s.Bind(abi.UnixAddr("")))
	require.Equal(t, name, local(t, s))
	_, err := open(t, sp, abi.SOCK_DGRAM, nil).Send(ctx(t), nil, 0, abi.UnixAddr(name))
	require.Equal(t, abi.OK, err)
}

func TestRefusals(t *testing.T) {
	f := newFolder(t)
	sp := NewSpace("r")
	s := open(t, sp, abi.SOCK_STREAM, nil)
	require.Equal(t, abi.EACCES, s.Bind(abi.UnixAddr("/x")))
	require.Contains(t, s.(sock.Explainer).Explain(), "/x")
	require.Equal(t, abi.EACCES, s.Connect(ctx(t), abi.UnixAddr("/x")))

	s = open(t, sp, abi.SOCK_STREAM, f.resolve)
	require.Equal(t, abi.ENOENT, s.Bind(abi.UnixAddr("relative")), "the resolver's word")
	require.Equal(t, abi.ENOENT, s.Bind(abi.UnixAddr("/no/such/folder")))
	require.Equal(t, abi.ENOENT, s.Connect(ctx(t), abi.UnixAddr("/none")))
	require.Equal(t, abi.EINVAL, s.Connect(ctx(t), abi.UnixAddr("")))
	inet := abi.Sockaddr{Family: abi.AF_INET}
	require.Equal(t, abi.EINVAL, s.Bind(inet))
	require.Equal(t, abi.EINVAL, s.Connect(ctx(t), inet))
	_, err := s.Send(ctx(t), nil, 0, abi.UnixAddr("/x"))
	require.Equal(t, abi.EOPNOTSUPP, err)
	require.Zero(t, f.held, "a refused call holds nothing")

	missing := func(string, bool) (string, func(), abi.Errno) { return "", nil, abi.ENOENT }
	for name, why := range map[string]string{"/tmp/a.sock": "there is no folder /tmp here", "/a.sock": "", "tmp/a.sock": ""} {
		s = open(t, sp, abi.SOCK_STREAM, missing)
		require.Equal(t, abi.ENOENT, s.Connect(ctx(t), abi.UnixAddr(name)))
		require.Empty(t, s.(sock.Explainer).Explain(), "who connects may be early")
		require.Equal(t, abi.ENOENT, s.Bind(abi.UnixAddr(name)))
		said := s.(sock.Explainer).Explain()
		require.Contains(t, said, why)
		require.Equal(t, why == "", said == "", name)
	}

	d := open(t, sp, abi.SOCK_DGRAM, f.resolve)
	_, err = d.Send(ctx(t), nil, 0, inet)
	require.Equal(t, abi.EINVAL, err)
}

func TestAddressOnAConnectedSocket(t *testing.T) {
	sp := NewSpace("c")
	for typ, want := range map[abi.Type]abi.Errno{abi.SOCK_STREAM: abi.EISCONN, abi.SOCK_SEQPACKET: abi.OK} {
		a, b, err := kernel.New().SocketPair(abi.AF_UNIX, typ, 0)
		require.Equal(t, abi.OK, err)
		defer b.Close()
		s := sp.Wrap(a, nil)
		defer s.Close()
		_, err = s.Send(ctx(t), []byte("x"), 0, abi.UnixAddr("/elsewhere"))
		require.Equal(t, want, err)
	}
}

func TestANativePeerHasTheNameItWasReachedBy(t *testing.T) {
	f := newFolder(t)
	native, err := kernel.New().Socket(abi.AF_UNIX, abi.SOCK_STREAM, 0)
	require.Equal(t, abi.OK, err)
	defer native.Close()
	require.Equal(t, abi.OK, native.Bind(abi.UnixAddr(filepath.Join(f.dir, "n"))))
	require.Equal(t, abi.OK, native.Listen(1))
	c := open(t, NewSpace("n"), abi.SOCK_STREAM, f.resolve)
	require.Equal(t, abi.OK, c.Connect(ctx(t), abi.UnixAddr("/n")))
	require.Equal(t, "/n", peer(t, c))
}

func TestNamesOfTheGoneAreForgottenInTheEnd(t *testing.T) {
	sp := NewSpace("m")
	for i := range 3 * len(sp.ring) {
		real := filepath.Join("/x", string(rune('a'+i%26)), string(rune('0'+i)))
		sp.bound(real, "n")
		sp.closed(real)
	}
	require.Empty(t, sp.live)
	require.LessOrEqual(t, len(sp.gone), len(sp.ring))
}
