package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/trace"
	"socklab/runtime/build"
	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

var update = flag.Bool("update", false, "write trace.txt and stdout.txt of each case, from its Go program, and README.md")

// languages are the columns: a file name's ending, and that without which the
// column is skipped.
var languages = []struct{ name, ext, needs string }{{"Go", "go", "go"}, {"Python", "py", "python"}, {"C", "c", "clang"}}

// caseOf is one folder of testdata.
type caseOf struct{ dir, program string }

func (c caseOf) file(ext string) string { return filepath.Join(c.dir, c.program+"."+ext) }

// golden is the content of a file of the case; with -update it becomes got.
func (c caseOf) golden(t *testing.T, name string, got []byte) string {
	t.Helper()
	path := filepath.Join(c.dir, name)
	if *update && got != nil {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(want)
}

func cases(t *testing.T) (all []caseOf) {
	t.Helper()
	dirs, err := filepath.Glob("testdata/[0-9][0-9]-*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(dirs), 12)
	for _, dir := range dirs {
		_, name, _ := strings.Cut(filepath.Base(dir), "-")
		all = append(all, caseOf{dir, strings.ReplaceAll(name, "-", "_")})
	}
	return all
}

// run runs a program as `socklab run` does, to its good end.
func run(t *testing.T, k *build.Toolkit, source string) (stdout string, calls *trace.History) {
	t.Helper()
	calls = trace.NewHistory(0)
	guest := guesttest.Start(t, k, source, engine.Spec{
		Env: []string{"PWD=/"}, Recorder: calls, Limits: engine.Limits{Wall: time.Minute},
	})
	stdout = guest.Said(t)
	require.Empty(t, guest.Err.String())
	return stdout, calls
}

func TestEveryLanguageMakesTheSameCalls(t *testing.T) {
	onLinux(t)
	for _, c := range cases(t) {
		for _, l := range languages {
			t.Run(filepath.Base(c.dir)+"/"+l.name, func(t *testing.T) {
				c.needs(t)
				stdout, calls := run(t, guesttest.Toolkit(t, l.needs), c.file(l.ext))
				text := Text(calls.Calls())
				if l.ext != "go" {
					require.Equal(t, c.golden(t, "stdout.txt", nil), stdout)
					require.Equal(t, c.golden(t, "trace.txt", nil), text)
				} else {
					require.Equal(t, c.golden(t, "stdout.txt", []byte(stdout)), stdout)
					require.Equal(t, c.golden(t, "trace.txt", []byte(text)), text)
				}
				require.Empty(t, calls.Open(c.program+"."+l.ext), "sockets left open")
			})
		}
	}
}

// onLinux skips elsewhere: the calls are the kernel's, and so are the answers.
func onLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the traces are those of Linux")
	}
}

// needs skips what this machine cannot do.
func (c caseOf) needs(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/proc/net/if_inet6"); err != nil && strings.HasSuffix(c.dir, "-ipv6") {
		t.Skip("this machine has no IPv6")
	}
}

// comment is what a program says of itself, as one line.
func comment(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	head := regexp.MustCompile(`(?s)^(?:(//.*?)\npackage|"""(.*?)"""|/\*(.*?)\*/)`).FindStringSubmatch(string(b))
	require.NotNil(t, head, "%s begins with a comment", path)
	text := regexp.MustCompile(`(?m)^(//| \*)`).ReplaceAllString(head[1]+head[2]+head[3], "")
	return strings.Join(strings.Fields(text), " ")
}

func TestTheOverviewIsCurrent(t *testing.T) {
	var table strings.Builder
	table.WriteString("| case | what it shows | programs |\n|---|---|---|\n")
	for _, c := range cases(t) {
		says := comment(t, c.file("go"))
		fmt.Fprintf(&table, "| [%s](%s/trace.txt) | %s |", filepath.Base(c.dir), c.dir, says)
		for _, l := range languages {
			require.Equal(t, says, comment(t, c.file(l.ext)), "the three programs say the same of themselves")
			fmt.Fprintf(&table, " [%s](%s)", l.name, c.file(l.ext))
		}
		table.WriteString(" |\n")
	}
	table.WriteString("\n")
	overview := strings.Replace(overviewHead, "CASES\n", table.String(), 1)
	overview += "| languages | what is changed in a trace before it is compared | why |\n|---|---|---|\n"
	for _, r := range Rules {
		overview += fmt.Sprintf("| %s | %s | %s |\n", r.Languages, r.What, r.Why)
	}
	overview += overviewTail
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(overview), 0o644))
	}
	have, err := os.ReadFile("README.md")
	require.NoError(t, err)
	require.Equal(t, overview, string(have), "go test ./guests/conformance -update writes it")
}

const overviewHead = `<!-- Written by go test ./guests/conformance -update -->

# One program, three languages

The same small programs in Go, Python and C: socket calls are the same calls whatever language asks for them, and what a
program shows in one, it shows in the others. Each program holds both ends of its conversation, so that it needs no
partner:

    socklab run --trace guests/conformance/testdata/01-stream-echo/stream_echo.py

A test runs each of them in the sandbox and holds it to its case's one ` + "`trace.txt`" + ` and one ` + "`stdout.txt`" + `, and natively
(` + "`go`, `python3`, `cc`" + `) to the same output. The traces are worth reading: they are what the programs come down to.

CASES
A call that one language makes and another does not is a fault of that language's library, and is mended there. What
differs all the same:

`

const overviewTail = `
To add a case: a folder of testdata with a number and a name, and in it three programs of that name, which begin with the
same comment. Nothing in them may depend on who is quicker: both ends are in one thread, a receive that must not wait
comes after one that has waited, and what TCP may cut or join is received with MSG_WAITALL or asked for one by one.
` + "`go test ./guests/conformance -update`" + ` writes the trace and the output of the Go program, and this page; the other two
then have to agree.
`
