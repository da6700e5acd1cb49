# Every selector, and select's own functions where C's are special.
import errno
import os
import select
import selectors
import socket
import time


class Names:
    """Functions of C do not become methods."""
    select, poll, sleep, name = select.select, select.poll, time.sleep, socket.gethostbyname


print(Names().select([], [], [], 0), Names().poll().poll(0), Names().sleep(0), Names().name('127.0.0.1'))
for cls in selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector:
    a, b = socket.socketpair()
    with cls() as s:
        print(cls.__name__, s.select(0))
        s.register(a, selectors.EVENT_READ, 'reader')
        s.register(b, selectors.EVENT_READ | selectors.EVENT_WRITE, 'both')
        print([(key.data, events) for key, events in s.select(1)])
        b.send(b'x')
        print(sorted((key.data, events) for key, events in s.select(1)))
        s.unregister(b)
        a.recv(1)
        print(s.select(0.01))
        b.close()
        print([(key.data, events) for key, events in s.select(1)], a.recv(1))
    a.close()


def t(f, *args):
    try:
        print(f(*args))
    except OSError as e:
        print(errno.errorcode[e.errno])
    except Exception as e:
        print(type(e).__name__)


with open('file', 'w') as f, select.epoll() as e:
    t(e.register, f)
    t(select.epoll().register, 3000)
os.unlink('file')
poll = select.poll()
t(type(poll))
poll.register(1, 0)
t(poll.poll, 1 << 31)
t(poll.poll, 1 << 64)
t(poll.poll, 1.5)
t(poll.poll, '1')
a, b = socket.socketpair()
files = []


class Shrinks:
    def fileno(self):
        files.clear()
        return a.fileno()


files[:] = [Shrinks(), b, b]
print(len(select.select([], files, [], 1)[1]))
e = select.epoll()
e.register(a, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
print([events for _, events in e.poll(1)], e.poll(0.01))
b.send(b'x')
print([events == select.EPOLLIN | select.EPOLLOUT for _, events in e.poll(1)])
number = a.fileno()
a.close()
t(e.unregister, number)
t(e.modify, number, 0)
t(os.fstat, number)
t(os.close, number)
