package python_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is not in the sandbox says why, and what there is instead.
func TestWhatIsNotThereSaysWhy(t *testing.T) {
	out := run(t, `
import concurrent.futures, ftplib, http.client, importlib.util, os, signal, smtplib, socketserver, urllib.request
def say(what):
    try:
        print('there:', what())
    except Exception as e:
        print(type(e).__name__, e)
for name in ('ssl', 'multiprocessing', 'asyncore', 'requests', 'json.requests', '_requests', 'pwd', 'tty'):
    say(lambda: __import__(name))
say(lambda: importlib.import_module('requests'))
say(lambda: [importlib.util.find_spec(name) for name in ('ssl', 'requests')])
say(lambda: concurrent.futures.ProcessPoolExecutor)
say(lambda: os.fork())
say(lambda: (hasattr(os, 'fork'), hasattr(os, 'nosuch')))
say(lambda: os.nosuch)
say(lambda: os.execlp('ls', 'ls'))
say(lambda: os.geteuid())
say(lambda: signal.alarm(1))
say(lambda: socketserver.ForkingTCPServer)
for module, name in (http.client, 'HTTPSConnection'), (smtplib, 'SMTP_SSL'), (ftplib, 'FTP_TLS'):
    say(lambda: getattr(module, name))
for kind in 'https', 'gopher':
    say(lambda: urllib.request.urlopen(kind + '://localhost/'))
`)
	const (
		one  = "a program in the sandbox is one process; serve many clients with select, selectors or asyncio\n"
		tls  = "the sandbox's Python has no TLS; use connections without it, or Go, whose crypto/tls works here"
		ours = "in the sandbox there are the standard library and the modules in the program's folder\n"
	)
	require.Equal(t, "ModuleNotFoundError No module named 'ssl': "+tls+"\n"+
		"ModuleNotFoundError No module named 'multiprocessing': "+one+
		"ModuleNotFoundError No module named 'asyncore': Python 3.12 does not have it any more; use asyncio or selectors\n"+
		"ModuleNotFoundError No module named 'requests': "+ours+
		"ModuleNotFoundError No module named 'json.requests'\n"+
		"ModuleNotFoundError No module named '_requests'\n"+
		"ModuleNotFoundError No module named 'pwd': a program in the sandbox belongs to no user\n"+
		"ModuleNotFoundError No module named 'termios': a program in the sandbox reads and writes lines, and cannot set up a terminal\n"+
		"ModuleNotFoundError No module named 'requests': "+ours+
		"there: [None, None]\n"+
		"ModuleNotFoundError No module named 'concurrent.futures.process': "+one+
		"AttributeError module 'os' has no attribute 'fork': "+one+
		"there: (False, False)\n"+
		"AttributeError module 'os' has no attribute 'nosuch'\n"+
		"OSError [Errno 52] a program in the sandbox cannot become another; run commands with subprocess\n"+
		"AttributeError module 'os' has no attribute 'geteuid': a program in the sandbox belongs to no user\n"+
		"AttributeError module 'signal' has no attribute 'alarm': a program in the sandbox has no timers that interrupt it; "+
		"use settimeout(), select() or asyncio.timeout()\n"+
		"AttributeError module 'socketserver' has no attribute 'ForkingTCPServer': "+one+
		"AttributeError module 'http.client' has no attribute 'HTTPSConnection': "+tls+"\n"+
		"AttributeError module 'smtplib' has no attribute 'SMTP_SSL': "+tls+"\n"+
		"AttributeError module 'ftplib' has no attribute 'FTP_TLS': "+tls+"\n"+
		"URLError <urlopen error unknown url type: https: "+tls+">\n"+
		"URLError <urlopen error unknown url type: gopher>\n", out)
}

// A coroutine that was never awaited is found at the end, and told of as by an
// interpreter that finalizes.
func TestWhatIsFoundAtTheEndIsToldOfAsNatively(t *testing.T) {
	g := script(t, "async def f(): pass\nx = f()\n")
	require.Zero(t, g.Finish(t).Code)
	require.Equal(t, "sys:1: RuntimeWarning: coroutine 'f' was never awaited\n", g.Err.String())
}
