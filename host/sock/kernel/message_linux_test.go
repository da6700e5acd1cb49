package kernel

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"socklab/host/abi"
	"socklab/host/sock"
)

// native makes a pair of sockets: one a program's of the machine, the other
// one of ours.
func native(t *testing.T) (theirs int, ours sock.Socket) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	t.Cleanup(func() { unix.Close(pair[0]) })
	s := newSocket(pair[1], abi.AF_UNIX, abi.SOCK_STREAM, 0)
	t.Cleanup(func() { s.Close() })
	return pair[0], s
}

func nativeSocket(t *testing.T, family, typ, proto int) int {
	t.Helper()
	fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		t.Logf("no socket of family %d, type %d, protocol %d here: %v", family, typ, proto, err)
		return -1
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func receive(t *testing.T, s sock.Socket, room int) (came []sock.Socket, out abi.MsgFlags) {
	t.Helper()
	control := sock.Controls{Rights: room}
	_, _, out, err := sock.RecvMsg(context.Background(), s, make([]byte, 10), 0, &control)
	require.Equal(t, abi.OK, err)
	for _, c := range control.List {
		came = append(came, c.Sockets...)
	}
	t.Cleanup(control.Close)
	return came, out
}

func TestWhatIsNoSocketOfAGuestsIsClosedAtOnce(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer dir.Close()
	null, err := os.Open("/dev/null")
	require.NoError(t, err)
	defer null.Close()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(event)
	for name, fd := range map[string]int{
		"a folder": int(dir.Fd()), "a device": int(null.Fd()), "a pipe": int(r.Fd()), "an eventfd": event,
		"a netlink socket":        nativeSocket(t, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE),
		"a packet socket":         nativeSocket(t, unix.AF_PACKET, unix.SOCK_DGRAM, 0),
		"a raw socket":            nativeSocket(t, unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP),
		"a raw socket of UDP":     nativeSocket(t, unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP),
		"a socket to ping with":   nativeSocket(t, unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP),
		"a socket of another TCP": nativeSocket(t, unix.AF_INET, unix.SOCK_STREAM, 262),
	} {
		if fd < 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			theirs, ours := native(t)
			good := nativeSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
			before := openDescriptors()
			require.NoError(t, unix.Sendmsg(theirs, []byte("x"), unix.UnixRights(fd, good, fd), nil, 0))
			came, out := receive(t, ours, 10)
			require.Len(t, came, 1)
			require.Equal(t, abi.MSG_CTRUNC, out)
			require.Equal(t, abi.SOCK_STREAM, came[0].Info().Type)
			require.Equal(t, before+1, openDescriptors())
		})
	}
}

func TestASocketThatCameIsOurs(t *testing.T) {
	theirs, ours := native(t)
	fd := nativeSocket(t, unix.AF_INET6, unix.SOCK_DGRAM, 0)
	require.NoError(t, unix.Sendmsg(theirs, []byte("x"), unix.UnixRights(fd), nil, 0))
	came, out := receive(t, ours, 1)
	require.Len(t, came, 1)
	require.Zero(t, out)
	s := came[0].(*socket)
	require.Equal(t, abi.AF_INET6, s.family)
	require.Equal(t, abi.SOCK_DGRAM, s.typ)
	flags, err := unix.FcntlInt(uintptr(s.fd.num), unix.F_GETFD, 0)
	require.NoError(t, err)
	require.Equal(t, unix.FD_CLOEXEC, flags)
	flags, err = unix.FcntlInt(uintptr(s.fd.num), unix.F_GETFL, 0)
	require.NoError(t, err)
	require.NotZero(t, flags&unix.O_NONBLOCK)
	require.False(t, s.Nonblock())
}

// Whoever has passed a socket on has it still, and can set options on it that
// the kernel then answers with descriptors of its own.
func TestDescriptorsThatNobodyAskedForAreClosed(t *testing.T) {
	const passPidfd = 76 // SO_PASSPIDFD
	theirs, ours := native(t)
	if err := unix.SetsockoptInt(ours.(*socket).fd.num, unix.SOL_SOCKET, passPidfd, 1); err != nil {
		t.Skip("this kernel has no SO_PASSPIDFD")
	}
	before := openDescriptors()
	for range 10 {
		require.NoError(t, unix.Sendmsg(theirs, []byte("x"), nil, nil, 0))
		came, _ := receive(t, ours, 200)
		require.Empty(t, came)
	}
	require.Equal(t, before, openDescriptors())
}

func TestMoreThanOneMessagesWorthIsNotSent(t *testing.T) {
	_, ours := native(t)
	s := newSocket(nativeSocket(t, unix.AF_INET, unix.SOCK_STREAM, 0), abi.AF_INET, abi.SOCK_STREAM, 0)
	all := make([]sock.Socket, sock.MaxRights+1)
	for i := range all {
		all[i] = s
	}
	_, err := sock.SendMsg(context.Background(), ours, []byte("x"), 0, abi.Sockaddr{},
		[]sock.Control{{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: all}})
	require.Equal(t, abi.EINVAL, err)
}

func TestFloodsAndCyclesLeaveNothingBehind(t *testing.T) {
	before := openDescriptors()
	for range 50 {
		a, b, err := New().SocketPair(abi.AF_UNIX, abi.SOCK_STREAM, 0)
		require.Equal(t, abi.OK, err)
		for n := 0; ; n++ { // each the other's, and its own
			_, err := sock.SendMsg(context.Background(), a, []byte("x"), abi.MSG_DONTWAIT, abi.Sockaddr{},
				[]sock.Control{{Level: abi.SOL_SOCKET, Type: abi.SCM_RIGHTS, Sockets: []sock.Socket{a, b, a, b}}})
			if err != abi.OK {
				require.Contains(t, []abi.Errno{abi.EAGAIN, abi.ENOBUFS}, err)
				break
			}
			require.Less(t, n, 1<<20)
		}
		a.Close()
		b.Close()
	}
	require.Equal(t, before, openDescriptors())
}
