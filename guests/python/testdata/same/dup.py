# Second descriptors of sockets, pipes and standard streams, and os.sendfile.
import errno
import os
import selectors
import socket
import stat
import sys


def tried(f, *args, **options):
    try:
        print(f.__name__, f(*args, **options))
    except (OSError, TypeError, OverflowError) as e:
        print(f.__name__, type(e).__name__, errno.errorcode.get(getattr(e, 'errno', None)))


# Sockets.
a, b = socket.socketpair()
c, d = socket.socketpair()
copy = os.dup(a.fileno())
print(copy not in (a.fileno(), b.fileno()), os.get_inheritable(copy), os.get_blocking(copy))
print(os.write(copy, b'copy'), b.recv(10))
print(os.dup2(copy, copy) == copy)
print(os.dup2(c.fileno(), copy) == copy, os.get_inheritable(copy))
print(os.write(copy, b'another'), d.recv(10))
free = max(a.fileno(), b.fileno(), c.fileno(), d.fileno(), copy) + 5
print(os.dup2(a.fileno(), free, inheritable=False) == free, os.get_inheritable(free))
a.close()
print(os.write(free, b'still open'), b.recv(10))
with selectors.DefaultSelector() as s:
    s.register(free, selectors.EVENT_READ)
    b.send(b'x')
    print([key.fd == free for key, events in s.select(10)], os.read(free, 10))
os.close(free)
print(b.recv(10))
tried(os.write, free, b'')
os.set_blocking(c.fileno(), False)
again = os.dup(c.fileno())
print(os.get_blocking(again), stat.S_ISSOCK(os.fstat(again).st_mode))
tried(os.read, again, 1)
c.close()
os.close(again)
os.close(copy)
print(d.recv(1))
for args in [(-1,), (9999,), ('x',), (), (1, 2), (1 << 40,)]:
    tried(os.dup, *args)
for args in [(-1, 5), (9999, 5), (b.fileno(), -1), (b.fileno(), 1 << 30), (b.fileno(),), ('x', 1), (1, 'x')]:
    tried(os.dup2, *args)

# Pipes.
r, w = os.pipe()
twin = os.dup(w)
os.close(w)
print(os.write(twin, b'by the twin'), os.read(r, 20), stat.S_ISFIFO(os.fstat(twin).st_mode))
with os.fdopen(twin, 'w') as f:
    f.write('as a file')
print(os.read(r, 20), os.read(r, 20))

# Standard output into a socket, and back; and standard input from one.
a, b = socket.socketpair()
sys.stdout.flush()
saved = os.dup(1)
os.dup2(a.fileno(), 1)
print('into the socket', flush=True)
os.write(1, b'raw\n')
sys.stdout.flush()
print('later')
sys.stdout.flush()
os.dup2(saved, 1)
print('back', b.recv(100))
os.write(saved, b'')
print(stat.S_ISSOCK(os.fstat(1).st_mode), os.isatty(saved) == os.isatty(1))
sys.stdout.flush()
os.write(saved, b'by the saved one\n')
os.close(saved)
tried(os.write, saved, b'')
b.sendall(b'typed\nmore\n')
os.dup2(a.fileno(), 0)
print(input(), sys.stdin.readline())
a.close()
os.close(0)
tried(b.recv, 1)

# A server's child of old wrote with print.
a, b = socket.socketpair()
old = os.dup(2)
os.dup2(a.fileno(), 2)
print('complaint', file=sys.stderr, flush=True)
os.dup2(old, 2)
print(b.recv(100))

# sendfile.
with open('sent', 'wb') as f:
    f.write(bytes(range(256)) * 1000)
a, b = socket.socketpair()
with open('sent', 'rb') as f:
    n = f.fileno()
    print(os.sendfile(a.fileno(), n, 10, 5), b.recv(100), os.lseek(n, 0, os.SEEK_CUR))
    print(os.sendfile(a.fileno(), n, None, 3), b.recv(100), os.lseek(n, 0, os.SEEK_CUR))
    print(os.sendfile(a.fileno(), n, 255999, 100), b.recv(100))
    print(os.sendfile(a.fileno(), n, 256000, 100), os.sendfile(a.fileno(), n, 1 << 40, 100), os.sendfile(a.fileno(), n, 0, 0))
    print(os.sendfile(out_fd=a.fileno(), in_fd=n, offset=1, count=1), b.recv(100))
    with open('copy', 'wb') as to:
        print(os.sendfile(to.fileno(), n, 0, 256000))
    tried(os.sendfile, a.fileno(), n, 0, -1)
    tried(os.sendfile, a.fileno(), n, -1, 1)
    tried(os.sendfile, a.fileno(), 9999, 0, 1)
    tried(os.sendfile, 9999, n, 0, 1)
    tried(os.sendfile, b.fileno(), a.fileno(), None, 1)
    tried(os.sendfile, a.fileno(), n, 'x', 1)
    tried(os.sendfile, a.fileno(), n)
    a.setblocking(False)
    total = 0
    try:
        while True:
            total += os.sendfile(a.fileno(), n, 0, 256000)
    except BlockingIOError:
        print('full', total > 0)
    a.close()
    got = 0
    while part := b.recv(1 << 16):
        got += len(part)
    print(got == total)
    a, b = socket.socketpair()
    print(a.sendfile(f, 100, 4), b.recv(10), f.tell())
    b.close()
    tried(os.sendfile, a.fileno(), n, 0, 10)
with open('copy', 'rb') as f:
    print(f.read() == bytes(range(256)) * 1000)
with open('copy', 'wb') as f:
    tried(os.sendfile, r, f.fileno(), 0, 1)
os.unlink('copy')
os.unlink('sent')
