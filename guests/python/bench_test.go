package python_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/sock/kernel"
	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

// BenchmarkStart starts a program that makes a socket, from start to end.
func BenchmarkStart(b *testing.B) {
	dir := guesttest.Write(b, map[string]string{"main.py": "import socket\ns = socket.socket()\ns.close()\n"})
	b.Run("sandbox", func(b *testing.B) {
		p, err := tools(b).Build(b.Context(), filepath.Join(dir, "main.py"))
		require.NoError(b, err)
		for b.Loop() {
			i, err := p.Module.Start(context.Background(), p.Prepare(engine.Spec{
				Name: "python", Stack: kernel.New(), Mounts: []engine.Mount{{Host: dir, Guest: "/"}}}))
			require.NoError(b, err)
			require.Zero(b, i.Wait().Code)
		}
	})
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			_, err := tools(b).Build(b.Context(), filepath.Join(dir, "main.py"))
			require.NoError(b, err)
		}
	})
	b.Run("native", func(b *testing.B) {
		python := native(b)
		for b.Loop() {
			require.NoError(b, exec.Command(python, filepath.Join(dir, "main.py")).Run())
		}
	})
}

const echoServer = `
import socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
conn, address = server.accept()
conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while data := conn.recv(64):
    conn.sendall(data)
`

// BenchmarkRoundTrip sends 64 bytes to a server in Python and back.
func BenchmarkRoundTrip(b *testing.B) {
	b.Run("sandbox", func(b *testing.B) {
		g := script(b, echoServer)
		roundTrips(b, g.Line(b))
	})
	b.Run("native", func(b *testing.B) {
		dir := guesttest.Write(b, map[string]string{"main.py": echoServer})
		cmd := exec.Command(native(b), filepath.Join(dir, "main.py"))
		out, err := cmd.StdoutPipe()
		require.NoError(b, err)
		require.NoError(b, cmd.Start())
		defer cmd.Wait()
		port, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(b, err)
		roundTrips(b, strings.TrimSpace(port))
	})
}

func roundTrips(b *testing.B, port string) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	require.NoError(b, err)
	defer conn.Close()
	message := make([]byte, 64)
	for b.Loop() {
		_, err := conn.Write(message)
		require.NoError(b, err)
		_, err = io.ReadFull(conn, message)
		require.NoError(b, err)
	}
}
