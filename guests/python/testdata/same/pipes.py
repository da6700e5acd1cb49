import os
import select
import stat

r, w = os.pipe()
print(stat.S_ISFIFO(os.fstat(r).st_mode), stat.S_ISFIFO(os.fstat(w).st_mode))
print(select.select([r], [w], [], 0) == ([], [w], []), os.get_blocking(r), os.isatty(w))
print(os.write(w, b'one two'), os.read(r, 3), select.select([r], [], [], 1)[0] == [r], os.read(r, 100))
os.set_blocking(r, False)
try:
    os.read(r, 1)
except BlockingIOError as e:
    print(e.strerror)
os.set_blocking(r, True)
with open(w, 'w') as f:
    print(f.mode, f.fileno() == w, f.writable(), f.readable())
    print('line 1', 'line 2', sep='\n', file=f)
with os.fdopen(r) as f:
    print(list(f), f.read())
for number in r, w:
    try:
        os.fstat(number)
    except OSError as e:
        print(e.strerror)
r, w = os.pipe()
with open(w, 'wb', 0, closefd=False) as f:
    print(f.write(b'unbuffered'))
os.close(r)
try:
    os.write(w, b'x')
except BrokenPipeError as e:
    print(e.strerror)
poll = select.poll()
poll.register(w, select.POLLOUT)
print([events & (select.POLLERR | select.POLLHUP) != 0 for _, events in poll.poll(1000)])
os.close(w)
print([events == select.POLLNVAL for _, events in poll.poll(0)])
r, w = os.pipe()
for mode, *rest in ('x y',), ('r+',), ('q',), ('rt', 0), ('rb', -1, 'utf-8'), ('rw',):
    try:
        open(r, mode, *rest, closefd=False)
    except (ValueError, OSError) as e:
        print(type(e).__name__)
with open('file', 'w') as f:
    fd = f.fileno()
    p = select.poll()
    p.register(f)
    print(len(p.poll(0)))
print([events == select.POLLNVAL for _, events in p.poll(0)])
try:
    os.close(fd)
except OSError as e:
    print(e.strerror)
os.unlink('file')
