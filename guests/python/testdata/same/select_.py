import os
import select
import selectors
import socket
import time

a, b = socket.socketpair()
print(select.select([a, b], [], [], 0), select.select([], [a], [], 0) == ([], [a], []))
began = time.monotonic()
print(select.select([a], [], [a], 0.1), time.monotonic() - began > 0.09)
b.send(b'x')
print([s is a for s in select.select([a, b], [a], [a, b])[0]], [x is a.fileno() or x == a.fileno() for x in select.select([a.fileno()], [], [])[0]])
b.close()
a.recv(10)
print(select.select([a], [a], [], 1) == ([a], [a], []), a.recv(10))
p = select.poll()
c, d = socket.socketpair()
p.register(c, select.POLLIN)
print(p.poll(0), p.poll(50))
d.send(b'x')
print(p.poll() == [(c.fileno(), select.POLLIN)])
p.modify(c.fileno(), select.POLLIN | select.POLLOUT)
print(p.poll() == [(c.fileno(), select.POLLIN | select.POLLOUT)])
d.close()
print([e for _, e in p.poll()])
p.unregister(c)
print(p.poll(10))
refused = socket.socket()
refused.setblocking(False)
closed = socket.socket()
closed.bind(('127.0.0.1', 0))
refused.connect_ex(closed.getsockname())
p.register(refused, select.POLLOUT)
print([e & select.POLLERR for _, e in p.poll(2000)], refused.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0)  # whether it has hung up already is a matter of luck
c.close()
try:
    select.select([c], [], [], 0)
except ValueError as e:
    print(e)
with open('file', 'w+') as f:
    print(select.select([f], [f], [], 1) == ([f], [f], []))
os.unlink('file')
sel = selectors.DefaultSelector()
print(type(sel).__name__)
a, b = socket.socketpair()
a.setblocking(False)
key = sel.register(a, selectors.EVENT_READ, data='mine')
print(key.data, sel.select(0), len(sel.get_map()))
b.send(b'y')
print([(k.data, k.fileobj is a, e) for k, e in sel.select(1)])
sel.modify(a, selectors.EVENT_READ | selectors.EVENT_WRITE, 'both')
print([(k.data, e) for k, e in sel.select(1)])
sel.unregister(a)
sel.close()
e = select.epoll()
e.register(a.fileno(), select.EPOLLIN)
print([n for _, n in e.poll(0)], e.closed, e.fileno() > 0)
b.send(b'z')
print([events == select.EPOLLIN for _, events in e.poll(1)])
e.modify(a, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
print([events for _, events in e.poll(1)])
try:
    e.register(a, 0)
except FileExistsError as error:
    print(error.strerror)
try:
    e.modify(b, 0)
except FileNotFoundError as error:
    print(error.strerror)
e.unregister(a)
e.register(b, select.EPOLLOUT | select.EPOLLONESHOT)
print([events for _, events in e.poll(1)], e.poll(0.01))
e.close()
print(e.closed)
many = [socket.socketpair() for _ in range(100)]
many[70][1].send(b'!')
print([i for i, (x, _) in enumerate(many) if x in select.select([x for x, _ in many], [], [])[0]])
