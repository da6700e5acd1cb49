// Package sock is the Berkeley socket interface in Go types: what a guest's
// socket calls become. A Stack makes Sockets; package kernel has the one
// that stands on the machine's own sockets; Policy, Lab, Fault and Retain are
// decorators of the same two interfaces.
//
// It returns abi.Errno, knows nothing of wasm or of guest memory, and above
// package kernel nothing knows a kernel descriptor.
package sock

import (
	"context"
	"time"

	"socklab/host/abi"
)

// Stack makes sockets and knows names. Its methods may be called at once
// from many goroutines.
type Stack interface {
	// Socket makes a socket. typ carries no flags.
	//
	// # Errors
	//   - EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT (as EPROTONOSUPPORT): as socket(2).
	//   - EPERM: SOCK_RAW without the privilege.
	//   - EMFILE, ENFILE, ENOBUFS, ENOMEM: as socket(2).
	Socket(family abi.Family, typ abi.Type, proto abi.Protocol) (Socket, abi.Errno)

	// SocketPair makes two connected AF_UNIX sockets.
	//
	// # Errors
	//   - EOPNOTSUPP: a family without pairs. Others as Socket.
	SocketPair(family abi.Family, typ abi.Type, proto abi.Protocol) (Socket, Socket, abi.Errno)

	// GetAddrInfo resolves as getaddrinfo(3), in the resolver's order. ""
	// stands for a missing node or service.
	GetAddrInfo(ctx context.Context, node, service string, hints Hints) ([]abi.AddrInfo, abi.EAI)

	// GetNameInfo is the inverse, as getnameinfo(3); flags are NI_*.
	GetNameInfo(ctx context.Context, addr abi.Sockaddr, flags int) (node, service string, err abi.EAI)

	// Hostname is the sandbox's own host name.
	Hostname() string

	// ServiceByName and ServiceByPort search the service database; an empty
	// proto is any of "tcp" and "udp".
	ServiceByName(name, proto string) (port int, ok bool)
	ServiceByPort(port int, proto string) (name string, ok bool)
}

// Hints narrow what GetAddrInfo answers; zero fields ask for anything.
type Hints struct {
	Family abi.Family
	Type   abi.Type
	Proto  abi.Protocol
	Flags  int // AI_*
}

// Socket is one open socket: an "open file description" in POSIX terms. A
// guest's descriptors refer to it; whoever made it closes it once, when the
// last of them is gone.
//
// Methods that take a context may block, unless the socket is set
// non-blocking or the flags say MSG_DONTWAIT. They return EINTR soon (within
// milliseconds) after the context ends, and hold no OS thread while they
// wait. A receive and a send may be under way at once; Close ends both.
type Socket interface {
	// Bind gives the socket an address. bind(2)
	Bind(addr abi.Sockaddr) abi.Errno
	// Listen makes it accept connections. listen(2)
	Listen(backlog int) abi.Errno
	// Accept takes the next connection, which the caller owns. The new
	// socket is blocking. accept(2)
	//
	// # Errors
	//   - EAGAIN: none waits, and the socket is non-blocking or SO_RCVTIMEO passed.
	//   - EINVAL: not listening. EOPNOTSUPP: not a stream. ECONNABORTED: gone again.
	Accept(ctx context.Context) (Socket, abi.Sockaddr, abi.Errno)
	// Connect connects, or sets a datagram socket's peer; AF_UNSPEC clears it. connect(2)
	//
	// # Errors
	//   - EINPROGRESS: non-blocking, or SO_SNDTIMEO passed. Others as connect(2).
	Connect(ctx context.Context, addr abi.Sockaddr) abi.Errno
	// Send sends p. A zero `to` (Family AF_UNSPEC) is the connected peer. A
	// blocking stream sends all of p unless it fails midway; then it
	// returns how much went, and OK. sendto(2)
	Send(ctx context.Context, p []byte, flags abi.MsgFlags, to abi.Sockaddr) (int, abi.Errno)
	// Recv receives into p. n is 0 with OK at the end of a stream. For a
	// datagram that did not fit, out has MSG_TRUNC, and n is what was stored
	// (with MSG_TRUNC in flags: the datagram's real length). recvmsg(2)
	Recv(ctx context.Context, p []byte, flags abi.MsgFlags) (n int, from abi.Sockaddr, out abi.MsgFlags, err abi.Errno)
	// Shutdown ends directions. shutdown(2)
	Shutdown(how abi.How) abi.Errno
	// GetOption stores an option's value in the guest's layout and returns
	// its length. getsockopt(2)
	GetOption(opt abi.Option, value []byte) (int, abi.Errno)
	// SetOption sets an option from the guest's layout. setsockopt(2)
	SetOption(opt abi.Option, value []byte) abi.Errno
	// LocalAddr and PeerAddr tell the two ends. getsockname(2), getpeername(2)
	LocalAddr() (abi.Sockaddr, abi.Errno)
	PeerAddr() (abi.Sockaddr, abi.Errno)
	// SetNonblock sets O_NONBLOCK; Nonblock tells it. fcntl(2)
	SetNonblock(on bool)
	Nonblock() bool
	// Pending is the number of bytes that a receive would find. FIONREAD
	Pending() (int, abi.Errno)
	// Info tells what the socket is and which state it is in, for traces and
	// explanations. It costs system calls.
	Info() Info
	// Source is what a Poller waits on.
	Source() Source
	// Close closes the socket and ends calls that wait in it, with EBADF.
	// It does not block, whatever SO_LINGER says. close(2)
	Close() abi.Errno
}

// Info is what a socket is, and its state now.
type Info struct {
	Family abi.Family
	Type   abi.Type
	Proto  abi.Protocol
	State  string // TCP state, such as LISTEN or CLOSE_WAIT; "" if not TCP
	In     int    // bytes waiting to be received, -1 if unknown
	Out    int    // bytes sent and not yet taken by the peer's kernel, -1 if unknown
}

// Events is a set of conditions to poll for.
type Events uint8

// The conditions. Error and Hangup are reported whether asked for or not.
const (
	Readable   Events = 1 << iota // a receive or accept would not block
	Writable                      // a send would not block, or a connect has ended
	Error                         // SO_ERROR is set
	Hangup                        // both directions are over
	ReadHangup                    // the peer will send no more
)

// Source is something a Poller can wait on: package kernel makes them, of
// sockets and of files such as standard input. It is a handle, valid until
// what it belongs to is closed.
type Source interface {
	// Pollable only marks the type.
	Pollable()
}

// Poller waits for many sources at once. One belongs to each guest and keeps
// its sources registered from one call to the next, so that asking again
// costs what is ready and not what is asked. It is not safe for concurrent
// use.
type Poller interface {
	// Wait fills in each item's Ready and returns how many have any. It
	// waits until one has, the timeout passes (negative: none, zero: only
	// look) or the context ends (then it returns EINTR). Two items may name
	// the same Source.
	Wait(ctx context.Context, items []PollItem, timeout time.Duration) (int, abi.Errno)
	// Close frees the poller, not its sources.
	Close()
}

// PollItem is one source, what is asked of it and what is so.
type PollItem struct {
	Source Source
	Want   Events
	Ready  Events
}

// Gate is what a Socket may offer besides: a say in whether it is ready, for
// a fault that holds bytes back or announces some that are not there. Of the
// events in hold none are reported before `until`; those in force are
// reported at once.
type Gate interface {
	Gate(want Events) (force, hold Events, until time.Time)
}

// Injector is what a decorator that makes results of its own offers, so that
// the trace can mark them: the rule behind the last call's result, "" if it
// was the kernel's.
type Injector interface {
	Injected() string
}

// Explainer is what a decorator that refuses offers: why, in one sentence,
// the last call failed; "" if it has nothing to add to the errno.
type Explainer interface {
	Explain() string
}
