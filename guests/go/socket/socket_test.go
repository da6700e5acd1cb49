package socket_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/guests/go/socket"
)

// One goroutine plays both sides: the backlog takes the call before anybody
// accepts it.
func Example() {
	listener, _ := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	socket.Bind(listener, socket.Inet("127.0.0.1", 0))
	socket.Listen(listener, 5)
	address, _ := socket.GetSockName(listener)

	caller, _ := socket.Socket(socket.AF_INET, socket.SOCK_STREAM, 0)
	socket.Connect(caller, address)
	socket.Send(caller, []byte("hello"), 0)

	conn, peer, _ := socket.Accept(listener)
	buf := make([]byte, 100)
	n, _ := socket.Recv(conn, buf, 0)
	fmt.Printf("%v says %s\n", peer.IP, buf[:n])

	socket.Close(caller)
	n, _ = socket.Recv(conn, buf, 0)
	fmt.Println(n, "bytes: the caller has hung up")
	// Output:
	// 127.0.0.1 says hello
	// 0 bytes: the caller has hung up
}

func TestErrorsHaveNamesAndMeanings(t *testing.T) {
	require.Equal(t, "ECONNREFUSED", socket.ECONNREFUSED.Name())
	require.EqualError(t, socket.ECONNREFUSED, "ECONNREFUSED (connection refused)")
	require.Equal(t, "ENOTSUP", socket.EOPNOTSUPP.Name())
	require.Equal(t, "errno 9999", socket.Errno(9999).Name())
	require.Equal(t, "EAI_NONAME", socket.EAI_NONAME.Name())
	require.EqualError(t, socket.EAI_NONAME, "EAI_NONAME (Name or service not known)")
	require.Equal(t, "EAI 77", socket.EAI(77).Name())
	require.Equal(t, "EPIPE", socket.Name(fmt.Errorf("send: %w", socket.EPIPE)))
	require.Equal(t, "EAI_FAIL", socket.Name(socket.EAI_FAIL))
	require.Empty(t, socket.Name(nil))
	require.Empty(t, socket.Name(os.ErrNotExist))
}

func TestErrorsAreThoseOfTheStandardLibraryToo(t *testing.T) {
	require.ErrorIs(t, socket.ECONNRESET, syscall.ECONNRESET)
	require.ErrorIs(t, socket.EACCES, fs.ErrPermission)
	require.False(t, errors.Is(socket.ECONNRESET, syscall.EPIPE))
}

func TestAddressesPrintAsTheyAreWritten(t *testing.T) {
	for want, a := range map[string]socket.Addr{
		"127.0.0.1:80": socket.Inet("127.0.0.1", 80),
		"[::1]:80":     socket.Inet("::1", 80),
		"dir/door":     socket.Unix("dir/door"),
		"localhost:80": socket.Inet("localhost", 80),
		"-":            {},
	} {
		require.Equal(t, want, a.String())
	}
	require.Equal(t, socket.AF_INET, socket.Inet("127.0.0.1", 1).Family())
	require.Equal(t, socket.AF_INET6, socket.Inet("::1", 1).Family())
	require.Equal(t, socket.AF_UNIX, socket.Unix("x").Family())
	require.Equal(t, socket.AF_UNSPEC, socket.Addr{}.Family())
}

func TestWhatIsNotAnAddressIsRefusedByTheCallItIsGivenTo(t *testing.T) {
	fd, err := socket.Socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
	require.NoError(t, err)
	defer socket.Close(fd)
	for want, a := range map[string]socket.Addr{
		`localhost:80: "localhost" is not an IP address; GetAddrInfo turns names into addresses`: socket.Inet("localhost", 80),
		"127.0.0.1:65536: a port is a number from 0 to 65535":                                    socket.Inet("127.0.0.1", 65536),
		"127.0.0.1:-1: a port is a number from 0 to 65535":                                       socket.Inet("127.0.0.1", -1),
		"-: no address given": {},
	} {
		_, sent := socket.SendTo(fd, nil, 0, a)
		for _, err := range []error{socket.Bind(fd, a), socket.Connect(fd, a), sent} {
			require.EqualError(t, err, want)
			require.Equal(t, "EINVAL", socket.Name(err))
			require.ErrorIs(t, err, socket.EINVAL)
		}
	}
}

func TestNativelyOneAddressIsListedForEachTypeAsked(t *testing.T) {
	all, err := socket.GetAddrInfo("127.0.0.1", "7", socket.AddrInfo{})
	require.NoError(t, err)
	require.Len(t, all, 3)
	one, err := socket.GetAddrInfo("127.0.0.1", "7", socket.AddrInfo{Type: socket.SOCK_DGRAM, Flags: socket.AI_CANONNAME})
	require.NoError(t, err)
	require.Equal(t, []socket.AddrInfo{{
		Family: socket.AF_INET, Type: socket.SOCK_DGRAM, Protocol: socket.IPPROTO_UDP,
		Addr: socket.Inet("127.0.0.1", 7), CanonName: "127.0.0.1",
	}}, one)
}
