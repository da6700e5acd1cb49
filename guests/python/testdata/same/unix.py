import os
import socket
import stat

if os.path.exists('sock'):
    os.unlink('sock')
server = socket.socket(socket.AF_UNIX)
server.bind('sock')
server.listen()
print(server)
client = socket.socket(socket.AF_UNIX)
client.connect('sock')
conn, address = server.accept()
print(repr(address), client.getsockname(), client.getpeername(), conn.getsockname())
conn.sendall(b'over a path')
print(client.recv(100))
try:
    socket.socket(socket.AF_UNIX).bind('sock')
except OSError as e:
    print(e.strerror)
print(stat.S_ISSOCK(os.stat('sock').st_mode))
os.unlink('sock')
for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET:
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    a.send(b'one')
    a.send(b'two')
    print(kind, b.recv(100), a.fileno() != b.fileno())
a, b = socket.socketpair()
copy = a.dup()
a.close()
copy.send(b'by a copy')
print(b.recv(10))
copy.close()
print(b.recv(10))
try:
    b.send(b'x')
except BrokenPipeError as e:
    print(e.strerror)
try:
    socket.socket(socket.AF_UNIX).connect('nobody')
except FileNotFoundError as e:
    print(e.strerror)
