package shell_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/trace"
	"socklab/runtime/engine"
)

func TestPythonRunsCommandLines(t *testing.T) {
	for name, c := range map[string]struct{ text, out string }{
		"popen reads":             {`print(os.popen('echo hi').read(), end='')`, "hi\n"},
		"popen writes":            {"f = os.popen('sort', 'w')\nf.write('b\\na\\n')\nprint(f.close())", "a\nb\nNone\n"},
		"popen's close tells":     {`print(os.popen('exit 3').close())`, "768\n"},
		"popen iterates":          {`print([line for line in os.popen('echo a; echo b')])`, "['a\\n', 'b\\n']\n"},
		"system":                  {`print(os.system('echo out; exit 2'))`, "out\n512\n"},
		"run a list":              {`print(run(['echo', 'a  b', "it's", '*'], capture_output=True, text=True).stdout, end='')`, "a  b it's *\n"},
		"run a line":              {`print(run('echo a | cat', shell=True, capture_output=True))`, "CompletedProcess(args='echo a | cat', returncode=0, stdout=b'a\\n', stderr=b'')\n"},
		"run arguments in a line": {`print(check_output(['echo $0 $1', 'x', 'y'], shell=True))`, "b'x y\\n'\n"},
		"stdout and stderr apart": {`r = run('echo a; echo b >&2', shell=True, capture_output=True); print(r.stdout, r.stderr)`, "b'a\\n' b'b\\n'\n"},
		"stderr to stdout":        {`print(run('echo a; echo b >&2', shell=True, stdout=PIPE, stderr=STDOUT).stdout)`, "b'a\\nb\\n'\n"},
		"nowhere":                 {`print(run('echo a; echo b >&2; cat', shell=True, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL).returncode)`, "0\n"},
		"inherited":               {`run('echo a; echo b >&2', shell=True, stderr=STDOUT)`, "a\nb\n"},
		"input":                   {`print(run(['wc', '-c'], input=b'12345', stdout=PIPE).stdout)`, "b'5\\n'\n"},
		"text input":              {`print(run('cat', input='héé', stdout=PIPE, text=True).stdout)`, "héé\n"},
		"check":                   {"try: check_output('echo x; exit 3', shell=True)\nexcept CalledProcessError as e: print(e, e.returncode, e.output)", "Command 'echo x; exit 3' returned non-zero exit status 3. 3 b'x\\n'\n"},
		"check_call":              {"try: check_call(['false'])\nexcept CalledProcessError as e: print(e.returncode)", "1\n"},
		"getoutput":               {`print(getstatusoutput('echo a; exit 2'), getoutput('echo b'))`, "(2, 'a') b\n"},
		"not found in a line":     {`print(run('nope', shell=True, stderr=PIPE).returncode)`, "127\n"},
		"not found in a list":     {"try: run(['nope', 'x'])\nexcept FileNotFoundError as e: print(e.filename)", "nope\n"},
		"timeout":                 {"try: run('echo a; sleep 60', shell=True, stdout=PIPE, timeout=1)\nexcept TimeoutExpired as e: print(e.timeout, e.output)", "1 b'a\\n'\n"},
		"timeout of a loop":       {"try: run('while true; do :; done', shell=True, timeout=0.2)\nexcept TimeoutExpired as e: print('late')", "late\n"},
		"folder":                  {"os.mkdir('d')\nprint(check_output('pwd', shell=True, cwd='d'), check_output('pwd'))\nos.chdir('d')\nprint(getoutput('pwd'))", "b'/d\\n' b'/\\n'\n/d\n"},
		"no such folder":          {"try: run('pwd', cwd='none')\nexcept FileNotFoundError: print('none')\ntry: run('pwd', cwd='main.py')\nexcept NotADirectoryError: print('file')", "none\nfile\n"},
		"environment":             {"print(getoutput('echo $COLOUR'))\nos.environ['COLOUR'] = 'blue'\nprint(getoutput('echo $COLOUR'))\nprint(check_output('env', env={'A': 'b c'}))\nprint(run('env', env={}, stdout=PIPE).stdout)", "green\nblue\nb'A=b c\\nPWD=/\\n'\nb'PWD=/\\n'\n"},
		"bad environment":         {"try: run('env', env={'A=B': 'c'})\nexcept ValueError as e: print(e)", "illegal environment variable name\n"},
		"a zero":                  {"try: run('echo \\0', shell=True)\nexcept ValueError as e: print(e)", "embedded null byte\n"},
		"to a file":               {"with open('f', 'w') as f: run('echo a; echo b >&2; pwd', shell=True, stdout=f, stderr=STDOUT)\nwith open('f', 'a') as f:\n    Popen('echo c', shell=True, stdout=f).wait()\n    f.write('d')\nprint(open('f').read())", "a\nb\n/\nc\nd\n"},
		"from a file":             {"open('f', 'w').write('x' * 1000000)\nprint(run(['wc', '-c'], stdin=open('f'), stdout=PIPE).stdout)", "b'1000000\\n'\n"},
		"from a file to a file":   {"open('f', 'w').write('x' * 1000000)\nrun('cat', stdin=open('f'), stdout=open('g', 'w'))\nprint(os.stat('g').st_size)", "1000000\n"},
		"from a file, unread":     {"open('f', 'w').write('x' * 1000000)\nprint(run(['true'], stdin=open('f'), stdout=PIPE).returncode)", "0\n"},
		"to a socket":             {"a, b = socket.socketpair()\nrun('echo through', shell=True, stdout=a)\nprint(b.recv(100))", "b'through\\n'\n"},
		"poll and wait":           {"p = Popen('sleep 60', shell=True)\nprint(p.poll())\np.terminate()\nprint(p.wait(), p.poll())", "None\n-15 -15\n"},
		"kill":                    {"p = Popen(['cat'], stdin=PIPE)\np.kill()\nprint(p.wait(timeout=60))", "-9\n"},
		"os.kill and waitpid":     {"p = Popen('sleep 60', shell=True)\nprint(os.waitpid(p.pid, os.WNOHANG))\nos.kill(p.pid, 9)\npid, status = os.waitpid(-1, 0)\nprint(pid == p.pid, os.WIFSIGNALED(status), os.WTERMSIG(status))\ntry: os.waitpid(-1, 0)\nexcept ChildProcessError: print('none')\ntry: os.kill(99, 9)\nexcept ProcessLookupError: print('none')", "(0, 0)\nTrue True 9\nnone\nnone\n"},
		"communicate":             {"p = Popen('cat; echo err >&2', shell=True, stdin=PIPE, stdout=PIPE, stderr=PIPE)\nout, err = p.communicate(b'x' * 5000000)\nprint(len(out), err, p.returncode)", "5000000 b'err\\n' 0\n"},
		"line by line":            {"p = Popen(['cat'], stdin=PIPE, stdout=PIPE, text=True, bufsize=1)\np.stdin.write('one\\n')\nprint(p.stdout.readline(), end='')\np.stdin.write('two\\n')\nprint(p.stdout.readline(), end='')\np.stdin.close()\nprint(p.wait(), repr(p.stdout.read()))", "one\ntwo\n0 ''\n"},
		"select":                  {"p = Popen('cat', stdin=PIPE, stdout=PIPE, bufsize=0)\nprint(select.select([p.stdout], [], [], 0)[0])\np.stdin.write(b'x')\nprint(select.select([p.stdout], [], [], 60)[0] == [p.stdout], os.read(p.stdout.fileno(), 10))\np.stdin.close()\nprint(p.wait())", "[]\nTrue b'x'\n0\n"},
		"broken pipe":             {"p = Popen(['true'], stdin=PIPE)\np.wait()\ntry: p.stdin.write(b'x' * 100000)\nexcept BrokenPipeError: print('broken')\nos._exit(0)", "broken\n"},
		"nobody reads":            {"p = Popen('while true; do echo x; done', shell=True, stdout=PIPE)\np.stdout.read(10)\np.stdout.close()\nprint(p.wait())", "141\n"},
		"with":                    {"with Popen(['echo', 'a'], stdout=PIPE) as p: print(p.stdout.read())\nprint(p.returncode)", "b'a\\n'\n0\n"},
		"two at once":             {"a = Popen('sleep 0.01; echo a', shell=True, stdout=PIPE)\nb = Popen(['cat'], stdin=a.stdout, stdout=PIPE)\nprint(b.communicate()[0], a.wait())", "b'a\\n' 0\n"},
		"asyncio":                 {"import asyncio\nasync def main():\n    p = await asyncio.create_subprocess_shell('cat; echo err >&2; exit 3', stdin=PIPE, stdout=PIPE, stderr=PIPE)\n    out, err = await p.communicate(b'x' * 1000000)\n    print(len(out), err, p.returncode)\n    p = await asyncio.create_subprocess_exec('sleep', '60')\n    p.kill()\n    print(await p.wait())\nasyncio.run(main())", "1000000 b'err\\n' 3\n-9\n"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.out, said(t, "import os, select, socket\nfrom subprocess import *\n"+c.text+"\n"))
		})
	}
}

func TestChildrenAreNotManyAtOnce(t *testing.T) {
	require.Equal(t, "8 EAGAIN\n1\n", said(t, `
import errno, os
from subprocess import Popen, run
all = []
try:
    while True:
        all.append(Popen('sleep 60', shell=True))
except BlockingIOError as e:
    print(len(all), errno.errorcode[e.errno])
all[0].kill()
all[0].wait()
print(run('exit 1', shell=True).returncode)
`))
}

func TestAChildUsesItsParentsLimits(t *testing.T) {
	for name, c := range map[string]struct {
		line   string
		limits engine.Limits
		limit  string
	}{
		"fuel":   {"while true; do :; done", engine.Limits{Fuel: 2e9}, "fuel"},
		"wall":   {"sleep 3600", engine.Limits{Wall: 3 * time.Second}, "wall"},
		"output": {"while true; do echo y; done", engine.Limits{Output: 100 << 10}, "output"},
		"bytes":  {"while true; do echo yyyyyyyyyyyyyyyyyy; done > f", engine.Limits{FileBytes: 1 << 20}, "files"},
		"files":  {"i=0; while true; do i=$((i+1)); touch f$i; done", engine.Limits{Files: 100}, "files"},
	} {
		t.Run(name, func(t *testing.T) {
			g := python(t, "import os, sys\nos.system(sys.argv[1])\nprint('after')\n", func(s *engine.Spec) { s.Limits = c.limits }, c.line)
			x := g.Finish(t)
			require.Equal(t, engine.Limited, x.Why, "%+v %s", x, g.Err)
			require.Equal(t, c.limit, x.Limit)
			require.NotContains(t, g.Out.String(), "after")
			if c.limits.Fuel > 0 {
				require.InDelta(t, c.limits.Fuel, x.Usage.Fuel, 5e6)
			}
			if c.limits.Output > 0 {
				require.Len(t, g.Out.String()+g.Err.String(), int(c.limits.Output))
			}
			if c.limits.FileBytes > 0 {
				require.EqualValues(t, c.limits.FileBytes, x.Usage.FileBytes)
			}
		})
	}
}

func TestAChildsMemoryHasAnEnd(t *testing.T) {
	var why []string
	g := python(t, "import os\nprint(os.waitstatus_to_exitcode(os.system('x=xxxxxxxx; while true; do x=$x$x; done')))\n", func(s *engine.Spec) {
		s.Explain = func(_ string, _ abi.Errno, text string) { why = append(why, text) }
	})
	require.Zero(t, g.Finish(t).Code, g.Err)
	require.NotContains(t, g.Out.String(), "0\n")
	require.Less(t, len(strings.Join(why, "")), 1000)
}

func TestAFileThatIsWrittenInABackgroundIsNoLongerWhenTheParentHasEnded(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "main.py")
	require.NoError(t, os.WriteFile(file, []byte(`
import subprocess
p = subprocess.Popen('while true; do echo x >> f; done', shell=True)
while not __import__('os').path.exists('f'): pass
`), 0o600))
	g := start(t, tools(t, "python"), file, dir, nil)
	require.Equal(t, engine.Exited, g.Finish(t).Why, g.Err)
	before, err := os.ReadFile(filepath.Join(dir, "f"))
	require.NoError(t, err)
	after, err := os.ReadFile(filepath.Join(dir, "f"))
	require.NoError(t, err)
	require.Len(t, after, len(before))
}

func TestCommandsAreTraced(t *testing.T) {
	h := trace.NewHistory(1000)
	g := python(t, "import os\nos.system('exit 3')\nf = os.popen('echo hi')\nf.read()\nf.close()\n", func(s *engine.Spec) { s.Recorder = h })
	require.Zero(t, g.Finish(t).Code, g.Err)
	var calls []string
	for _, e := range h.Calls() {
		line := trace.Event{Kind: e.Kind, Call: e.Call}.Text(e.Call.Start)
		_, line, _ = strings.Cut(line, "] ")
		line, _, _ = strings.Cut(line, " <")
		calls = append(calls, line)
		require.Equal(t, "guest", e.Call.Guest, "a child's calls are its own")
	}
	require.Contains(t, calls, `spawn("exit 3", "/", 0) = 1`)
	require.Contains(t, calls, `waitpid(1, 0, exit:3) = 1`)
	require.Contains(t, calls, `spawn("echo hi", "/", SPAWN_PIPE_STDOUT) = 2`)
	require.Zero(t, h.Activity("guest").Children)
}

func TestInterruptEndsWhatACommandIsWaitedFor(t *testing.T) {
	g := python(t, "import subprocess\nprint('begun', flush=True)\ntry:\n    subprocess.run('sleep 3600', shell=True)\nexcept KeyboardInterrupt:\n    print('interrupted')\n", nil)
	require.Equal(t, "begun", g.Line(t))
	g.Interrupt()
	require.Equal(t, engine.Exited, g.Finish(t).Why, g.Err)
	require.Contains(t, g.Out.String(), "interrupted")
}

func TestNoShellIsToldAbout(t *testing.T) {
	why := ""
	g := python(t, "import os\ntry: os.system('ls')\nexcept OSError as e: print(e)\n", func(s *engine.Spec) {
		s.Shell = func(context.Context) (engine.Module, error) { return nil, os.ErrDeadlineExceeded }
		s.Explain = func(call string, _ abi.Errno, text string) { why = call + ": " + text }
	})
	require.Zero(t, g.Finish(t).Code, g.Err)
	require.Equal(t, "[Errno 45] Exec format error\n", g.Out.String())
	require.Equal(t, "spawn: "+os.ErrDeadlineExceeded.Error(), why)
}
