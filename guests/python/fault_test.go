package python_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/sock/fault"
	"socklab/host/sock/kernel"
	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

// runWith runs a script to its good end on a stack that misbehaves.
func runWith(t *testing.T, faults, text string) string {
	t.Helper()
	rules, err := fault.Parse(faults)
	require.NoError(t, err)
	stack, err := fault.New(kernel.New(), 1, rules...)
	require.NoError(t, err)
	g := program{dir: guesttest.Write(t, map[string]string{"main.py": text}), name: "main.py", spec: func(s *engine.Spec) { s.Stack = stack }}.start(t)
	x := g.Finish(t)
	require.Zero(t, x.Code, "%+v %s", x, g.Err)
	return g.Out.String()
}

// A call that a signal interrupts is made again, as PEP 475 has it.
func TestInterruptedCallsAreMadeAgain(t *testing.T) {
	out := runWith(t, "eintr=recv:1/2,eintr=send:1/2,eintr=accept:1", `
import socket
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
conn, _ = server.accept()
room = bytearray(3)
for _ in range(4):
    client.sendall(b'one')
    print(conn.recv(3), end=' ')
    client.send(b'two')
    print(conn.recvfrom(3)[0], end=' ')
    client.send(b'3rd', socket.MSG_NOSIGNAL)
    print(conn.recv_into(room), room)
`)
	line := "b'one' b'two' 3 bytearray(b'3rd')\n"
	require.Equal(t, line+line+line+line, out)
}

func TestShortSendsAndReceivesAreTheProgramsAffair(t *testing.T) {
	out := runWith(t, "cap=2,scap=3", `
import socket
a, b = socket.socketpair()
server = socket.create_server(('127.0.0.1', 0))
a = socket.create_connection(server.getsockname())
b, _ = server.accept()
print(a.send(b'0123456789'), b.recv(100), b.recv(100))
a.sendall(b'0123456789')
print(b.makefile('rb').read(10), b.gettimeout())
a.settimeout(5)
a.sendall(b'0123456789')
print(b.recv(10, socket.MSG_WAITALL)[:2])
`)
	require.Equal(t, "3 b'01' b'2'\nb'0123456789' None\nb'01'\n", out)
}

func TestWhatAFaultSaysIsTheException(t *testing.T) {
	out := runWith(t, "fail=recv:1:ECONNRESET,fail=getaddrinfo:1:EAI_AGAIN,fail=accept:1:ECONNABORTED,again=send:1", `
import socket
server = socket.create_server(('127.0.0.1', 0))
client = socket.socket()
client.connect(server.getsockname())
try:
    server.accept()
except ConnectionAbortedError as e:
    print(e.strerror)
try:
    client.recv(1)
except ConnectionResetError as e:
    print(e.strerror)
try:
    socket.getaddrinfo('localhost', 80)
except socket.gaierror as e:
    print(e)
a, b = socket.socketpair()
a.setblocking(False)
try:
    a.send(b'x')
except BlockingIOError as e:
    print(e.strerror)
print(a.send(b'x'))
`)
	require.Equal(t, "Software caused connection abort\nConnection reset by peer\n[Errno -3] Temporary failure in name resolution\nResource temporarily unavailable\n1\n", out)
}

// With a timeout the wait counts, not the readiness that was announced.
func TestReadinessThatIsNotTrueDoesNotEndATimeout(t *testing.T) {
	out := runWith(t, "spurious=3", `
import socket, time
a, b = socket.socketpair()
server = socket.create_server(('127.0.0.1', 0))
a = socket.create_connection(server.getsockname())
b, _ = server.accept()
b.settimeout(0.2)
began = time.monotonic()
try:
    b.recv(1)
except TimeoutError as e:
    print(e, time.monotonic() - began >= 0.2)
`)
	require.Equal(t, "timed out True\n", out)
}
