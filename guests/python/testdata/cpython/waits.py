"""The calls that wait for a socket, for threads that are generators."""

import os
import select
import selectors
import sys
from time import sleep  # before threads replaces it

import _socket

import threads
from _socklab import device
from _socklab.device import POLLIN, POLLOUT
from threads import blocking, either, now

DONTWAIT = 0x40


def alone():
    """Whether the main thread is the only one: its calls just block."""
    return not threads.running and threads.current is None


def is_ready(sock, events):
    return lambda: sock._fd < 0 or device.wait(sock._fd, events, 0)


def waits(name, events, flags_at=99):
    """Replace a method of sockets by one that waits first."""
    method = getattr(_socket.socket, name)

    def waiting(self, *args, **kwargs):
        timeout = getattr(self, '_timeout', 0)
        flags = kwargs.get('flags', args[flags_at] if len(args) > flags_at else 0)
        if timeout and self._fd >= 0 and not alone() and not (isinstance(flags, int) and flags & DONTWAIT):
            ready = is_ready(self, events)
            if not ready():
                yield either(ready, timeout / 1e9)
            if timeout > 0 and not ready():
                raise TimeoutError('timed out')
        return method(self, *args, **kwargs)
    replaces(name, method, waiting)


def replaces(name, method, waiting):
    waiting.__name__, waiting.__qualname__, waiting.__doc__ = name, method.__qualname__, method.__doc__
    setattr(_socket.socket, name, blocking(waiting))


def sends(name, all):
    """The same for a send, which may block in the middle."""
    method, send = getattr(_socket.socket, name), _socket.socket.send

    def waiting(self, *args):
        timeout = getattr(self, '_timeout', 0)
        if not timeout or self._fd < 0 or alone() or not 1 <= len(args) <= 2 or isinstance(args[0], str):
            return method(self, *args)
        data, flags = memoryview(args[0]).cast('B'), args[1] if len(args) > 1 else 0
        if flags & DONTWAIT:
            return method(self, *args)
        done, end, ready = 0, now() + timeout / 1e9, is_ready(self, POLLOUT)
        while not done or done < len(data):
            if not ready():
                yield either(ready, None if timeout < 0 else max(end - now(), 0))
            if timeout > 0 and not ready():
                raise TimeoutError('timed out')
            try:
                done += send(self, data[done:], flags | DONTWAIT)
            except BlockingIOError:
                sleep(0.0005)
            if not data or timeout > 0 and not all:
                break
        return None if all else done
    return lambda: replaces(name, method, waiting)


_sendfile = os.sendfile


def sending_file(out_fd, in_fd, offset, count):
    if alone() or out_fd not in device.sockets or out_fd in device.nonblocking:
        return _sendfile(out_fd, in_fd, offset, count)

    def ready():
        return device.wait(out_fd, POLLOUT, 0)
    if not ready():
        yield either(ready, None)
    device.set_nonblocking(out_fd, True)
    try:
        return _sendfile(out_fd, in_fd, offset, count)  # of a part
    finally:
        device.set_nonblocking(out_fd, False)


_select = select.select


def selecting(*args):
    timeout = args[3] if len(args) == 4 else None
    if not 3 <= len(args) <= 4 or not isinstance(timeout, (int, float, type(None))) or timeout is not None and timeout <= 0 or alone():
        return _select(*args)
    found = [[]]

    def ready():
        found[:] = [_select(*args[:3], 0)]
        return any(found[0])
    if not ready():
        yield either(ready, timeout)
    return found[0]


def polls(cls, unit):
    poll = cls.poll

    def waiting(self, timeout=None, *args, **kwargs):
        if timeout == 0 and threads.current is None:
            threads.step_all()
        if not isinstance(timeout, (int, float, type(None))) or timeout == 0 or args and args[0] < -1:
            return poll(self, timeout, *args, **kwargs)
        if alone():
            for_ever = timeout is None or timeout < 0
            found = poll(self, threads.TEST_LIMIT / unit if for_ever else timeout, *args, **kwargs)
            if for_ever and not found:
                raise threads.Stuck('nothing ever happens')
            return found
        found = []

        def ready():
            found[:] = poll(self, 0, *args, **kwargs)
            return bool(found)
        if not ready():
            yield either(ready, None if timeout is None or timeout < 0 else timeout * unit)
        return found
    cls.poll = blocking(waiting)


def mock_loop():
    """The loop of asyncio's tests that never waits."""
    def waiting(self, timeout):
        threads.step_all()
        return []
    utils = sys.modules.get('test.test_asyncio.utils')
    if utils:
        utils.TestSelector.select = waiting


def install():
    for name, flags_at in (('recv', 1), ('recv_into', 2), ('recvfrom', 1), ('recvfrom_into', 2), ('recvmsg', 2),
                           ('recvmsg_into', 2), ('_accept', 99)):
        waits(name, POLLIN, flags_at)
    waits('sendto', POLLOUT, 1)
    waits('sendmsg', POLLOUT, 2)
    for replace in [sends('send', False), sends('sendall', True)]:
        replace()
    os.sendfile = blocking(sending_file)
    select.select = blocking(selecting)
    selectors.SelectSelector._select = staticmethod(select.select)
    polls(type(select.poll()), 1e-3)
    polls(select.epoll, 1)
