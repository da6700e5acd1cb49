package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/guests/toolchains"
)

// lines collects what a command writes, and wakes who waits for it.
type lines struct {
	mu   sync.Mutex
	b    bytes.Buffer
	wake chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wake != nil {
		close(l.wake)
		l.wake = nil
	}
	return l.b.Write(p)
}

// await waits until text has been written n times.
func (l *lines) await(t *testing.T, text string, n int) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		l.mu.Lock()
		got := l.b.String()
		if l.wake == nil {
			l.wake = make(chan struct{})
		}
		wake := l.wake
		l.mu.Unlock()
		if strings.Count(got, text) >= n {
			return
		}
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("%q did not come %d times; there is:\n%s", text, n, got)
		}
	}
}

const reloadServer = `package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("up")
	for {
		c, err := l.Accept()
		if err != nil {
			continue
		}
		fmt.Fprintln(c, "version %d")
		c.Close()
	}
}
`

// TestNoClientIsRefusedDuringReloads reloads a server under a client that
// connects again and again. SOCKLAB_SLOW makes it a hundred reloads.
func TestNoClientIsRefusedDuringReloads(t *testing.T) {
	reloads := 6
	if os.Getenv("SOCKLAB_SLOW") != "" {
		reloads = 100
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "server.go")
	save := func(version int) {
		require.NoError(t, os.WriteFile(source, []byte(fmt.Sprintf(reloadServer, version)), 0o644))
	}
	save(0)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := free.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	free.Close()

	in, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer in.Close()
	var out, errs lines
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	over := make(chan int, 1)
	go func() {
		code, _ := run(ctx, console{in: in, out: &out, err: &errs, cmd: &command{name: "run"}}, []string{"--watch", source, port})
		over <- code
	}()
	out.await(t, "up\n", 1)

	// One more client than one, so that some come at any moment.
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				answer := call(addr)
				if ctx.Err() != nil {
					return // the end closes the listener, with whoever waits in it
				}
				mu.Lock()
				seen[answer]++
				mu.Unlock()
			}
		})
	}
	const variants = 3 // built once each
	for i := 1; i <= reloads; i++ {
		save(i % variants)
		errs.await(t, "reloaded server.go", i)
		out.await(t, "up\n", i+1)
	}

	// A source that does not compile changes nothing.
	require.NoError(t, os.WriteFile(source, []byte("package main\n\nfunc main() { oops }\n"), 0o644))
	errs.await(t, "the program from before goes on", 1)
	require.Contains(t, call(addr), "version")

	cancel()
	wg.Wait()
	require.Equal(t, exitInterrupted, <-over)
	for answer, n := range seen {
		require.True(t, strings.HasPrefix(answer, "version ") || answer == "ended", "%d times: %s", n, answer)
	}
	require.Len(t, seen, variants+btoi(seen["ended"] > 0), "%v", seen)
	t.Logf("%d reloads: %v", reloads, seen)
	_, err = net.Dial("tcp", addr)
	require.Error(t, err, "the listener is closed in the end")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// call makes one connection. One that ends in good order without an answer
// had been accepted by an instance that was then replaced.
func call(addr string) string {
	c, err := net.DialTimeout("tcp", addr, 30*time.Second)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	line, err := bufio.NewReader(c).ReadString('\n')
	switch {
	case err == io.EOF && line == "":
		return "ended"
	case err != nil:
		return err.Error()
	}
	return strings.TrimSpace(line)
}

func TestAFolderOfGoIsWatchedWithItsPackages(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"text/deep", ".git", "_old"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, sub), 0o777))
	}
	paths, match, err := watched(dir)
	require.NoError(t, err)
	require.Equal(t, []string{dir, filepath.Join(dir, "text"), filepath.Join(dir, "text/deep")}, paths)
	for name, want := range map[string]bool{
		"main.go": true, "text/deep/d.go": true, "go.mod": true, "notes.txt": false, ".git/x.go": false, "_old/x.go": false,
	} {
		require.Equal(t, want, match(filepath.Join(dir, name)), name)
	}
}

func TestWarningsAreToldOfEachReload(t *testing.T) {
	if _, err := toolchains.Find("clang"); err != nil {
		t.Skipf("no C compiler for guests here: %v", err)
	}
	source := filepath.Join(t.TempDir(), "warned.c")
	save := func(version int) {
		text := fmt.Sprintf("#include <stdio.h>\nint main(void) {\n\tint unused;\n\tputs(\"version %d\");\n}\n", version)
		require.NoError(t, os.WriteFile(source, []byte(text), 0o644))
	}
	save(0)
	in, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer in.Close()
	var out, errs lines
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan int, 1)
	go func() {
		code, _ := run(ctx, console{in: in, out: &out, err: &errs, cmd: &command{name: "run"}}, []string{"--watch", source})
		over <- code
	}()
	for version := range 2 {
		if version > 0 {
			save(version)
		}
		out.await(t, fmt.Sprintf("version %d\n", version), 1)
		errs.await(t, "warning: unused variable 'unused'", version+1)
		errs.await(t, "the program has ended", version+1)
	}
	cancel()
	require.Equal(t, exitInterrupted, <-over)
}
