package wasi

import (
	"context"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
)

// pipeEnd is one end of a pipe between a guest and its child. It is one of
// two AF_UNIX sockets that no Stack has made for the guest, and so none would
// keep it to the guest's folders: it has no name, can be given none, and
// knows nobody but its other end.
type pipeEnd struct{ sock.SocketLayer }

func newPipe() (a, b sock.Socket, errno abi.Errno) {
	if a, b, errno = kernel.New().SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0); errno != abi.OK {
		return nil, nil, errno
	}
	return pipeEnd{sock.SocketLayer{Socket: a}}, pipeEnd{sock.SocketLayer{Socket: b}}, abi.OK
}

// Bind refuses.
func (pipeEnd) Bind(abi.Sockaddr) abi.Errno { return abi.EINVAL }

// Listen refuses.
func (pipeEnd) Listen(int) abi.Errno { return abi.EINVAL }

// Accept refuses.
func (pipeEnd) Accept(context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	return nil, abi.Sockaddr{}, abi.EINVAL
}

// Connect refuses.
func (pipeEnd) Connect(context.Context, abi.Sockaddr) abi.Errno { return abi.EISCONN }

// Send sends to the other end, and refuses any other.
func (p pipeEnd) Send(ctx context.Context, b []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno) {
	if to.Family != abi.AF_UNSPEC {
		return 0, abi.EISCONN
	}
	return p.Socket.Send(ctx, b, flags, to)
}

// pipes makes the pipes that flags ask for: the child's ends go into c. A
// pipe is a pair of AF_UNIX sockets of which each end has one direction only;
// but that to standard input has both, so that it is readable when the child
// has closed it and no sooner, as asyncio wants it.
func (p *Process) pipes(flags abi.SpawnFlags, c *Command, ours *[3]sock.Socket) abi.Errno {
	want := 0
	for i := range 3 {
		if flags&(abi.SPAWN_PIPE_STDIN<<i) != 0 {
			want++
		}
	}
	if !p.fds.room(want) {
		return abi.EMFILE
	}
	for i := range 3 {
		if flags&(abi.SPAWN_PIPE_STDIN<<i) == 0 {
			continue
		}
		a, b, errno := newPipe()
		if errno != abi.OK {
			for k := range i {
				closePipe(ours[k], c.Pipes[k])
			}
			return errno
		}
		if i > 0 {
			a.Shutdown(abi.SHUT_WR)
			b.Shutdown(abi.SHUT_RD)
		}
		ours[i], c.Pipes[i] = a, b
	}
	return abi.OK
}

func closePipe(ends ...sock.Socket) {
	for _, s := range ends {
		if s != nil {
			s.Close()
		}
	}
}
