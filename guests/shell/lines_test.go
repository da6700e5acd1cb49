package shell_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/guests/shell/command"
	"socklab/host/sock/kernel"
	"socklab/runtime/engine"
)

// folder is a guest's folder with two files, and beside it one that is not
// the guest's, to which a link leads.
func folder(t *testing.T) (dir string) {
	outside := t.TempDir()
	dir = filepath.Join(outside, "own")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.txt"), []byte("two\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("one\n"), 0o600))
	require.NoError(t, os.Symlink("../secret", filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink("/", filepath.Join(dir, "root")))
	return dir
}

func TestCommandLines(t *testing.T) {
	notFound := func(name string) string {
		return name + ": command not found\nsh: the sandbox has these commands: " + strings.Join(command.Names(), " ") + "\n"
	}
	cases := []struct {
		line, out string
		status    int
	}{
		{line: `echo hi`, out: "hi\n"},
		{line: `ls *.txt | wc -l`, out: "2\n"},
		{line: `cat a.txt b.txt | sort -r | head -1`, out: "two\n"},
		{line: `echo "a  b" 'c  $d' e\ \ f`, out: "a  b c  $d e  f\n"},
		{line: `x=5; echo $x ${x}0 $((x + 1)) ${none:-default}`, out: "5 50 6 default\n"},
		{line: `echo $COLOUR; COLOUR=red env | grep -c red`, out: "green\n1\n"},
		{line: `pwd; mkdir -p d && cd d && pwd && cd .. && rm -r d`, out: "/\n/d\n"},
		{line: `echo new > f; echo more >> f; cat < f; rm f`, out: "new\nmore\n"},
		{line: `cat none 2> errors; cat errors; rm errors`, out: "cat: none: no such file or directory\n"},
		{line: `cat none 2>&1 | grep -c none`, out: "1\n"},
		{line: `echo gone > /dev/null; cat < /dev/null`, out: ""},
		{line: `true && echo yes || echo no; false && echo yes || echo no`, out: "yes\nno\n"},
		{line: `test -f a.txt && [ 3 -gt 2 ] && echo ok`, out: "ok\n"},
		{line: `for i in 1 2 3; do printf '%s,' $i; done`, out: "1,2,3,"},
		{line: `i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i`, out: "3\n"},
		{line: `f() { echo "f $1"; return 4; }; f x; echo $?`, out: "f x\n4\n"},
		{line: "cat <<E\nhere $((1+1))\nE", out: "here 2\n"},
		{line: `echo "n: $(ls *.txt | wc -l)"`, out: "n: 2\n"},
		{line: `(exit 3); echo $?; exit 7`, out: "3\n", status: 7},
		{line: `sh -c 'echo $0 $1; exit 5' name arg; echo $?`, out: "name arg\n5\n"},
		{line: `echo 'echo script $1; exit 2' > s.sh; sh s.sh x; ./s.sh y; rm s.sh`, out: "script x\nscript y\n"},
		{line: `/bin/echo by path`, out: "by path\n"},
		{line: `nonsense`, out: notFound("nonsense"), status: 127},
		{line: `curl http://localhost/ | cat`, out: notFound("curl"), status: 0},
		{line: `echo "unclosed`, out: "sh:1:6: reached EOF without closing quote `\"`\n", status: 2},
		{line: ``, out: ""},
		{line: `whoami; hostname`, out: "guest\n" + hostname + "\n"},
		{line: `read a b; echo "[$a]"`, out: "[]\n"},
		{line: `sleep 0.01 & wait; echo waited`, out: "waited\n"},
		{line: `set -e; false; echo not here`, out: "", status: 1},
		// Loops that end when nobody reads them.
		{line: `while true; do echo y; done | head -2; echo after`, out: "y\ny\nafter\n"},
		{line: `{ while true; do printf '%s\n' y; done; } | grep -q y; echo $?`, out: "0\n"},
	}
	var all []string
	for _, c := range cases {
		all = append(all, c.line)
	}
	for i, got := range lines(t, folder(t), nil, all...) {
		require.Equal(t, result{Output: cases[i].out, Status: cases[i].status}, got, cases[i].line)
	}
}

// hostname is the sandbox's.
var hostname = kernel.New().Hostname()

func TestACommandLineReachesNothingOutside(t *testing.T) {
	dir := folder(t)
	results := lines(t, dir, nil,
		`cat /etc/passwd`, `cat ../secret`, `cat /../secret ../../secret`, `cat link`, `cat < link`, `ls root/`, `cat root/etc/passwd`,
		`echo x > ../made`, `echo x > link`, `cp a.txt link`, `touch ../made; mkdir ../made; mv a.txt ../made`, `cd ..; pwd; cat secret`,
		`cd root && ls`, `ls /proc /dev /sys`, `cat /dev/socklab/call`, `sh ../secret`, `. ../secret`, `source root/etc/profile`,
		`exec 3<> /dev/tcp/127.0.0.1/22`, `cat < /dev/tcp/127.0.0.1/22`, `cat <(echo x)`, `for f in ../* /*/*/passwd; do echo $f; done`,
	)
	for i, r := range results {
		require.NotContains(t, r.Output, "secret\n", "line %d", i)
		require.NotContains(t, r.Output, "root:", "line %d", i)
	}
	above, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	require.Len(t, above, 2, "only the folder and the secret")
	secret, err := os.ReadFile(filepath.Join(dir, "../secret"))
	require.NoError(t, err)
	require.Equal(t, "secret\n", string(secret))
}

func TestACommandLineWritesNothingThatIsReadOnly(t *testing.T) {
	dir := folder(t)
	results := lines(t, dir, func(s *engine.Spec) { s.Mounts[0].ReadOnly = true },
		`cat a.txt`, `echo x > new`, `echo x >> a.txt`, `rm a.txt`, `mv a.txt c`, `touch a.txt`, `mkdir d`, `cp a.txt c`)
	require.Equal(t, result{Output: "one\n"}, results[0])
	for _, r := range results[1:] {
		require.Equal(t, 1, r.Status, r.Output)
		require.Contains(t, strings.ToLower(r.Output), "read-only")
	}
	all, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, all, 4)
}

func TestMuchOutputComesWhole(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "big"), make([]byte, 5<<20), 0o600))
	results := lines(t, dir, nil, `cat big`, `cat big | cat | wc -c`, `cat big > copy && wc -c < copy`)
	require.Len(t, results[0].Output, 5<<20)
	require.Equal(t, "5242880\n", results[1].Output)
	require.Equal(t, "5242880\n", results[2].Output)
}

func TestAProgramWithoutFilesHasAShell(t *testing.T) {
	r := lines(t, "", nil, `echo hi | cat; pwd; ls; cat /etc/passwd; echo x > f; echo $?`)[0]
	require.Equal(t, "hi\n/\n", r.Output[:5])
	require.True(t, strings.HasSuffix(r.Output, "\n1\n"), r.Output)
}

func TestShellsInOneAnotherHaveAnEnd(t *testing.T) {
	r := lines(t, t.TempDir(), nil, `echo 'sh s' > s; sh s; echo $?`)[0]
	require.Equal(t, "sh: too many shells in one another\n254\n", r.Output)
}

func TestCommandsAtOnceHaveAnEnd(t *testing.T) {
	r := lines(t, t.TempDir(), nil, `i=0; while [ $i -lt 70 ]; do sleep 60 & i=$((i+1)); done 2>&1; sleep 0.1; sleep 0.1; exit 0`)[0]
	require.Contains(t, r.Output, "sh: sleep: too many commands at once\n")
	require.Zero(t, r.Status, "what is left does not keep the shell")
}

// endless are command lines that never end by themselves.
var endless = []string{
	`while true; do :; done`, `while true; do sleep 1 & done`, `f() { f | f & }; f; while true; do :; done`, `f() { f; }; f`,
	`cat`, `sleep 3600`, `x=x; while true; do x=$x$x; done`, `while true; do echo x; done`,
}

func TestEndlessCommandsEndWithTheirParent(t *testing.T) {
	for _, line := range endless {
		g := python(t, "import subprocess, sys\n"+
			"p = subprocess.Popen(sys.argv[1], shell=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"+
			"print('started', flush=True)\np.wait()\nprint('ended', p.returncode)\n", nil, line)
		require.Equal(t, "started", g.Line(t), line)
		began := time.Now()
		g.Kill()
		g.Finish(t)
		require.Less(t, time.Since(began), 5*time.Second, line)
	}
}
