package python_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/runtime/guesttest"
)

const (
	parallelClients = 50
	linesEach       = 20
)

// Servers of every kind serve many clients that come at once.
func TestServersEchoToManyClients(t *testing.T) {
	servers, err := filepath.Glob("testdata/servers/*.py")
	require.NoError(t, err)
	require.NotEmpty(t, servers)
	for _, path := range servers {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			g := script(t, string(text))
			address := net.JoinHostPort("127.0.0.1", g.Line(t))
			var clients sync.WaitGroup
			failed := make(chan error, parallelClients)
			for i := range parallelClients {
				clients.Go(func() { failed <- echoes(address, i) })
			}
			clients.Wait()
			close(failed)
			for err := range failed {
				require.NoError(t, err, "%s", g.Err)
			}
			select {
			case <-g.Done():
				t.Fatalf("the server ended: %+v %s", g.Wait(), g.Err)
			default:
			}
			require.Empty(t, g.Err.String())
		})
	}
}

// echoes sends lines and wants each back.
func echoes(address string, client int) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(conn)
	for i := range linesEach {
		line := fmt.Sprintf("client %d says %d\n", client, i)
		if _, err := io.WriteString(conn, line); err != nil {
			return err
		}
		got, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("client %d line %d: %w", client, i, err)
		}
		if got != line {
			return fmt.Errorf("client %d sent %q and got %q", client, line, got)
		}
	}
	return nil
}

func TestAnHTTPServerAnswersABrowser(t *testing.T) {
	g := program{dir: guesttest.Write(t, map[string]string{
		"page.html": "<h1>hello</h1>",
		"main.py": `
import http.server
with http.server.HTTPServer(('', 0), http.server.SimpleHTTPRequestHandler) as server:
    print(server.server_address[1])
    server.serve_forever()
`}), name: "main.py"}.start(t)
	url := "http://127.0.0.1:" + g.Line(t)
	client := http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	for range 3 {
		r, err := client.Get(url + "/page.html")
		require.NoError(t, err)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
		require.Equal(t, "<h1>hello</h1>", string(body))
		require.Equal(t, "text/html", r.Header.Get("Content-Type"))
	}
	r, err := client.Get(url + "/missing")
	require.NoError(t, err)
	require.NoError(t, r.Body.Close())
	require.Equal(t, http.StatusNotFound, r.StatusCode)
}

// There is no thread for each request, so they are handled one after the other.
func TestAServerOfThreadsHandlesOneRequestAfterTheOther(t *testing.T) {
	g := program{dir: guesttest.Write(t, map[string]string{
		"page.html": "<h1>hello</h1>",
		"main.py": `
import http.server
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass
    def finish(self):
        super().finish()
        raise SystemExit
with http.server.ThreadingHTTPServer(('', 0), Handler) as server:
    print(server.server_address[1])
    for _ in range(3):
        server.handle_request()
`}), name: "main.py"}.start(t)
	url := "http://127.0.0.1:" + g.Line(t)
	client := http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	for range 3 {
		r, err := client.Get(url + "/page.html")
		require.NoError(t, err)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
		require.Equal(t, "<h1>hello</h1>", string(body))
	}
	require.Zero(t, g.Finish(t).Code, "%s", g.Err)
	require.Equal(t, "socklab: note: a program in the sandbox has one thread: this server handles one request after the other; "+
		"serve many clients at once with select, selectors or asyncio\n", g.Err.String())
}

func TestURLsOfTheSameMachineAreFetched(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, body)
	})}
	go server.Serve(l)
	defer server.Close()
	out := run(t, `
import http.client, sys, urllib.request
host = 'localhost:' + sys.argv[1]
print(urllib.request.urlopen('http://' + host + '/a?b=c').read())
print(urllib.request.urlopen('http://' + host + '/post', data=b'body', timeout=20).read())
c = http.client.HTTPConnection(host)
for path in '/1', '/2':
    c.request('PUT', path, body='text')
    r = c.getresponse()
    print(r.status, r.read())
`, fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	require.Equal(t, "b'GET /a?b=c '\nb'POST /post body'\n200 b'PUT /1 text'\n200 b'PUT /2 text'\n", out)
}

// A server that has accepted more clients than select has room for goes on.
func TestASelectServerOutlivesAThousandClients(t *testing.T) {
	text, err := os.ReadFile("testdata/servers/select_.py")
	require.NoError(t, err)
	g := script(t, string(text))
	address := net.JoinHostPort("127.0.0.1", g.Line(t))
	for i := range 1200 {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, err = conn.Write([]byte("x"))
		require.NoError(t, err)
		_, err = io.ReadFull(conn, make([]byte, 1))
		require.NoError(t, err, "client %d: %s", i, g.Err)
		require.NoError(t, conn.Close())
	}
}
