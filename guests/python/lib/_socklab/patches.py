"""Changes to the standard library for a program without threads, processes
and signals, whose sockets the C library does not know."""

import builtins
import io
import os
import posix
import stat
import sys
from errno import EAGAIN, ECANCELED, ENOSYS

from . import device

OURS = '<socklab>'


def ours(frame):
    """Whether a frame is of the sandbox and not of the program."""
    return frame.f_code.co_filename.startswith(OURS)


# Descriptors. The numbers of sockets are the host's; see device.sockets.

def _descriptors():
    from . import names
    own = {name: getattr(posix, name) for name in ('read', 'write', 'close', 'fstat', 'dup', 'set_blocking', 'get_blocking', 'isatty')}

    def replace(name, of_socket):
        of_file = own[name]

        def function(fd, *args, **options):
            if fd in device.sockets:
                return of_socket(fd, *args)
            return of_file(fd, *args, **options)
        function.__name__ = function.__qualname__ = name
        function.__doc__ = of_file.__doc__
        setattr(os, name, function)

    def call(of_socket, fd, *args):
        try:
            return of_socket(device.fd, *args, fd)
        except OSError as e:
            failed = e.errno
        raise device.error(failed)

    def fstat(fd):
        return os.stat_result((stat.S_IFSOCK | 0o777, fd, 0, 1, 0, 0, 0, 0, 0, 0))

    replace('read', lambda fd, n: call(posix.pread, fd, n))
    replace('write', lambda fd, data: call(posix.pwrite, fd, data))
    replace('close', device.close)
    replace('fstat', fstat)
    replace('dup', names.dup)
    replace('set_blocking', lambda fd, blocking: device.set_nonblocking(fd, not blocking))
    replace('get_blocking', lambda fd: fd not in device.nonblocking)
    replace('isatty', lambda fd: False)


# Errors.

def _errors():
    import errno
    errno.errorcode[errno.EPIPE] = 'EPIPE'
    # What WASI has no numbers for: as the host reports it, or as nothing does.
    errno.ESOCKTNOSUPPORT, errno.EPFNOSUPPORT = errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT
    for number, name in enumerate(('EHOSTDOWN', 'ETOOMANYREFS', 'EREMOTE', 'EREMOTEIO', 'EUSERS', 'ENOTBLK', 'ETIME'), 1000):
        setattr(errno, name, number)
        errno.errorcode[number] = name

    def strerror(code, /):
        """strerror(code) -> the words of an error number"""
        return device.error(code).strerror
    os.strerror = strerror


# Threads.

def _threads():
    import _thread

    def start_new_thread(function, args, kwargs={}, /):
        raise RuntimeError("can't start new thread: a program in the sandbox has one thread; serve many clients "
                           "with select, selectors or asyncio (and a socketserver without ThreadingMixIn)")
    _thread.start_new_thread = _thread.start_new = start_new_thread


def _processes():
    def system(command):
        raise OSError(ENOSYS, 'a program in the sandbox cannot start others')
    os.system = system


# Time.

def _sleep():
    import time

    from .sockobj import nanoseconds

    def sleep(seconds, /):
        """Wait for a number of seconds, which may be a float."""
        if seconds is None:
            raise TypeError("'NoneType' object cannot be interpreted as an integer")
        if seconds < 0:
            raise ValueError('sleep length must be non-negative')
        device.sleep(nanoseconds(seconds))
    time.sleep = sleep


# Standard input.

class Stdin(io.RawIOBase):
    """Standard input, read by a call that Ctrl-C can end."""

    name, mode, _blksize = '<stdin>', 'rb', 8192

    def readable(self):
        return True

    def fileno(self):
        return 0

    def isatty(self):
        return posix.isatty(0)

    def readinto(self, buffer):
        try:
            return posix.preadv(device.fd, [buffer], 0)
        except OSError as e:
            failed = e.errno
        if failed == ECANCELED:
            device.interrupted()
            return self.readinto(buffer)
        if failed == EAGAIN:
            return None
        raise device.error(failed)


def _stdin():
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(Stdin()), 'utf-8', 'strict')
    sys.stdin.mode = 'r'


def _input():
    def input(prompt='', /):
        """Read a line from standard input, its newline left out. The prompt goes to
        standard output before. EOFError at the end of the input."""
        stdout, stdin = sys.stdout, sys.stdin
        if stdin is None:
            raise RuntimeError('input(): lost sys.stdin')
        if stdout is None:
            raise RuntimeError('input(): lost sys.stdout')
        stdout.write(str(prompt))
        stdout.flush()
        line = stdin.readline()
        if not line:
            raise EOFError('EOF when reading a line')
        return line[:-1] if line.endswith('\n') else line
    builtins.input = input


# Tracebacks.

def trim(error, seen=None):
    """Take the sandbox's frames out of an exception's traceback, and out of
    those of its causes."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return error
    seen.add(id(error))
    first = tb = error.__traceback__
    while first is not None and ours(first.tb_frame):
        first = tb = first.tb_next
    while tb is not None:
        rest = tb.tb_next
        while rest is not None and ours(rest.tb_frame):
            rest = rest.tb_next
        if rest is not tb.tb_next:
            tb.tb_next = rest
        tb = rest
    error.__traceback__ = first
    trim(error.__cause__, seen)
    trim(error.__context__, seen)
    for e in getattr(error, 'exceptions', ()) if isinstance(error, BaseExceptionGroup) else ():
        trim(e, seen)
    return error


def _tracebacks():
    import traceback
    extract = traceback.StackSummary._extract_from_extended_frame_gen.__func__

    def without_ours(cls, frames, **options):
        return extract(cls, ((f, at) for f, at in frames if not ours(f)), **options)
    traceback.StackSummary._extract_from_extended_frame_gen = classmethod(without_ours)


# asyncio.

def _asyncio():
    import asyncio
    import functools
    import signal
    from asyncio import base_events, unix_events

    def reads_stdin(func, args):
        if isinstance(func, functools.partial):  # of asyncio.to_thread
            func, args = func.args[0] if func.args else func.func, func.args[1:]
        if func is builtins.input:
            return args[:1]
        return None

    def run_in_executor(self, executor, func, *args):
        """Call func(*args) here and now: there are no threads. Only the wait for a
        line that is typed is left to the loop."""
        self._check_closed()
        if executor is not None and not isinstance(executor, asyncio.base_events.concurrent.futures.ThreadPoolExecutor):
            return asyncio.wrap_future(executor.submit(func, *args), loop=self)
        future = self.create_future()

        def run(func=func, args=args):
            try:
                result = func(*args)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as e:
                if not future.done():
                    future.set_exception(e)
            else:
                if not future.done():
                    future.set_result(result)

        prompt = reads_stdin(func, args)
        if prompt is None or not posix.isatty(0):
            run()
            return future

        def typed():
            self.remove_reader(0)
            run(builtins.input, ())
        sys.stdout.write(str(*prompt))
        sys.stdout.flush()
        self.add_reader(0, typed)
        return future
    base_events.BaseEventLoop.run_in_executor = run_in_executor

    def check(sig):
        if not isinstance(sig, int):
            raise TypeError('sig must be an int, not %r' % (sig,))
        if not 0 < sig < 65:
            raise ValueError('invalid signal number %d' % sig)

    def add_signal_handler(self, sig, callback, *args):
        """Call back at a signal. Only SIGINT, of Ctrl-C, ever comes."""
        if asyncio.iscoroutine(callback) or asyncio.iscoroutinefunction(callback):
            raise TypeError('coroutines cannot be used with add_signal_handler()')
        check(sig)
        self._check_closed()
        self._signal_handlers[sig] = signal.signal(sig, lambda sig, frame: self.call_soon_threadsafe(callback, *args))

    def remove_signal_handler(self, sig):
        """Stop calling back at a signal; say whether there was a callback."""
        check(sig)
        if sig not in self._signal_handlers:
            return False
        signal.signal(sig, self._signal_handlers.pop(sig))
        return True
    unix_events._UnixSelectorEventLoop.add_signal_handler = add_signal_handler
    unix_events._UnixSelectorEventLoop.remove_signal_handler = remove_signal_handler


# The standard library's files.

def _filenames():
    import _imp
    import zipimport
    get_code = zipimport.zipimporter.get_code

    def named_for_people(self, name):
        """The code of a module, whose file was that of whoever built it."""
        code = get_code(self, name)
        _, lib, file = code.co_filename.partition('/Lib/')
        if lib:
            _imp._fix_co_filename(code, '/usr/local/lib/python3.12/' + file)
        return code
    zipimport.zipimporter.get_code = named_for_people


def before_imports():
    """What the modules loaded later take over at once."""
    _filenames()
    _threads()
    _processes()
    _input()


def after_imports():
    """What changes modules that are loaded."""
    _errors()
    _sleep()
    _stdin()
    _descriptors()
    _tracebacks()
    _asyncio()
