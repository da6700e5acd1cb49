import errno
import socket
import time

server = socket.create_server(('127.0.0.1', 0))
server.settimeout(0.1)
began = time.monotonic()
try:
    server.accept()
except TimeoutError as e:
    print(repr(e), 0.09 < time.monotonic() - began < 3)
client = socket.create_connection(server.getsockname(), timeout=2)
print(client.gettimeout(), client.timeout, client.getblocking())
conn, _ = server.accept()
print(conn.gettimeout())
began = time.monotonic()
client.settimeout(0.05)
try:
    client.recv(1)
except socket.timeout as e:
    print(e, e.args, socket.timeout is TimeoutError, 0.04 < time.monotonic() - began < 3)
try:
    client.sendall(bytes(32 << 20))
except TimeoutError as e:
    print('sendall', e)
client.settimeout(0)
print(client.gettimeout(), client.getblocking())
try:
    while True:
        client.send(bytes(65536))
except BlockingIOError as e:
    print(type(e).__name__, e.errno == errno.EAGAIN == errno.EWOULDBLOCK)
socket.setdefaulttimeout(1.5)
print(socket.getdefaulttimeout(), socket.socket().gettimeout())
socket.setdefaulttimeout(None)
print(socket.getdefaulttimeout(), socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK).gettimeout())

# A full backlog: connect_ex with a timeout says EAGAIN.
full = socket.socket()
full.bind(('127.0.0.1', 0))
full.listen(0)
waiting = []
for _ in range(8):
    s = socket.socket()
    s.settimeout(0.2)
    waiting.append((s, s.connect_ex(full.getsockname())))
print({errno.errorcode[e] for _, e in waiting if e})
s = socket.socket()
s.setblocking(False)
try:
    s.connect(full.getsockname())
except BlockingIOError as e:
    print(e.errno == errno.EINPROGRESS, e.strerror)
try:
    socket.create_connection(full.getsockname(), 0.1)
except TimeoutError as e:
    print(repr(e))
closed = socket.socket()
closed.bind(('127.0.0.1', 0))
for timeout in None, 1:
    s = socket.socket()
    s.settimeout(timeout)
    try:
        s.connect(closed.getsockname())
    except ConnectionRefusedError as e:
        print(type(e).__name__, e.strerror, errno.errorcode[e.errno])
    print(errno.errorcode[socket.socket().connect_ex(closed.getsockname())])
