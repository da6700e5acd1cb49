// Package local gives AF_UNIX sockets the names that their guests know. A
// path that a guest says lies in its own folders and is resolved by the host;
// an abstract name is one among the guests of a Space. Whatever name a call
// tells a guest is one of its own world again.
//
// A decorator that sees the socket calls of a guest wraps its AF_UNIX
// sockets with Space.Wrap; it does nothing to other families.
package local

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Resolver finds the file that a path of a guest means, for bind, or for
// connect and sendto if connect is set. It returns a path that package
// kernel is to use (short enough for a sockaddr), and what to call when that
// path is not needed any more: after a connect or a send at once, after a
// bind when the socket is closed.
//
// What it returns must not lead out of the guest's folders whatever the
// guest does meanwhile. On Linux that is /proc/self/fd/D/NAME for bind, with
// D the held folder, since bind(2) follows no link at the end; but for
// connect /proc/self/fd/F, with F the socket's own file held with O_PATH and
// O_NOFOLLOW, since connect(2) follows it.
type Resolver func(path string, connect bool) (real string, release func(), err abi.Errno)

// Space is a world of names: the guests whose sockets it wraps meet each
// other in it. It is safe for concurrent use.
type Space struct {
	prefix string

	mu   sync.Mutex
	live map[string]string // the guest's name for each path that is bound
	gone map[string]string // and for those closed last: their datagrams may still wait
	ring [256]string       // the keys of gone
	next int
}

// NewSpace makes a world. Two of the same id, in whatever process of the
// machine, are one where abstract names are concerned.
func NewSpace(id string) *Space {
	h := fnv.New32a()
	h.Write([]byte(id))
	return &Space{
		prefix: fmt.Sprintf("\x00%08x:", h.Sum32()),
		live:   map[string]string{},
		gone:   map[string]string{},
	}
}

// Wrap returns s with a guest's names. A nil Resolver refuses every path,
// with EACCES.
func (sp *Space) Wrap(s sock.Socket, resolve Resolver) sock.Socket {
	return &socket{SocketLayer: sock.SocketLayer{Socket: s}, space: sp, resolve: resolve, typ: s.Info().Type}
}

// Adopt is Wrap for a socket that came from another guest, or from elsewhere.
// It has no name, or one of this world; other names are refused, with EACCES.
func (sp *Space) Adopt(s sock.Socket, resolve Resolver) (sock.Socket, abi.Errno) {
	w := &socket{SocketLayer: sock.SocketLayer{Socket: s}, space: sp, resolve: resolve, typ: s.Info().Type}
	for _, end := range []struct {
		of   func() (abi.Sockaddr, abi.Errno)
		name *string
	}{{s.LocalAddr, &w.own}, {s.PeerAddr, &w.peer}} {
		addr, err := end.of()
		if err != abi.OK || addr.Path == "" {
			continue
		}
		if *end.name = sp.inner(addr).Path; *end.name == "" {
			s.Close()
			return nil, abi.EACCES
		}
	}
	return w, abi.OK
}

// bound remembers what a guest calls a path.
func (sp *Space) bound(real, name string) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	delete(sp.gone, real)
	sp.live[real] = name
}

// closed forgets it, by and by.
func (sp *Space) closed(real string) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	name, ok := sp.live[real]
	if !ok {
		return
	}
	delete(sp.live, real)
	delete(sp.gone, sp.ring[sp.next])
	sp.ring[sp.next] = real
	sp.next = (sp.next + 1) % len(sp.ring)
	sp.gone[real] = name
}

// outer is the kernel's form of an abstract name.
func (sp *Space) outer(name string) string { return sp.prefix + name[1:] }

// inner is the guest's form of a name that the kernel told. A name of
// another world is none.
func (sp *Space) inner(addr abi.Sockaddr) abi.Sockaddr {
	if addr.Family != abi.AF_UNIX || addr.Path == "" {
		return addr
	}
	if addr.Path[0] == 0 {
		if name, ok := strings.CutPrefix(addr.Path, sp.prefix); ok {
			return abi.UnixAddr("\x00" + name)
		}
		return abi.UnixAddr("")
	}
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if name, ok := sp.live[addr.Path]; ok {
		return abi.UnixAddr(name)
	}
	return abi.UnixAddr(sp.gone[addr.Path])
}
