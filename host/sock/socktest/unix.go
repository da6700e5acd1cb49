package socktest

import (
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

func unixCases() []testCase {
	return []testCase{
		{"a path stays behind: EADDRINUSE for who binds, ECONNREFUSED for who connects", func(t *T) {
			l, addr := t.listener(unix, stream)
			t.ok(l.Close())
			t.is(abi.EADDRINUSE, t.socket(unix, stream).Bind(addr))
			t.is(abi.ECONNREFUSED, t.socket(unix, stream).Connect(t.ctx, addr))
		}},
		{"a folder that is not there is ENOENT", func(t *T) {
			t.is(abi.ENOENT, t.socket(unix, stream).Bind(abi.UnixAddr(filepath.Join(t.path(), "s"))))
		}},
		{"a path through a file is ENOTDIR", func(t *T) {
			_, addr := t.bound(unix, stream)
			t.is(abi.ENOTDIR, t.socket(unix, stream).Bind(abi.UnixAddr(addr.Path+"/s")))
		}},
		{"getsockname tells the path as it was bound", func(t *T) {
			s := t.socket(unix, stream)
			want := abi.UnixAddr(t.path())
			t.ok(s.Bind(want))
			got, err := s.LocalAddr()
			t.ok(err)
			require.Equal(t, want, got)
		}},
		{"a path of 107 bytes can be bound", func(t *T) {
			path := t.path()
			if len(path) > 90 {
				t.Skip("the folder's own path is too long")
			}
			path += strings.Repeat("x", 107-len(path))
			s := t.socket(unix, stream)
			t.ok(s.Bind(abi.UnixAddr(path)))
			got, err := s.LocalAddr()
			t.ok(err)
			require.Equal(t, path, got.Path)
		}},
		{"a path above that is ENAMETOOLONG, or can be bound too", func(t *T) {
			err := t.socket(unix, stream).Bind(abi.UnixAddr(t.path() + strings.Repeat("x", 120)))
			if t.o.LongPaths {
				t.ok(err)
			} else {
				t.is(abi.ENAMETOOLONG, err)
			}
		}},
		{"an abstract name needs no file, and is free when its socket is closed", func(t *T) {
			name := abi.UnixAddr("\x00" + filepath.Base(t.path()) + "-socklab\x00test")
			for range 2 {
				l := t.socket(unix, stream)
				t.ok(l.Bind(name))
				t.ok(l.Listen(1))
				got, err := l.LocalAddr()
				t.ok(err)
				require.Equal(t, name, got)
				t.is(abi.EADDRINUSE, t.socket(unix, stream).Bind(name))
				client := t.dial(name, stream)
				t.send(client, "hi")
				t.gets(t.accept(l), "hi")
				t.ok(l.Close())
			}
		}},
		{"binding to no name chooses an abstract one", func(t *T) {
			s := t.socket(unix, dgram)
			t.ok(s.Bind(abi.UnixAddr("")))
			addr, err := s.LocalAddr()
			t.ok(err)
			require.Equal(t, byte(0), addr.Path[0])
			other := t.socket(unix, dgram)
			t.sendTo(other, "x", addr)
			require.Equal(t, "x", t.recv(s, 0))
		}},
		{"a client without a name is unnamed to the server", func(t *T) {
			_, server := t.pair(unix, stream)
			peer, err := server.PeerAddr()
			t.ok(err)
			require.Equal(t, "unnamed", peer.String())
		}},
		{"a client with a name is known by it", func(t *T) {
			l, addr := t.listener(unix, stream)
			client, own := t.bound(unix, stream)
			t.ok(client.Connect(t.ctx, addr))
			server, from, err := l.Accept(t.ctx)
			t.ok(err)
			defer server.Close()
			require.Equal(t, own, from)
		}},
		{"a connection outlives the path's listener", func(t *T) {
			l, addr := t.listener(unix, stream)
			client := t.dial(addr, stream)
			server := t.accept(l)
			t.ok(l.Close())
			t.send(client, "x")
			t.gets(server, "x")
		}},
	}
}
