"""An asyncio whose loop calls what it would give to a thread, and knows of
signals only Ctrl-C's."""

import asyncio
import builtins
import functools
import posix
import signal
import sys
from errno import EINVAL
from asyncio import base_events, unix_events
from concurrent.futures import ThreadPoolExecutor


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
    if self._debug:
        self._check_callback(func, 'run_in_executor')
    if executor is not None and not isinstance(executor, ThreadPoolExecutor):
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
    try:
        self._signal_handlers[sig] = signal.signal(sig, lambda sig, frame: self.call_soon_threadsafe(callback, *args))
    except OSError as e:
        if e.errno != EINVAL:
            raise
        raise RuntimeError('sig %d cannot be caught' % sig) from None


def remove_signal_handler(self, sig):
    """Stop calling back at a signal; say whether there was a callback."""
    check(sig)
    if sig not in self._signal_handlers:
        return False
    signal.signal(sig, self._signal_handlers.pop(sig))
    return True


def patch():
    base_events.BaseEventLoop.run_in_executor = run_in_executor
    unix_events._UnixSelectorEventLoop.add_signal_handler = add_signal_handler
    unix_events._UnixSelectorEventLoop.remove_signal_handler = remove_signal_handler
