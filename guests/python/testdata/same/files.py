# Sockets as files, and files over sockets.
import io
import os
import socket

a, b = socket.socketpair()
out, lines = a.makefile('w'), b.makefile('r')
print(out, lines.name == b.fileno(), lines.mode)
print('first\nsecond', file=out, flush=True)
print(repr(lines.readline()))
out.write('\nthird')
out.close()
a.close()
print(lines.readlines(), lines.read())
a, b = socket.socketpair()
raw = a.makefile('rwb', buffering=0)
print(raw.write(b'bytes'), b.recv(10), raw.readable(), raw.writable(), raw.seekable())
b.send(b'12345')
print(raw.read(3), raw.readinto(room := bytearray(10)), room)
a.close()
print(raw.closed, a.fileno() != -1)
raw.close()
print(a.fileno())
with open('sent', 'wb') as f:
    f.write(b'0123456789' * 1000)
a, b = socket.socketpair()
with open('sent', 'rb') as f:
    print(a.sendfile(f, 5, 20), b.recv(100), f.tell())
    a.settimeout(1)
    print(a.sendfile(f, 9990), b.recv(100))
os.unlink('sent')
fd = a.detach()
print(a.fileno(), fd >= 0)
a = socket.socket(fileno=fd)
print(a.family, a.type, a.send(b'again'), b.recv(10))
print(os.write(fd, b'raw'), os.read(b.fileno(), 10), os.isatty(fd), os.get_blocking(fd))
copy = socket.fromfd(fd, socket.AF_UNIX, socket.SOCK_STREAM)
copy.send(b'copy')
print(b.recv(10))
copy.close()
os.set_blocking(b.fileno(), False)
try:
    b.recv(1)
except BlockingIOError:
    print('not yet')
socket.close(a.detach())
print(b.recv(1))
try:
    os.close(12345)
except OSError as e:
    print(e.strerror)
