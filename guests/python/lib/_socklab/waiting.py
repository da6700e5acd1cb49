"""Waiting for many descriptors at once: select, poll and epoll.

All of them become one poll of the host. Its descriptors are sockets and the
standard streams; a file, which the C library has a number of its own for, is
always ready.
"""

from errno import EBADF, EEXIST, EINVAL, ENOENT, EPERM
from math import ceil
from struct import Struct
from time import monotonic_ns

from . import device
from .device import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, error, sockets, watchers
from .sockobj import socket

POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLWRBAND, POLLMSG, POLLRDHUP = 0x40, 0x80, 0x100, 0x200, 0x400, 0x2000
EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR, EPOLLHUP = POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP
EPOLLRDNORM, EPOLLRDBAND, EPOLLWRNORM, EPOLLWRBAND, EPOLLMSG, EPOLLRDHUP = 0x40, 0x80, 0x100, 0x200, 0x400, 0x2000
EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLET = 1 << 28, 1 << 30, 1 << 31
EPOLL_CLOEXEC = 0x80000
PIPE_BUF = 4096

_READ, _WRITE = POLLIN | POLLRDNORM, POLLOUT | POLLWRNORM
_pack = Struct('<iI').pack


def number(file):
    """The descriptor of an integer or of what has a fileno method."""
    if not isinstance(file, int):
        try:
            fileno = file.fileno
        except AttributeError:
            raise TypeError('argument must be an int, or have a fileno() method.') from None
        file = fileno()
        if not isinstance(file, int):
            raise TypeError('fileno() returned a non-integer')
    if file < 0:
        raise ValueError('file descriptor cannot be a negative integer (%d)' % file)
    return file


# How the host is asked for a socket, by the number and the events.
_packed = {}


def _watched(fd, events):
    """How the host is asked for a descriptor; a file is asked for by one that
    is always ready."""
    if fd in sockets or fd <= 2:
        packed = _packed.get((fd, events))
        if packed is None:
            packed = _packed[fd, events] = _pack(
                fd, events & POLLRDHUP | (POLLIN if events & _READ else 0) | (POLLOUT if events & _WRITE else 0))
        return packed
    return _pack(1, POLLOUT) if device.is_file(fd) else _pack(-1, 0)


def _happened(fd, asked, got):
    """The events to report for what the host has answered."""
    if fd not in sockets and fd > 2 and got == POLLOUT:
        return asked & (_READ | _WRITE)
    if asked & POLLRDNORM and got & POLLIN:
        got |= POLLRDNORM
    if asked & POLLWRNORM and got & POLLOUT:
        got |= POLLWRNORM
    return got & (asked | POLLERR | POLLHUP | POLLNVAL)


def _nanoseconds(timeout):
    try:
        ns = int(timeout * 1e9)
    except TypeError:
        raise TypeError('timeout must be a float or None') from None
    if ns < 0:
        raise ValueError('timeout must be non-negative')
    return ns


@staticmethod  # as a function of C, it is no method of a class that has it
def select(*args):
    """select(rlist, wlist, xlist[, timeout]) -> (rlist, wlist, xlist): what is ready of each"""
    if not 3 <= len(args) <= 4:
        most = 'least 3' if len(args) < 3 else 'most 4'
        raise TypeError('select expected at %s arguments, got %d' % (most, len(args)))
    ns = -1 if len(args) == 3 or args[3] is None else _nanoseconds(args[3])
    try:
        lists = [files if isinstance(files, (list, tuple)) else list(files) for files in args[:3]]
    except TypeError:
        raise TypeError('arguments 1-3 must be sequences') from None
    asked, watched = {}, []
    for files, events in zip(lists, (POLLIN, POLLOUT, 0)):
        pairs = []  # a fileno method may change the list
        for file in files:
            fd = file._fd if isinstance(file, socket) and file._fd >= 0 else number(file)
            pairs.append((file, fd))
            asked[fd] = asked.get(fd, 0) | events
        watched.append(pairs)
    fds, got = list(asked), {}
    for index, events in device.poll(b''.join([_watched(fd, asked[fd]) for fd in fds]), ns):
        fd = fds[index]
        if events & POLLNVAL:
            raise error(EBADF)
        got[fd] = _happened(fd, asked[fd], events)
    if not got:
        return [], [], []
    means = POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI
    return tuple([file for file, fd in pairs if got.get(fd, 0) & events] for pairs, events in zip(watched, means))


class _Registered:
    """Descriptors and their events, kept in the form the host is asked in."""

    __slots__ = '_fds', '_asked', '_bytes', '__weakref__'

    def __init__(self):
        self._fds, self._asked, self._bytes = [], {}, None

    def _set(self, fd, events):
        self._asked[fd] = events
        self._bytes = None

    def _wait(self, ns):
        watched = self._bytes
        if watched is None:
            self._fds = list(self._asked)
            watched = b''.join([_watched(fd, self._asked[fd]) for fd in self._fds])
            if all(map(_can_wait, self._fds)):
                self._bytes = watched  # of a file that is closed nobody tells
        ready = []
        for index, events in device.poll(watched, ns):
            fd = self._fds[index]
            if events := _happened(fd, self._asked[fd], events):
                ready.append((fd, events))
        return ready


class _Poll(_Registered):
    """A polling object: register descriptors, then poll()."""

    __module__, __qualname__ = 'select', 'poll'
    __slots__ = ()

    def __new__(cls):
        raise TypeError("cannot create 'select.poll' instances")

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT, /):
        """register(fd[, eventmask])"""
        self._set(number(fd), _mask(eventmask))

    def modify(self, fd, eventmask, /):
        """modify(fd, eventmask)"""
        fd, eventmask = number(fd), _mask(eventmask)
        if fd not in self._asked:
            raise error(ENOENT)
        self._set(fd, eventmask)

    def unregister(self, fd, /):
        """unregister(fd)"""
        del self._asked[number(fd)]
        self._bytes = None

    def poll(self, timeout=None, /):
        """poll([milliseconds]) -> list of (fd, events)"""
        if timeout is None:
            return self._wait(-1)
        try:
            milliseconds = timeout if isinstance(timeout, int) else ceil(timeout)
        except TypeError:
            raise TypeError('timeout must be an integer or None') from None
        if not -1 << 31 <= milliseconds < 1 << 31:
            raise OverflowError('timeout is too large')
        return self._wait(milliseconds * 1000000)


_Poll.__name__ = 'poll'


@staticmethod
def poll():
    """poll() -> polling object: register descriptors, then poll()"""
    made = object.__new__(_Poll)
    made.__init__()
    return made


def _mask(events):
    if not isinstance(events, int):
        raise TypeError('an integer is required')
    if events < 0:
        raise ValueError('value must be positive')
    if events > 0xFFFF:
        raise OverflowError('Python int too large to convert to C unsigned short')
    return int(events)


class epoll(_Registered):
    """epoll(sizehint=-1, flags=0) -> epolling object

    With EPOLLET, that a descriptor can be written to is told once, again
    after a send has said "not yet", and with what there is to read; that is
    told until it has been read, which a program that reads until there is no
    more does not notice.
    """

    __module__ = 'select'
    __slots__ = '_told', '_fd', '_special'
    _next = 1 << 20  # no descriptor of the host's

    def __init__(self, sizehint=-1, flags=0):
        if sizehint < -1 or sizehint == 0:
            raise ValueError('negative sizehint' if sizehint else 'sizehint must be positive or -1')
        if flags & ~EPOLL_CLOEXEC:
            raise error(EINVAL)
        super().__init__()
        self._told, self._special = set(), False
        watchers.add(self)
        epoll._next += 1
        self._fd = epoll._next

    @classmethod
    def fromfd(cls, fd):
        """fromfd(fd) -> the epolling object of that number"""
        for handler in watchers:
            if handler._fd == fd:
                return handler
        raise error(EBADF)

    closed = property(lambda self: self._fd < 0, doc='True if the epoll handler is closed')

    def _open(self):
        if self._fd < 0:
            raise ValueError('I/O operation on closed epoll object')

    def close(self):
        """close()"""
        self._fd = -1
        self._asked = {}

    def closed_descriptor(self, fd):
        """Closing a descriptor takes it out."""
        if self._asked.pop(fd, None) is not None:
            self._told.discard(fd)
            self._bytes = None

    def fileno(self):
        """fileno() -> number"""
        self._open()
        return self._fd

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *error):
        self.close()

    def register(self, fd, eventmask=EPOLLIN | EPOLLPRI | EPOLLOUT):
        """register(fd[, eventmask])"""
        self._open()
        fd = number(fd)
        if not _can_wait(fd):
            raise error(EPERM if device.is_file(fd) else EBADF)
        if fd in self._asked:
            raise error(EEXIST)
        self._told.discard(fd)
        self._special = self._special or bool(eventmask & (EPOLLET | EPOLLONESHOT))
        self._set(fd, eventmask)

    def modify(self, fd, eventmask):
        """modify(fd, eventmask)"""
        self._open()
        fd = number(fd)
        if not _can_wait(fd):
            raise error(EBADF)
        if fd not in self._asked:
            raise error(ENOENT)
        self._told.discard(fd)
        self._special = self._special or bool(eventmask & (EPOLLET | EPOLLONESHOT))
        self._set(fd, eventmask)

    def unregister(self, fd):
        """unregister(fd)"""
        self._open()
        fd = number(fd)
        if not _can_wait(fd):
            raise error(EBADF)
        if self._asked.pop(fd, None) is None:
            raise error(ENOENT)
        self._told.discard(fd)
        self._bytes = None

    def poll(self, timeout=None, maxevents=-1):
        """poll([seconds[, maxevents]]) -> list of (fd, events)"""
        self._open()
        if maxevents < -1 or maxevents == 0:
            raise ValueError('maxevents must be greater than 0, got %d' % maxevents)
        left = ns = -1 if timeout is None or timeout < 0 else int(timeout * 1e9)
        deadline = monotonic_ns() + ns
        while True:
            ready = self._wait(left)
            if self._special:
                ready = [(fd, news) for fd, events in ready if (news := self._news(fd, events))]
            if ns >= 0:
                left = max(deadline - monotonic_ns(), 0)
            if ready or left == 0:
                break
            device.poll(b'', 1000000 if left < 0 else min(left, 1000000))
        ready = ready if maxevents == -1 else ready[:maxevents]
        for fd, _ in ready if self._special else ():
            if self._asked[fd] & EPOLLONESHOT:
                self._set(fd, EPOLLONESHOT)
        return ready

    def _news(self, fd, events):
        """The events of a descriptor that have not been told."""
        asked = self._asked[fd]
        if asked & EPOLLONESHOT and not asked & (_READ | _WRITE | EPOLLRDHUP):
            return 0  # told
        if asked & EPOLLET:
            if fd in device.blocked:
                device.blocked.discard(fd)
                self._told.discard(fd)
            if fd in self._told and not events & _READ:
                events &= ~_WRITE
            elif events & _WRITE:
                self._told.add(fd)
        return events


def _can_wait(fd):
    return fd in sockets or fd <= 2
