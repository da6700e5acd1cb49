package std_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/guests/go/std"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/runtime/engine"
)

// treePackages are packages whose own tests are run in a guest. Those about
// sockets are run as Linux has them, with what Go leaves out on wasip1 for want
// of a network; the others as wasip1 has them.
var treePackages = []struct {
	path  string
	linux bool
}{
	{"internal/poll", true}, {"net", true}, {"net/http", true}, {"net/http/httptest", true}, {"net/http/httputil", true},
	{"net/rpc", true}, {"net/smtp", true},
	{"net/netip", false}, {"net/textproto", false}, {"io/fs", false}, {"os", false}, {"time", false},
}

// knownToFail are tests that fail in a guest: guests/CONFORMANCE.md says why.
const knownToFail = "^TestRootRenameAfterOpen$"

// Go's own tests of these packages pass in a guest, but for one that is named.
// SOCKLAB_SLOW=1 asks for it: it takes two minutes. SOCKLAB_TREE=DIR keeps what they said, one test a
// line, and SOCKLAB_TREE_LONG=1 has them run in full.
func TestGoItselfTestsTheNetwork(t *testing.T) {
	if os.Getenv("SOCKLAB_SLOW") == "" {
		t.Skip("SOCKLAB_SLOW is not set")
	}
	eng, err := engine.New(t.Context(), engine.Options{CacheDir: t.TempDir()})
	require.NoError(t, err)
	args := []string{"test", "-test.v"}
	if os.Getenv("SOCKLAB_TREE_LONG") == "" {
		args = append(args, "-test.short")
	}
	if os.Getenv("SOCKLAB_TREE") == "" { // which is to tell all
		args = append(args, "-test.skip="+knownToFail)
	}
	for _, p := range treePackages {
		pkg := p.path
		t.Run(pkg, func(t *testing.T) {
			wasm := filepath.Join(t.TempDir(), "test.wasm")
			cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", testOverlay(t, pkg, p.linux), "-o", wasm, pkg)
			cmd.Env = guestEnv()
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			code, err := os.ReadFile(wasm)
			require.NoError(t, err)
			module, err := eng.Load(t.Context(), code, engine.Compiled)
			require.NoError(t, err)

			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			paths := &engine.Paths{}
			var output bytes.Buffer
			i, err := module.Start(ctx, engine.Spec{
				Name: "test", Args: args, Env: []string{"PWD=/go/src/" + pkg, "GOROOT=/go"},
				Stack: policy.New(kernel.New(), policy.Options{Resolve: paths.Resolve}), Paths: paths,
				Stdout: &output, Stderr: &output,
				Mounts: []engine.Mount{
					{Host: t.TempDir(), Guest: "/"},
					{Host: runtime.GOROOT(), Guest: "/go", ReadOnly: true},
					{Host: "/etc", Guest: "/etc", ReadOnly: true},
					{Host: t.TempDir(), Guest: "/tmp"},
				},
			})
			require.NoError(t, err)
			x := i.Wait()
			if dir := os.Getenv("SOCKLAB_TREE"); dir != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, strings.ReplaceAll(pkg, "/", "_")+".txt"), output.Bytes(), 0o666))
			}
			require.Zero(t, x.Code, output.String())
			require.Equal(t, engine.Exited, x.Why, "%s %s", x.Detail, output.String())
		})
	}
}

// notForGuests are test files about the fake network of wasip1, or about what
// a guest does not have: network interfaces to set up, files to pass.
var notForGuests = []string{
	"file_wasip1_test.go", "net_fake_test.go", "main_wasm_test.go", "rawconn_stub_test.go",
	"interface_unix_test.go", "unixsock_readmsg_test.go",
}

var (
	buildLine  = regexp.MustCompile(`(?m)^//go:build .*$`)
	forLinux   = regexp.MustCompile(`\b(unix|linux)\b`)
	notForHere = regexp.MustCompile(`cgo|!unix|!linux`)
	skipped    = regexp.MustCompile(`, "wasip1"| \|\| runtime\.GOOS == "wasip1"`)
	linuxCase  = regexp.MustCompile(`(case [^\n:]*)"linux"`)
)

// testOverlay is the overlay, with the tests of a package made those of Linux
// if asked for.
func testOverlay(t *testing.T, pkg string, linux bool) string {
	t.Helper()
	o, err := std.Prepare(runtime.GOROOT(), t.TempDir())
	require.NoError(t, err)
	if !linux {
		return o.JSON
	}
	replace := readOverlay(t, o.JSON)
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(runtime.GOROOT(), "src", pkg, "*_test.go"))
	require.NoError(t, err)
	if pkg == "net" { // what it counts its calls with, and what asks whether there is an outside (in full runs)
		files = append(files, filepath.Join(runtime.GOROOT(), "src/net/internal/socktest/sys_cloexec.go"),
			filepath.Join(runtime.GOROOT(), "src/internal/testenv/testenv.go"))
	}
	for _, file := range files {
		name := filepath.Base(file)
		if slices.Contains(notForGuests, name) {
			replace[file] = ""
			continue
		}
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		was := b
		if line := buildLine.Find(b); forLinux.Match(line) && !notForHere.Match(line) {
			b = buildLine.ReplaceAll(b, nil)
		}
		b = skipped.ReplaceAll(b, nil)
		b = linuxCase.ReplaceAll(b, []byte(`$1"linux", "wasip1"`))
		if !bytes.Equal(b, was) {
			replace[file] = filepath.Join(dir, name)
			require.NoError(t, os.WriteFile(replace[file], b, 0o666))
		}
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, b, 0o666))
	return file
}
