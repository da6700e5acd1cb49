"""Threads for tests, on one stack.

What a thread runs is made a generator, which gives way wherever it would
block. The main thread, and what cannot be made a generator, runs the others
where it would block. The calls that block are the sandbox's own in the end:
they are made when they would not.
"""

import _thread
import functools
import io
import itertools
import socket
import threading
import time
import traceback
import types
import unittest

from _socklab import device
from generators import generator

sleep, now = time.sleep, time.monotonic

# How long a test may take, and one wait in it, in seconds.
TEST_LIMIT, WAIT_LIMIT = 25, 12
_began = float('inf')

# What a function does as a generator that yields a predicate wherever it has
# to wait until that is true.
generators = {}


class Stuck(BaseException):
    """A test waits for what only threads at the same time would do."""


class Thread:
    numbers = itertools.count(1000)

    def __init__(self, function, args, kwargs):
        self.number, self.generator = next(Thread.numbers), call(function, *args, **kwargs)
        self.ready, self.running, self.sentinel = lambda: True, False, None


running = []
current = None


def begin():
    """Begin a test: threads of the one before do not go on."""
    global _began
    _began = now()
    running.clear()


def step(thread):
    """Go on with a thread; say whether it did anything."""
    global current
    if thread.running or not thread.ready():
        return False
    before, current, thread.running = current, thread, True
    try:
        thread.ready = next(thread.generator)
        return True
    except (StopIteration, SystemExit):
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        current, thread.running = before, False
    if thread in running:
        running.remove(thread)
    if thread.sentinel and thread.sentinel.locked():
        thread.sentinel.release()
    return True


def step_all():
    done = [step(thread) for thread in list(running)]
    if now() - _began > TEST_LIMIT:
        raise Stuck('the test does not end')
    return any(done)


def wait(ready):
    began = now()
    while not ready():
        if not step_all():
            sleep(0.0005)
        if now() - began > WAIT_LIMIT:
            raise Stuck('a wait does not end')


def either(ready, timeout):
    """A predicate that becomes true in time, of seconds or None."""
    if timeout is None or timeout < 0:
        return ready
    end = now() + timeout
    return lambda: ready() or now() >= end


def blocking(function):
    """A function that blocks, of a generator."""
    @functools.wraps(function)
    def blocks(*args, **kwargs):
        made = function(*args, **kwargs)
        try:
            while True:
                wait(next(made))
        except StopIteration as end:
            return end.value
    generators[blocks] = function
    return blocks


def call(function, /, *args, **kwargs):
    """Call a function from a generator."""
    if isinstance(function, functools.partial):
        args, kwargs, function = function.args + args, {**function.keywords, **kwargs}, function.func
    if isinstance(function, types.MethodType):
        function, args = function.__func__, (function.__self__,) + args
    try:
        made = generators.get(function)
    except TypeError:  # not hashable
        made = None
    if made is not None:
        return (yield from made(*args, **kwargs))
    if isinstance(function, types.FunctionType):
        n = {'assertRaises': 2, 'assertRaisesRegex': 3}.get(function.__name__, 99)
        if len(args) > n and isinstance(args[0], unittest.TestCase):
            with function(*args[:n]):
                yield from call(*args[n:], **kwargs)
            return
        made = generator(function, call)
        if made is not None:
            return (yield from made(*args, **kwargs))
    elif type(function) is type and function.__new__ is object.__new__ and isinstance(function.__init__, types.FunctionType):
        if generator(function.__init__, call):
            made = function.__new__(function)
            yield from call(function.__init__, made, *args, **kwargs)
            return made
    elif isinstance(function, types.BuiltinMethodType) and function.__name__.startswith('read'):
        file = function.__self__
        if isinstance(file, io.BufferedReader) and isinstance(file.raw, socket.SocketIO) and file.raw._sock._timeout:
            yield lambda: has_data(file)
    return function(*args, **kwargs)


def has_data(file):
    """Whether a buffered file of a socket has anything to read, or its end."""
    sock = file.raw._sock
    if sock._fd < 0:
        return True
    timeout, sock._timeout = sock._timeout, 0
    device.set_nonblocking(sock._fd, True)
    try:
        return bool(file.peek(1)) or device.wait(sock._fd, device.POLLIN, 0)
    finally:
        sock._timeout = timeout
        device.set_nonblocking(sock._fd, timeout >= 0)


# What module _thread has.

class Lock:
    def __init__(self):
        self.taken = False

    @blocking
    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if self.taken and blocking:
            yield either(lambda: not self.taken, timeout)
        if self.taken:
            return False
        self.taken = True
        return True

    def release(self):
        if not self.taken:
            raise RuntimeError('release unlocked lock')
        self.taken = False

    def locked(self):
        return self.taken

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.release()


class RLock:
    def __init__(self):
        self.owner, self.times = None, 0

    @blocking
    def acquire(self, blocking=True, timeout=-1):
        me = get_ident()
        if self.owner not in (None, me) and blocking:
            yield either(lambda: self.owner is None, timeout)
        if self.owner not in (None, me):
            return False
        self.owner, self.times = me, self.times + 1
        return True

    def release(self):
        if self.owner != get_ident():
            raise RuntimeError('cannot release un-acquired lock')
        self.times -= 1
        if not self.times:
            self.owner = None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.release()

    def _is_owned(self):
        return self.owner == get_ident()

    def _release_save(self):
        times, self.owner, self.times = self.times, None, 0
        return times

    def _acquire_restore(self, times):
        self.acquire()
        self.times = times


_main = _thread.get_ident()


def get_ident():
    return current.number if current else _main


def start_new_thread(function, args, kwargs={}, /):
    thread = Thread(function, args, kwargs)
    running.append(thread)
    return thread.number


def set_sentinel():
    lock = Lock()
    if current:
        current.sentinel = lock
    return lock


@blocking
def sleeping(seconds):
    yield either(lambda: False, seconds)


def submit(self, function, /, *args, **kwargs):
    import concurrent.futures
    future = concurrent.futures.Future()

    def run():
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as e:
                future.set_exception(e)
    start_new_thread(run, ())
    return future


def install():
    import concurrent.futures

    import waits
    _thread.start_new_thread = threading._start_new_thread = start_new_thread
    _thread.get_ident = threading.get_ident = get_ident
    _thread.allocate_lock = threading._allocate_lock = threading.Lock = Lock
    _thread.RLock = threading._CRLock = threading.RLock = RLock
    threading._set_sentinel = set_sentinel
    threading._active_limbo_lock = RLock()
    concurrent.futures.ThreadPoolExecutor.submit = submit
    time.sleep = sleeping
    waits.install()
