package shell_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/guests/toolchains"
	"socklab/runtime/engine"
)

// TestMiniSSH has a client drive a server that runs what it is sent.
func TestMiniSSH(t *testing.T) {
	for _, name := range []string{"server.py", "server.go"} {
		t.Run(name, func(t *testing.T) {
			if _, err := toolchains.Find("python"); err != nil && name == "server.py" {
				t.Skipf("no Python for guests here: %v", err)
			}
			g := start(t, filepath.Join("testdata", "minissh", name), folder(t), nil)
			for !strings.Contains(g.out.String(), "\n") {
				select {
				case <-g.out.more:
				case <-g.Done():
					t.Fatal(g.err)
				}
			}
			conn, err := net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(g.out.String()))
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
			require.Equal(t, engine.Exited, g.finish(t).Why)
		})
	}
}
