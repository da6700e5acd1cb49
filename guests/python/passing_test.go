//go:build unix

package python_test

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A native program passes sockets to a guest, and gets one from it. What is
// no socket does not arrive.
func TestSocketsArePassedToAndFromNativePrograms(t *testing.T) {
	// A short path: a sockaddr has little room for one.
	dir, err := os.MkdirTemp("", "p")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.py"), []byte(`
import socket
l = socket.socket(socket.AF_UNIX)
l.bind('/door')
l.listen()
print('open', flush=True)
door, _ = l.accept()
data, fds, flags, _ = socket.recv_fds(door, 100, 10)
print(data.decode(), len(fds), bool(flags & socket.MSG_CTRUNC))
conn = socket.socket(fileno=fds[0])
print(conn.recv(100).decode(), conn.getpeername()[0])
mine = socket.create_server(('127.0.0.1', 0))
socket.send_fds(door, [b'yours'], [mine.fileno()])
`), 0o600))
	g := program{dir: dir, name: "main.py"}.start(t)
	require.Equal(t, "open", g.Line(t))
	door, err := net.DialUnix("unix", nil, &net.UnixAddr{Net: "unix", Name: filepath.Join(dir, "door")})
	require.NoError(t, err)
	defer door.Close()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer near.Close()
	far, err := listener.Accept()
	require.NoError(t, err)
	conn, err := far.(*net.TCPConn).File()
	require.NoError(t, err)
	folder, err := os.Open("/")
	require.NoError(t, err)
	defer folder.Close()
	_, _, err = door.WriteMsgUnix([]byte("take"), syscall.UnixRights(int(folder.Fd()), int(conn.Fd()), int(folder.Fd())), nil)
	require.NoError(t, err)
	conn.Close()
	far.Close()
	_, err = near.Write([]byte("hello"))
	require.NoError(t, err)

	b, oob := make([]byte, 100), make([]byte, syscall.CmsgSpace(4))
	n, oobn, _, _, err := door.ReadMsgUnix(b, oob)
	require.NoError(t, err)
	require.Equal(t, "yours", string(b[:n]))
	messages, err := syscall.ParseSocketControlMessage(oob[:oobn])
	require.NoError(t, err)
	require.Len(t, messages, 1)
	fds, err := syscall.ParseUnixRights(&messages[0])
	require.NoError(t, err)
	require.Len(t, fds, 1)
	f := os.NewFile(uintptr(fds[0]), "the guest's")
	defer f.Close()
	theirs, err := net.FileListener(f)
	require.NoError(t, err)
	defer theirs.Close()
	require.Equal(t, "open\ntake 1 True\nhello 127.0.0.1\n", g.Said(t))
	client, err := net.Dial("tcp", theirs.Addr().String())
	require.NoError(t, err, "the listener lives on here")
	client.Close()
	_, err = theirs.Accept()
	require.NoError(t, err)
}
