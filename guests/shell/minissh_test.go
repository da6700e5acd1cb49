package shell_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
)

// TestMiniSSH has a client drive a server that runs what it is sent.
func TestMiniSSH(t *testing.T) {
	for _, name := range []string{"server.py", "server.go"} {
		t.Run(name, func(t *testing.T) {
			k := tools(t)
			if name == "server.py" {
				k = tools(t, "python")
			}
			g := start(t, k, filepath.Join("testdata", "minissh", name), folder(t), nil)
			conn, err := net.Dial("tcp", "127.0.0.1:"+g.Line(t))
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
			in := bufio.NewReader(conn)
			for _, step := range []struct {
				line, out string
				status    int
			}{
				{"echo hello", "hello\n", 0},
				{"ls *.txt | wc -l", "2\n", 0},
				{"mkdir -p box; echo in the box > box/note", "", 0},
				{"cd box", "", 0},
				{"pwd; ls; cat note", "/box\nnote\nin the box\n", 0},
				{"exit 42", "", 42},
				{"cat ../../secret", "cat: ../../secret: no such file or directory\n", 1},
			} {
				_, err := fmt.Fprintln(conn, step.line)
				require.NoError(t, err)
				var status, n int
				_, err = fmt.Fscanf(in, "%d %d\n", &status, &n)
				require.NoError(t, err)
				out := make([]byte, n)
				_, err = io.ReadFull(in, out)
				require.NoError(t, err)
				require.Equal(t, step.out, string(out), step.line)
				require.Equal(t, step.status, status, step.line)
			}
			fmt.Fprintln(conn, "quit")
			require.Equal(t, engine.Exited, g.Finish(t).Why)
		})
	}
}
