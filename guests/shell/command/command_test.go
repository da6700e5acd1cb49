package command

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// do runs a command in dir.
func do(t *testing.T, dir, stdin string, args ...string) (out, errs string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	status = Run(t.Context(), &Call{
		Args: args, Dir: dir, Env: []string{"A=1", "B=two words"},
		Stdin: strings.NewReader(stdin), Stdout: &o, Stderr: &e,
	})
	return o.String(), e.String(), status
}

// folder is a folder with some files.
func folder(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"fruit": "pear\napple\npear\nfig", "numbers": "10\n9\n9\n-3\n2.5\nx\n",
		".hidden": "", "sub/inner": "deep\n", "big/a": "1", "big/b": "22",
	} {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return dir
}

func TestCommandsPrint(t *testing.T) {
	for _, c := range []struct{ line, stdin, out string }{
		{line: "cat fruit sub/inner", out: "pear\napple\npear\nfigdeep\n"},
		{line: "cat", stdin: "from stdin", out: "from stdin"},
		{line: "cat fruit - sub/inner", stdin: "<>", out: "pear\napple\npear\nfig<>deep\n"},
		{line: "cat -n sub/inner", out: "     1\tdeep\n"},
		{line: "head -n 1 fruit", out: "pear\n"},
		{line: "head -2 fruit", out: "pear\napple\n"},
		{line: "head -n 0 fruit", out: ""},
		{line: "head -c 3 fruit", out: "pea"},
		{line: "head -c 100 sub/inner", out: "deep\n"},
		{line: "head", stdin: "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", out: "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"},
		{line: "head -n1 sub/inner fruit", out: "==> sub/inner <==\ndeep\n\n==> fruit <==\npear\n"},
		{line: "tail -n 2 fruit", out: "pear\nfig\n"},
		{line: "tail -1 fruit", out: "fig\n"},
		{line: "tail -n +3 fruit", out: "pear\nfig\n"},
		{line: "tail -c 3 fruit", out: "fig"},
		{line: "tail -c +2 sub/inner", out: "eep\n"},
		{line: "tail -c 100 sub/inner", out: "deep\n"},
		{line: "wc fruit", out: "      3       4      19 fruit\n"},
		{line: "wc -l", stdin: "a\nb\n", out: "2\n"},
		{line: "wc -c fruit", out: "19 fruit\n"},
		{line: "wc -w fruit sub/inner", out: "4 fruit\n1 sub/inner\n5 total\n"},
		{line: "grep pear fruit", out: "pear\npear\n"},
		{line: "grep -n pear fruit", out: "1:pear\n3:pear\n"},
		{line: "grep -v pear fruit", out: "apple\nfig\n"},
		{line: "grep -ic PEAR fruit", out: "2\n"},
		{line: "grep -l deep fruit sub/inner", out: "sub/inner\n"},
		{line: "grep e fruit sub/inner", out: "fruit:pear\nfruit:apple\nfruit:pear\nsub/inner:deep\n"},
		{line: "grep -h ^d fruit sub/inner", out: "deep\n"},
		{line: "grep -q fig fruit", out: ""},
		{line: "grep -F a+b", stdin: "aab\na+b\n", out: "a+b\n"},
		{line: "grep a+b", stdin: "aab\na+b\n", out: "a+b\n"},
		{line: `grep a\+b`, stdin: "aab\na+b\n", out: "aab\n"},
		{line: "grep -E a+b", stdin: "aab\na+b\n", out: "aab\n"},
		{line: `grep \(a\|f\)`, stdin: "axe\nbee\nfix\n", out: "axe\nfix\n"},
		{line: "grep -e -v", stdin: "a -v\nb\n", out: "a -v\n"},
		{line: "sort fruit", out: "apple\nfig\npear\npear\n"},
		{line: "sort -ru fruit", out: "pear\nfig\napple\n"},
		{line: "sort -n numbers", out: "-3\nx\n2.5\n9\n9\n10\n"},
		{line: "sort -nu numbers", out: "-3\nx\n2.5\n9\n10\n"},
		{line: "sort numbers sub/inner", out: "-3\n10\n2.5\n9\n9\ndeep\nx\n"},
		{line: "uniq", stdin: "a\na\nb\na\n", out: "a\nb\na\n"},
		{line: "uniq -c", stdin: "a\na\nb\n", out: "      2 a\n      1 b\n"},
		{line: "uniq -d", stdin: "a\na\nb\n", out: "a\n"},
		{line: "uniq -u", stdin: "a\na\nb\n", out: "b\n"},
		{line: "uniq", stdin: "\n\na\n", out: "\na\n"},
		{line: "ls", out: "big\nfruit\nnumbers\nsub\n"},
		{line: "ls -a", out: ".\n..\n.hidden\nbig\nfruit\nnumbers\nsub\n"},
		{line: "ls -AF", out: ".hidden\nbig/\nfruit\nnumbers\nsub/\n"},
		{line: "ls -r big", out: "b\na\n"},
		{line: "ls -S big", out: "b\na\n"},
		{line: "ls -d big", out: "big\n"},
		{line: "ls fruit sub", out: "fruit\n\nsub:\ninner\n"},
		{line: "ls sub big", out: "big:\na\nb\n\nsub:\ninner\n"},
		{line: "env", out: "A=1\nB=two words\n"},
		{line: "whoami", out: "guest\n"},
		{line: "uname", out: "socklab\n"},
		{line: "uname -m", out: "wasm32\n"},
		{line: "sleep 0.001s", out: ""},
		{line: "rm -f none", out: ""},
		{line: "rm -f", out: ""},
		{line: "touch -- -x", out: ""},
	} {
		t.Run(c.line, func(t *testing.T) {
			out, errs, status := do(t, folder(t), c.stdin, strings.Fields(c.line)...)
			require.Equal(t, c.out, out)
			require.Empty(t, errs)
			require.Zero(t, status)
		})
	}
}

func TestCommandsComplain(t *testing.T) {
	for _, c := range []struct {
		line, out, errs string
		status          int
	}{
		{line: "cat none fruit", out: "pear\napple\npear\nfig", errs: "cat: none: no such file or directory\n", status: 1},
		{line: "cat sub", errs: "cat: sub: is a directory\n", status: 1},
		{line: "cat -z", errs: "cat: unknown option -z\n", status: 2},
		{line: "head -n x fruit", errs: "head: \"x\" is not a count\n", status: 2},
		{line: "head -n", errs: "head: option -n wants a value\n", status: 2},
		{line: "head -n -1 fruit", errs: "head: \"-1\" is not a count\n", status: 2},
		{line: "grep", errs: "grep: what to look for?\n", status: 2},
		{line: "grep kiwi fruit", status: 1},
		{line: "grep pear none", errs: "grep: none: no such file or directory\n", status: 2},
		{line: "grep -E ( fruit", errs: "grep: this pattern is not understood: (\n", status: 2},
		{line: "wc none", errs: "wc: none: no such file or directory\n", status: 1},
		{line: "ls none sub", out: "sub:\ninner\n", errs: "ls: none: no such file or directory\n", status: 2},
		{line: "uniq a b", errs: "uniq: too many files\n", status: 2},
		{line: "mkdir sub", errs: "mkdir: sub: file exists\n", status: 1},
		{line: "mkdir", errs: "mkdir: which file?\n", status: 2},
		{line: "mkdir a/b", errs: "mkdir: a/b: no such file or directory\n", status: 1},
		{line: "rm none", errs: "rm: none: no such file or directory\n", status: 1},
		{line: "rm sub", errs: "rm: sub: is a directory\n", status: 1},
		{line: "rm -rf .", errs: "rm: .: the working folder is in it\n", status: 1},
		{line: "rm -rf ..", errs: "rm: ..: the working folder is in it\n", status: 1},
		{line: "rm -rf /", errs: "rm: /: the working folder is in it\n", status: 1},
		{line: "cp fruit", errs: "cp: from which file, to which?\n", status: 2},
		{line: "cp sub copy", errs: "cp: sub: is a directory (-r copies it)\n", status: 1},
		{line: "cp fruit fruit", errs: "cp: fruit and fruit are the same file\n", status: 1},
		{line: "cp -r sub sub/copy", errs: "cp: sub: cannot be copied into itself\n", status: 1},
		{line: "cp fruit numbers none", errs: "cp: none: not a directory\n", status: 1},
		{line: "mv none x", errs: "mv: none: no such file or directory\n", status: 1},
		{line: "env FOO=1 ls", errs: "env: it only prints; K=V before a command sets a variable for it\n", status: 2},
		{line: "sleep", errs: "sleep: how long?\n", status: 2},
		{line: "sleep -1", errs: "sleep: \"-1\" is not a time\n", status: 2},
		{line: "sleep NaN", errs: "sleep: \"NaN\" is not a time\n", status: 2},
		{line: "date +%Q", errs: "date: unknown %Q in the format\n", status: 2},
		{line: "date 1234", errs: "date: it only prints; a format begins with +, such as date \"+%H:%M\"\n", status: 2},
		{line: "curl localhost", status: NotFound},
	} {
		t.Run(c.line, func(t *testing.T) {
			out, errs, status := do(t, folder(t), "", strings.Fields(c.line)...)
			require.Equal(t, c.out, out)
			require.Equal(t, c.errs, errs)
			require.Equal(t, c.status, status)
		})
	}
}

func TestCommandsChangeFiles(t *testing.T) {
	dir := folder(t)
	for _, line := range []string{
		"mkdir new", "mkdir -p new/a/b", "cp fruit new", "cp fruit numbers new/a", "cp -r sub new/copy", "mv new/fruit new/moved",
		"mv new/moved new/a", "touch new/empty", "touch fruit", "rm numbers", "rm -r big",
	} {
		out, errs, status := do(t, dir, "", strings.Fields(line)...)
		require.Zero(t, status, "%s: %s%s", line, out, errs)
	}
	var all []string
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			all = append(all, path)
		}
		return err
	}))
	require.Equal(t, []string{".hidden", "fruit", "new/a/fruit", "new/a/moved", "new/a/numbers", "new/copy/inner", "new/empty", "sub/inner"}, all)
	text, err := os.ReadFile(filepath.Join(dir, "new/a/moved"))
	require.NoError(t, err)
	require.Equal(t, "pear\napple\npear\nfig", string(text))
}

func TestLsTellsOfFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), make([]byte, 5000), 0o640))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o750))
	require.NoError(t, os.Symlink("file", filepath.Join(dir, "link")))
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "file"), old, old))
	out, errs, status := do(t, dir, "", "ls", "-l")
	require.Zero(t, status, errs)
	require.Regexp(t, `^total \d+
-rw-r----- 1 guest guest +5000 Feb  3  2001 file
drwxr-x--- 1 guest guest +\d+ \w{3} [ \d]\d \d\d:\d\d folder
lrwxr?w?x?.{6} 1 guest guest +4 .* link -> file
$`, out)
	out, _, _ = do(t, dir, "", "ls", "-t")
	require.True(t, strings.HasSuffix(out, "file\n"), out)
}

func TestDatesAreFormatted(t *testing.T) {
	at := time.Date(2026, 3, 4, 15, 6, 7, 80, time.UTC)
	for format, want := range map[string]string{
		"%Y-%m-%d %H:%M:%S": "2026-03-04 15:06:07", "%F %T": "2026-03-04 15:06:07", "%a %b %e": "Wed Mar  4",
		"%j %u %w %I%p %%%n%t": "063 3 3 03PM %\n\t", "%s": "1772636767", "%N": "000000080", "100%": "100%",
	} {
		got, err := strftime(at, format)
		require.NoError(t, err)
		require.Equal(t, want, got, format)
	}
	out, _, status := do(t, "/", "", "date")
	require.Zero(t, status)
	require.Regexp(t, regexp.MustCompile(`^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \S+ \d{4}\n$`), out)
}

// deaf is an output that nobody reads any more.
type deaf struct{}

func (deaf) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

func TestACommandEndsWhenNobodyReads(t *testing.T) {
	forever := io.MultiReader(strings.NewReader("line\n"), repeat{})
	for _, name := range []string{"cat", "head -n 1000000000", "grep line", "tail -n +1", "cat -n"} {
		var errs bytes.Buffer
		status := Run(t.Context(), &Call{Args: strings.Fields(name), Dir: "/", Stdin: forever, Stdout: deaf{}, Stderr: &errs})
		require.Equal(t, Broken, status, name)
		require.Empty(t, errs.String())
	}
}

// repeat has the same line for ever.
type repeat struct{}

func (repeat) Read(b []byte) (int, error) { return copy(b, "line\n"), nil }

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Zero(t, Run(ctx, &Call{Args: []string{"sleep", "3600"}, Stdout: io.Discard, Stderr: io.Discard}))
}

func TestEveryCommandRefusesWhatItDoesNotKnow(t *testing.T) {
	for name := range commands {
		if name == "env" || name == "sleep" || name == "whoami" || name == "hostname" {
			continue // they have no options
		}
		_, errs, status := do(t, folder(t), "", name, "-Z", "x", "y")
		require.Equal(t, 2, status, name)
		require.Equal(t, name+": unknown option -Z\n", errs)
	}
}
