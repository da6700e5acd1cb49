package python_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/trace"
	"socklab/runtime/build"
	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

func TestArgumentsInputAndTheExitCodeArePassedThrough(t *testing.T) {
	const text = `
import sys
name = input('Name? ')
print('Hello', name, sys.argv)
for line in sys.stdin:
    print(repr(line))
try:
    input()
except EOFError as e:
    print(e)
sys.stderr.write('bye\n')
sys.exit(7)
`
	g := program{dir: guesttest.Write(t, map[string]string{"main.py": text}), name: "main.py", args: []string{"a", "b c", ""},
		stdin: strings.NewReader("Bob\nx\ny")}.start(t)
	x := g.Finish(t)
	require.Equal(t, "Name? Hello Bob ['main.py', 'a', 'b c', '']\n'x\\n'\n'y'\nEOF when reading a line\n", g.Out.String())
	require.Equal(t, "bye\n", g.Err.String())
	require.Equal(t, engine.Exited, x.Why)
	require.Equal(t, 7, x.Code)
}

func TestHowAProgramEndsIsItsExitCode(t *testing.T) {
	for _, c := range []struct {
		text     string
		code     int
		out, err string
	}{
		{"pass", 0, "", ""},
		{"import sys; sys.exit()", 0, "", ""},
		{"raise SystemExit(300)", 44, "", ""},
		{"import sys; print('o', end=''); sys.exit('a message')", 1, "o", "a message\n"},
		{"import os; os._exit(9)", 9, "", ""},
		{"import atexit; atexit.register(print, 'bye'); print('hello')", 0, "hello\nbye\n", ""},
		{"import sys\nclass D:\n    def __del__(self): print('gone', __name__, sys.argv)\nd = D()", 0, "gone __main__ ['main.py']\n", ""},
		{"import sys; sys.excepthook = lambda t, v, tb: print('mine', v, tb.tb_lineno)\n1/0", 1, "mine division by zero 2\n", ""},
		{"print('\\d')", 0, "\\d\n", "main.py:1: SyntaxWarning: invalid escape sequence '\\d'\n  print('\\d')\n"},
		{"import atexit\n@atexit.register\ndef f(): 1/0", 0, "", "Exception ignored in atexit callback: <function f at 0x"},
	} {
		t.Run(c.text, func(t *testing.T) {
			g := script(t, c.text)
			x := g.Finish(t)
			require.Equal(t, engine.Exited, x.Why)
			require.Equal(t, c.out, g.Out.String())
			if strings.HasSuffix(c.err, "\n") || c.err == "" {
				require.Equal(t, c.err, g.Err.String())
			} else {
				require.Contains(t, g.Err.String(), c.err)
			}
			require.Equal(t, c.code, x.Code)
		})
	}
}

func TestWhatAProgramHasNotClosedIsWritten(t *testing.T) {
	dir := guesttest.Write(t, map[string]string{"main.py": "f = open('out', 'w')\nf.write('data')\nprint('no newline', end='')\ndef keep(): return f"})
	g := program{dir: dir, name: "main.py"}.start(t)
	require.Zero(t, g.Finish(t).Code, "%s", g.Err)
	require.Equal(t, "no newline", g.Out.String())
	b, err := os.ReadFile(filepath.Join(dir, "out"))
	require.NoError(t, err)
	require.Equal(t, "data", string(b))
}

// A traceback shows the student's lines, and none of what stands in for C.
func TestATracebackShowsTheStudentsLine(t *testing.T) {
	const connect = "import socket\ndef call():\n    s = socket.socket()\n    s.connect(('127.0.0.1', 1))\ncall()\n"
	const connectTrace = "Traceback (most recent call last):\n  File \"main.py\", line 5, in <module>\n    call()\n" +
		"  File \"main.py\", line 4, in call\n    s.connect(('127.0.0.1', 1))\nConnectionRefusedError: [Errno 14] Connection refused\n"
	for name, c := range map[string]struct{ text, want string }{
		"refused":   {connect, connectTrace},
		"type":      {"import socket\nsocket.socket().bind('127.0.0.1', 9000)\n", "Traceback (most recent call last):\n  File \"main.py\", line 2, in <module>\n    socket.socket().bind('127.0.0.1', 9000)\nTypeError: socket.bind() takes exactly one argument (2 given)\n"},
		"print_exc": {"import socket, traceback\ntry:\n    socket.socket().recv(1)\nexcept OSError:\n    traceback.print_exc()\n", "Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\n    socket.socket().recv(1)\nOSError: [Errno 53] Transport endpoint is not connected\n"},
		"thread":    {"import threading\nthreading.Thread(target=print).start()\n", "RuntimeError: can't start new thread: a program in the sandbox has one thread; serve many clients with select, selectors or asyncio\n"},
		"library":   {"import socket\nsocket.create_connection(('127.0.0.1', 1))\n", "  File \"/usr/local/lib/python3.12/socket.py\", line 852, in create_connection\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := script(t, c.text)
			g.Finish(t)
			require.Contains(t, g.Err.String(), c.want)
			require.NotContains(t, g.Err.String(), "socklab>")
		})
	}
	g := script(t, "import socket\ntry:\n    socket.socket().recv(1)\nexcept OSError as e:\n    raise ValueError('mine') from e\n")
	require.Equal(t, 1, g.Finish(t).Code)
	require.Contains(t, g.Err.String(), "The above exception was the direct cause")
	require.NotContains(t, g.Err.String(), "socklab>")
}

func TestModulesBesideTheProgramAreImported(t *testing.T) {
	dir := guesttest.Write(t, map[string]string{
		"sub/main.py":   "import helper, sys, os\nprint(helper.name, __file__, sys.argv[0], __name__, os.getcwd(), sys.path[0])\nprint(open('data').read())",
		"sub/helper.py": "name = __name__ + ' ' + __file__",
		"data":          "beside",
	})
	root := []engine.Mount{{Host: dir, Guest: "/"}}
	for name, c := range map[string]struct {
		mounts []engine.Mount
		want   string
	}{
		"below the folder": {root, "helper /sub/helper.py /sub/main.py sub/main.py __main__ / /sub\nbeside\n"},
		"two folders":      {append(root, engine.Mount{Host: filepath.Join(dir, "sub"), Guest: "/srv/code"}), "helper /srv/code/helper.py /srv/code/main.py srv/code/main.py __main__ / /srv/code\nbeside\n"},
		"elsewhere":        {[]engine.Mount{{Host: guesttest.Write(t, map[string]string{"data": "other"}), Guest: "/"}}, "helper /program/helper.py /program/main.py main.py __main__ / /program\nother\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := program{dir: filepath.Join(dir, "sub"), name: "main.py", spec: func(s *engine.Spec) { s.Mounts = c.mounts }}.start(t)
			require.Zero(t, g.Finish(t).Code, "%s", g.Err)
			require.Equal(t, c.want, g.Out.String())
		})
	}
	entries, err := os.ReadDir(filepath.Join(dir, "sub"))
	require.NoError(t, err)
	require.Len(t, entries, 2, "something was left in the student's folder")
}

func TestASourceThatDoesNotCompileIsACompileError(t *testing.T) {
	k := tools(t)
	for name, c := range map[string]struct {
		text         string
		line, column int
		message      string
	}{
		"syntax":      {"import socket\ndef f(:\n    pass\n", 2, 7, "SyntaxError: invalid syntax"},
		"string":      {"print('a\n", 1, 7, "SyntaxError: unterminated string literal (detected at line 1)"},
		"indentation": {"def f():\npass\n", 2, 1, "IndentationError: expected an indented block after function definition on line 1"},
		"encoding":    {"\n# \xff\n", 0, 0, "SyntaxError: Non-UTF-8 code starting with '\\xff' in file main.py on line 2, but no encoding declared; see https://peps.python.org/pep-0263/ for details"},
		"null":        {"a\x00b", 0, 0, "SyntaxError: source code string cannot contain null bytes"},
		"deep":        {strings.Repeat("(", 5000), 0, 0, "MemoryError: Parser stack overflowed - Python source too complex to parse"},
		"return":      {"return 1\n", 1, 1, "SyntaxError: 'return' outside function"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.Build(t.Context(), filepath.Join(guesttest.Write(t, map[string]string{"main.py": c.text}), "main.py"))
			var compile *build.CompileError
			require.True(t, errors.As(err, &compile), "%v", err)
			require.Equal(t, []build.Diagnostic{{File: "main.py", Line: c.line, Column: c.column, Message: c.message}}, compile.Diagnostics)
			require.Contains(t, compile.Output, c.message)
		})
	}
}

func TestAProgramIsKilledWhereverItIs(t *testing.T) {
	for name, text := range map[string]string{
		"receiving": "import socket\na, b = socket.socketpair()\nprint('ready')\na.recv(1)",
		"sleeping":  "import time\nprint('ready')\ntime.sleep(1000)",
		"computing": "print('ready')\nwhile True: pass",
		"selecting": "import select\nprint('ready')\nselect.select([], [], [], 1000)",
		"reading":   "print('ready')\ninput()",
		"locked":    "import threading\nprint('ready')\nthreading.Event().wait()",
		"freeing":   "print('ready')\nclass D:\n    def __del__(self):\n        while True: pass\nD()",
	} {
		t.Run(name, func(t *testing.T) {
			r, w := pipe(t)
			defer w.Close()
			g := program{dir: guesttest.Write(t, map[string]string{"main.py": text}), name: "main.py", stdin: r}.start(t)
			require.Equal(t, "ready", g.Line(t))
			began := time.Now()
			g.Kill()
			<-g.Done()
			t.Logf("killed in %v", time.Since(began))
			require.Less(t, time.Since(began), 10*time.Second)
			require.Equal(t, engine.Killed, g.Wait().Why)
		})
	}
}

// Ctrl-C is KeyboardInterrupt, in whatever call the program waits.
func TestAnInterruptIsKeyboardInterrupt(t *testing.T) {
	const text = `
import asyncio, select, signal, socket, sys, time
a, b = socket.socketpair()
server = socket.create_server(('127.0.0.1', 0))
def send():
    while True: a.sendall(bytes(100000))
def timed():
    a.settimeout(1000)
    a.recv(1)
def handled():
    signal.signal(signal.SIGINT, lambda *_: b.send(b'handled'))
    print('ready')
    print(a.recv(100))
    raise KeyboardInterrupt
def paused():
    signal.signal(signal.SIGINT, lambda *_: print('handled'))
    print('ready')
    signal.pause()
    raise KeyboardInterrupt
async def aio():
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGINT, done.set)
    print('ready')
    await done.wait()
    print('set', loop.remove_signal_handler(signal.SIGINT))
    raise KeyboardInterrupt
async def sleeps():
    print('ready')
    await asyncio.sleep(1000)
waits = {
    'accept': server.accept, 'recv': lambda: a.recv(1), 'recvfrom': lambda: a.recvfrom(1), 'into': lambda: a.recv_into(bytearray(1)),
    'timed': timed, 'send': send, 'select': lambda: select.select([a], [], []), 'sleep': lambda: time.sleep(1000), 'input': input,
    'pause': paused, 'asyncio': lambda: asyncio.run(sleeps()), 'handled': handled, 'aio': lambda: asyncio.run(aio()),
}
if sys.argv[1] not in ('handled', 'pause', 'asyncio', 'aio'):
    print('ready')
try:
    waits[sys.argv[1]]()
except KeyboardInterrupt as e:
    print('interrupted')
    sys.exit(130)
`
	dir := guesttest.Write(t, map[string]string{"main.py": text})
	for name, said := range map[string]string{
		"accept": "", "recv": "", "recvfrom": "", "into": "", "timed": "", "send": "", "select": "", "sleep": "", "input": "",
		"asyncio": "", "handled": "b'handled'\n", "pause": "handled\n", "aio": "set True\n",
	} {
		t.Run(name, func(t *testing.T) {
			r, w := pipe(t)
			defer w.Close()
			g := program{dir: dir, name: "main.py", args: []string{name}, stdin: r}.start(t)
			require.Equal(t, "ready", g.Line(t))
			g.Interrupt()
			x := g.Finish(t)
			require.Equal(t, "ready\n"+said+"interrupted\n", g.Out.String(), "%s", g.Err)
			require.Equal(t, 130, x.Code)
		})
	}
}

// A program that only computes hears nothing: it is ended after a while, and
// at once if somebody insists.
func TestInterruptEndsAProgramThatOnlyComputes(t *testing.T) {
	for name, times := range map[string]int{"once": 1, "twice": 2} {
		t.Run(name, func(t *testing.T) {
			g := program{dir: guesttest.Write(t, map[string]string{"main.py": "print('ready')\nwhile True: pass\n"}), name: "main.py"}.start(t)
			require.Equal(t, "ready", g.Line(t))
			for range times {
				g.Interrupt()
			}
			require.Equal(t, engine.Killed, g.Finish(t).Why)
		})
	}
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r, w
}

// What is traced are the calls that the program made, by the numbers it sees.
func TestCallsAreTracedAsTheProgramMadeThem(t *testing.T) {
	h := trace.NewHistory(0)
	g := program{dir: guesttest.Write(t, map[string]string{"main.py": `
import socket
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
conn, _ = server.accept()
client.sendall(b'hello')
print(conn.recv(100), server.fileno(), client.fileno(), conn.fileno())
conn.close()
`}), name: "main.py", spec: func(s *engine.Spec) { s.Recorder = h }}.start(t)
	require.Zero(t, g.Finish(t).Code, "%s", g.Err)
	require.Equal(t, "b'hello' 3 4 5\n", g.Out.String())
	var calls []string
	for _, e := range h.Calls() {
		if e.Kind != trace.Enter && e.Name != "write" {
			calls = append(calls, fmt.Sprintf("%s %d = %d", e.Name, e.FD, e.Ret))
		}
	}
	want := "socket -1 = 3, setsockopt 3 = 0, bind 3 = 0, listen 3 = 0, getsockname 3 = 0, getaddrinfo -1 = 0, socket -1 = 4, " +
		"connect 4 = 0, accept 3 = 5, send 4 = 5, recv 5 = 5, close 5 = 0"
	require.Contains(t, strings.Join(calls, ", "), want)
}

func TestMemoryIsLimited(t *testing.T) {
	g := program{dir: guesttest.Write(t, map[string]string{"main.py": "try:\n    b'x' * (200 << 20)\nexcept MemoryError:\n    print('refused')\nx = []\nwhile True: x.append(bytes(1 << 20))"}),
		name: "main.py", spec: func(s *engine.Spec) { s.Limits.Memory = 64 << 20 }}.start(t)
	x := g.Finish(t)
	require.Equal(t, "refused\n", g.Out.String())
	require.Equal(t, engine.Limited, x.Why)
	require.Equal(t, "memory", x.Limit)

	g = program{dir: guesttest.Write(t, map[string]string{"main.py": "print(1)"}), name: "main.py", spec: func(s *engine.Spec) { s.Limits.Memory = 1 << 20 }}.start(t)
	x = g.Finish(t)
	require.Equal(t, engine.Limited, x.Why)
	require.Equal(t, "memory", x.Limit)
}

// What one program does to its interpreter no other sees.
func TestProgramsStartAlike(t *testing.T) {
	const text = "import builtins, os, random, socket\nprint(hasattr(socket, 'mark'), os.environ.get('MARK'))\n" +
		"socket.mark = 1\nsocket.socket.send = None\nos.environ['MARK'] = '1'\nprint = None\nopen('file', 'w')\nbuiltins.len = None\n"
	seen := map[string]bool{}
	for range 3 {
		require.Equal(t, "False None\n", run(t, text))
		seen[run(t, "import random; print(random.random())")] = true
	}
	require.Len(t, seen, 3, "chance repeats itself")
	g := program{dir: guesttest.Write(t, map[string]string{"main.py": "import os; print(sorted(os.environ.items()), os.getenv('B'))"}), name: "main.py",
		spec: func(s *engine.Spec) { s.Env = []string{"A=1", "B=x=y"} }}.start(t)
	g.Finish(t)
	require.Equal(t, "[('A', '1'), ('B', 'x=y')] x=y\n", g.Out.String())
}

func TestOutputIsWrittenLineByLine(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	g := program{dir: guesttest.Write(t, map[string]string{"main.py": "print('first')\nprint(input(), end='')\n"}), name: "main.py", stdin: r}.start(t)
	require.Equal(t, "first", g.Line(t))
	io.WriteString(w, "second\n")
	require.Zero(t, g.Finish(t).Code)
	require.Equal(t, "first\nsecond", g.Out.String())
}

// The number of a file is the C library's, which cannot give it another.
func TestAFileHasOneDescriptor(t *testing.T) {
	require.Equal(t, "95 95 95 EBADF\nstill here\n", run(t, `
import errno, os
f = open('file', 'w')
def tried(call, *args):
    try:
        return call(*args)
    except OSError as e:
        return 95 if e.errno == errno.ENOTSUP and e.strerror == 'Operation not supported' else errno.errorcode[e.errno]
print(tried(os.dup, f.fileno()), tried(os.dup2, f.fileno(), 1), tried(os.dup2, 1, f.fileno()), tried(os.dup2, 4, 1))
f.write('still here')
f.close()
print(open('file').read())
`))
}

// A file of a module's name beside the program is that module, as natively,
// also where the sandbox has the standard library's loaded already.
func TestAProgramsOwnModulesAreBeforeTheLibrarys(t *testing.T) {
	dir := guesttest.Write(t, map[string]string{
		"secrets.py": "word = 'mine'\n", "socket.py": "import socket\nsocket.gethostname()\n", "threading.py": "", "queue/note.txt": "", "email/__init__.py": "own = True",
		"os.py": "raise SystemExit('not this one')", "main.py": `
import email, json, os, queue, secrets, selectors, threading
print(secrets.word, email.own, queue.Queue.__name__, vars(threading).get('Thread'), os.name, selectors.select.__name__)
try:
    import socket
except AttributeError as e:
    print(e)
`})
	g := program{dir: dir, name: "main.py"}.start(t)
	require.Zero(t, g.Finish(t).Code, "%s", g.Err)
	require.Equal(t, "mine True Queue None posix select\n"+
		"partially initialized module 'socket' has no attribute 'gethostname' (most likely due to a circular import)\n", g.Out.String())
}
