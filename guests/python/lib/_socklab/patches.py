"""Changes to the standard library for a program without threads and signals, whose sockets the C library does not know."""

import os
import posix
import stat
import sys
from errno import EBADF

from . import descriptors, device, stdin, tracebacks

# Descriptors. The numbers of sockets are the host's; see device.sockets.

def _descriptors():
    def replace(name, of_socket):
        of_file = getattr(posix, name)

        def function(fd, *args, **options):
            if fd in device.sockets:
                return of_socket(fd, *args)
            if type(fd) is int and 2 < fd <= device.fd:
                raise device.error(EBADF)  # a socket's that is closed: what the C library has there is its own
            return of_file(fd, *args, **options)
        function.__name__ = function.__qualname__ = name
        function.__doc__ = of_file.__doc__
        setattr(os, name, function)

    def call(of_socket, fd, *args):
        while True:
            try:
                return of_socket(device.fd, *args, fd)
            except OSError as e:
                failed = e.errno
            device.again(failed)

    def fstat(fd):
        if fd in device.streams:
            return posix.fstat(device.streams[fd])
        return os.stat_result((stat.S_IFSOCK | 0o777, fd, 0, 1, 0, 0, 0, 0, 0, 0))

    replace('read', lambda fd, n: call(posix.pread, fd, n))
    replace('write', lambda fd, data: call(posix.pwrite, fd, data))
    replace('close', device.close)
    replace('fstat', fstat)
    replace('set_blocking', lambda fd, blocking: device.set_nonblocking(fd, not blocking))
    replace('get_blocking', lambda fd: fd not in device.nonblocking)
    replace('isatty', lambda fd: fd in device.streams and posix.isatty(device.streams[fd]))
    replace('get_inheritable', lambda fd: fd in device.inheritable)
    replace('set_inheritable', device.set_inheritable)


# Errors.

def _errors():
    import errno
    errno.errorcode[errno.EPIPE] = 'EPIPE'
    # What WASI has no numbers for: as the host reports it, or as nothing does.
    errno.ESOCKTNOSUPPORT, errno.EPFNOSUPPORT = errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT
    for number, name in enumerate('EHOSTDOWN ETOOMANYREFS EREMOTE EREMOTEIO EUSERS ENOTBLK ETIME'.split(), 1000):
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
        raise RuntimeError("can't start new thread: a program in the sandbox has one thread; serve many clients with "
                           "select, selectors or asyncio")
    _thread.start_new_thread = _thread.start_new = start_new_thread


def _executors():
    """concurrent.futures.thread, which this build of CPython lacks."""
    import _thread
    import concurrent.futures
    from types import ModuleType

    class ThreadPoolExecutor(concurrent.futures.Executor):
        """An executor that cannot execute: asyncio calls functions without it."""

        def __init__(self, max_workers=None, thread_name_prefix='', initializer=None, initargs=()):
            if max_workers is not None and max_workers <= 0:
                raise ValueError('max_workers must be greater than 0')

        def submit(self, fn, /, *args, **kwargs):
            return _thread.start_new_thread(fn, args, kwargs)

    module = ModuleType('concurrent.futures.thread')
    module.ThreadPoolExecutor = concurrent.futures.ThreadPoolExecutor = ThreadPoolExecutor
    ThreadPoolExecutor.__module__ = module.__name__
    concurrent.futures.thread = sys.modules[module.__name__] = module


def _servers():
    """Let a server that wants a thread for each request handle them one by one."""
    import threading
    from socketserver import ThreadingMixIn
    told = False

    def process_request(self, request, client_address):
        """Handle a request; the next one has to wait for its end."""
        nonlocal told
        if not told:
            told = True
            print('socklab: note: a program in the sandbox has one thread: this server handles one request after the '
                  'other; serve many clients at once with select, selectors or asyncio', file=sys.stderr)
        try:
            self.process_request_thread(request, client_address)
        except KeyboardInterrupt:
            raise
        except BaseException as e:  # such as SystemExit, which ends a thread and not the program
            threading.excepthook(threading.ExceptHookArgs((type(e), e, e.__traceback__, threading.current_thread())))
    ThreadingMixIn.process_request = process_request


# The machine's name.

def _uname():
    from .names import gethostname
    uname = posix.uname

    def named():
        """uname() -> the sandbox's own name, and what WASI says of the system"""
        system, _, *rest = uname()
        return posix.uname_result((system, gethostname(), *rest))
    os.uname = posix.uname = named
    named.__name__ = named.__qualname__ = 'uname'


# Time.

def _sleep():
    import time

    from .sockobj import nanoseconds

    @staticmethod  # as a function of C, it is no method of a class that has it
    def sleep(seconds, /):
        """Wait for a number of seconds, which may be a float."""
        if seconds is None:
            raise TypeError("'NoneType' object cannot be interpreted as an integer")
        if seconds < 0:
            raise ValueError('sleep length must be non-negative')
        device.sleep(nanoseconds(seconds))
    time.sleep = sleep


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
    descriptors.before_socket()
    stdin.patch_input()


def after_imports():
    """What changes modules that are loaded."""
    _errors()
    _executors()
    _sleep()
    _uname()
    stdin.patch_stream()
    _descriptors()
    descriptors.patch()
    tracebacks.patch()
    from . import absent, aio, pipes, processes
    aio.patch()
    processes.patch()
    pipes.patch()
    _servers()
    absent.patch()
