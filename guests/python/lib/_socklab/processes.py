"""Child processes: command lines in the sandbox's shell.

The host starts the shell and makes the pipes to it (spawn, waitpid, kill);
the standard library's own subprocess and os.popen work on top. Every command
is a line for the shell, that of a list as well, quoted.
"""

import errno
import io
import os
import posix
import selectors
import shlex
import signal
import stat
import subprocess
from errno import ENOENT, ENOTDIR
from struct import Struct

from . import device
from .commands import NAMES
from .consts import (_KILL, _SPAWN, _SPAWN_NULL_STDERR, _SPAWN_NULL_STDIN, _SPAWN_NULL_STDOUT, _SPAWN_PIPE_STDERR,
                     _SPAWN_PIPE_STDIN, _SPAWN_PIPE_STDOUT, _SPAWN_STDERR_TO_STDOUT, _WAITPID, _WNOHANG)
from .device import error

_two = Struct('<Iii').pack
_four_words = Struct('<iiii').unpack
_two_words = Struct('<ii').unpack


def spawn(line, cwd, env, flags):
    """Start a shell; return the numbers of its streams' pipes and its own."""
    env = b''.join([name + b'=' + value + b'\0' for name, value in env]) or b'\0'
    line, cwd = os.fsencode(line), os.fsencode(cwd)
    if b'\0' in line or b'\0' in cwd:
        raise ValueError('embedded null byte')
    reply = device.ask(b''.join([
        _SPAWN.to_bytes(4, 'little'), len(line).to_bytes(4, 'little'), line, len(cwd).to_bytes(4, 'little'), cwd,
        flags.to_bytes(4, 'little'), len(env).to_bytes(4, 'little'), env]))
    *pipes, pid = _four_words(reply)
    device.sockets.update([number for number in pipes if number >= 0])
    return pipes, pid


def waitpid(pid, options, /):
    """waitpid(pid, options) -> (pid, status): wait for a child"""
    return _two_words(device.ask(_two(_WAITPID, pid, options)))


def wait():
    """wait() -> (pid, status): wait for any child"""
    return waitpid(-1, 0)


def kill(pid, sig, /):
    """kill(pid, signal): end a child, or do to this program what a signal does"""
    if pid == os.getpid():
        signal.raise_signal(sig) if sig else None
    else:
        device.ask(_two(_KILL, pid, sig))


def system(command):
    """system(command) -> status: run a command line in the shell"""
    _, pid = spawn(command, os.getcwd(), os.environb.items(), 0)
    return waitpid(pid, 0)[1]


# The parts of a status, as Linux has them.

def WIFEXITED(status):
    """WIFEXITED(status): whether the child exited by itself"""
    return status & 0x7F == 0


def WEXITSTATUS(status):
    """WEXITSTATUS(status): the exit status of a child that did"""
    return status >> 8 & 0xFF


def WIFSIGNALED(status):
    """WIFSIGNALED(status): whether a signal ended the child"""
    return 0 < status & 0x7F < 0x7F


def WTERMSIG(status):
    """WTERMSIG(status): which signal it was"""
    return status & 0x7F


def WIFSTOPPED(status):
    """WIFSTOPPED(status): never, here"""
    return False


def WSTOPSIG(status):
    """WSTOPSIG(status): the signal that stopped a child"""
    return status >> 8 & 0xFF


def waitstatus_to_exitcode(status):
    """waitstatus_to_exitcode(status): the exit status, or a signal's number with its sign turned"""
    return WEXITSTATUS(status) if WIFEXITED(status) else -WTERMSIG(status)


class Pipe(io.RawIOBase):
    """One end of a pipe to a child; it has its number when the child has started."""

    number = -1

    def __init__(self, mode):
        self.mode = mode

    name = property(lambda self: self.number)

    def fileno(self):
        if self.number < 0:
            raise ValueError('I/O operation on closed file')
        return self.number

    def readable(self):
        return self.mode == 'rb'

    def writable(self):
        return self.mode == 'wb'

    def readinto(self, buffer):
        return self._io(posix.preadv, [buffer])

    def write(self, data):
        return self._io(posix.pwrite, data)

    def _io(self, call, data):
        number = self.fileno()
        while True:
            try:
                return call(device.fd, data, number)
            except OSError as e:
                failed = e.errno
            if failed == errno.EAGAIN:
                return None
            device.again(failed)

    def close(self):
        if not self.closed:
            number, self.number = self.number, -1
            super().close()
            if number >= 0:
                device.close(number)


def open_pipe(pipe, mode, buffering=-1):
    """What io.open makes of a descriptor."""
    if not isinstance(pipe, Pipe):
        return io.open(pipe, mode, buffering)
    if buffering == 0:
        return pipe
    buffered = io.BufferedReader if mode == 'rb' else io.BufferedWriter
    return buffered(pipe, buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE)


class Relay:
    """A file that is a child's stream: what goes through the pipe comes from
    the file, or goes there, whenever the program waits for the child."""

    def __init__(self, pipe, file):
        self.pipe, self.file, self.data = pipe, file, b''

    def start(self):
        if self.pipe.mode == 'wb':
            device.set_nonblocking(self.pipe.number, True)

    def fileno(self):
        return self.pipe.number

    def events(self):
        return selectors.EVENT_READ if self.pipe.mode == 'rb' else selectors.EVENT_WRITE

    def move(self):
        """Move some bytes; say whether those were the last."""
        if self.pipe.mode == 'rb':
            data = os.read(self.pipe.number, 65536)
            rest = data
            while rest:
                rest = rest[os.write(self.file, rest):]
        else:
            data = self.data = self.data or os.read(self.file, 65536)
            try:
                self.data = data[self.pipe.write(data) or 0:] if data else b''
            except BrokenPipeError:
                data = b''
        if data:
            return False
        self.pipe.close()
        return True


class Selector(selectors.PollSelector):
    """What Popen waits with: its pipes, and those of relays, which it serves."""

    relays = []  # of the Popen that waits

    def __init__(self):
        super().__init__()
        for relay in self.relays:
            self.register(relay, relay.events(), relay)

    def select(self, timeout=None):
        ready = super().select(timeout)
        for key, _ in ready:
            relay = key.data
            if relay is not None and relay.move():
                del self._fd_to_key[key.fd]
                self._selector.unregister(key.fd)
                self.relays.remove(relay)
        return [(key, events) for key, events in ready if key.data is None]


class _IO:
    """Module io as module subprocess sees it."""

    open = staticmethod(open_pipe)

    def __getattr__(self, name):
        return getattr(io, name)


class Popen:
    """The methods of subprocess.Popen that are the sandbox's."""

    _relays = ()

    def _get_handles(self, stdin, stdout, stderr):
        """Say what the child's streams are: pipes are made when it starts."""
        self._flags, self._ends, self._relays = 0, [None, None, None], []
        ours = [-1, -1, -1]
        numbers = {}
        for i, (stream, pipe, null, mode) in enumerate((
                (stdin, _SPAWN_PIPE_STDIN, _SPAWN_NULL_STDIN, 'wb'),
                (stdout, _SPAWN_PIPE_STDOUT, _SPAWN_NULL_STDOUT, 'rb'),
                (stderr, _SPAWN_PIPE_STDERR, _SPAWN_NULL_STDERR, 'rb'))):
            if stream is None:
                continue
            if stream == subprocess.DEVNULL:
                self._flags |= null
            elif stream == subprocess.STDOUT and i == 2:
                self._flags |= _SPAWN_STDERR_TO_STDOUT
            elif stream == subprocess.PIPE:
                self._flags |= pipe
                ours[i] = self._ends[i] = Pipe(mode)
            else:
                number = numbers[i] = stream if isinstance(stream, int) else stream.fileno()
                if number == i:
                    continue
                if i == 2 and number == numbers.get(1, 1):
                    self._flags |= _SPAWN_STDERR_TO_STDOUT
                    continue
                self._flags |= pipe
                self._ends[i] = Pipe(mode)
                self._relays.append(Relay(self._ends[i], number))
        return -1, ours[0], ours[1], -1, ours[2], -1

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags,
                       shell, *rest):
        if preexec_fn is not None:
            raise ValueError('preexec_fn: a child in the sandbox is no copy of this program')
        line = _line(args, shell)
        folder = os.getcwd()
        if cwd is not None:
            folder = os.path.join(os.fsencode(folder), os.fsencode(cwd))
            if not stat.S_ISDIR(os.stat(folder).st_mode):
                raise NotADirectoryError(ENOTDIR, 'Not a directory', cwd)
        numbers, self.pid = spawn(line, folder, _environment(env), self._flags)
        self._child_created = True
        for pipe, number in zip(self._ends, numbers):
            if pipe is not None:
                pipe.number = number
        for relay in self._relays:
            relay.start()

    def _wait(self, timeout):
        if self._relays and self.returncode is None:
            self._serve(timeout)
        return _wait(self, timeout)

    def _serve(self, timeout):
        end = None if timeout is None else subprocess._time() + timeout
        Selector.relays = self._relays
        with Selector() as selector:
            while selector.get_map():
                left = self._remaining_time(end)
                if left is not None and left <= 0:
                    raise subprocess.TimeoutExpired(self.args, timeout)
                selector.select(left)

    def communicate(self, input=None, timeout=None):
        Selector.relays = self._relays
        if not self._relays:
            return _communicate(self, input, timeout)
        # Not by way of a plain read of one pipe, during which a relay stands still.
        if self._communication_started and input:
            raise ValueError('Cannot send input after starting communication')
        end = None if timeout is None else subprocess._time() + timeout
        try:
            output = self._communicate(input, end, timeout)
        finally:
            self._communication_started = True
        self.wait(timeout=self._remaining_time(end))
        return output


_wait, _communicate = subprocess.Popen._wait, subprocess.Popen.communicate


def _line(args, shell):
    """The command line of a program and its arguments."""
    if isinstance(args, (str, bytes)):
        args = [args]
    elif isinstance(args, os.PathLike):
        if shell:
            raise TypeError('path-like args is not allowed when shell is true')
        args = [args]
    args = [os.fsdecode(arg) for arg in args]
    if not args:
        raise IndexError('list index out of range')
    if shell:
        return args[0] if len(args) == 1 else shlex.join(['sh', '-c', *args])
    if args[0].rpartition('/')[2] not in NAMES and not ('/' in args[0] and os.path.exists(args[0])):
        raise FileNotFoundError(ENOENT, 'No such file or directory', args[0])
    return shlex.join(args)


def _environment(env):
    if env is None:
        return os.environb.items()
    pairs = [(os.fsencode(name), os.fsencode(value)) for name, value in env.items()]
    for name, _ in pairs:
        if b'=' in name:
            raise ValueError('illegal environment variable name')
    return pairs


def _asyncio():
    """Children of asyncio, whose own way takes threads and the C library's descriptors."""
    import asyncio
    from asyncio import unix_events

    def start(self, args, shell, stdin, stdout, stderr, bufsize, **options):
        self._proc = subprocess.Popen(args, shell=shell, stdin=stdin, stdout=stdout, stderr=stderr,
                                      universal_newlines=False, bufsize=bufsize, **options)

    def add_child_handler(self, pid, callback, *args):
        loop = asyncio.get_running_loop()

        def look(delay):
            ended, status = waitpid(pid, _WNOHANG)
            if ended:
                callback(pid, waitstatus_to_exitcode(status), *args)
            else:
                loop.call_later(delay, look, min(2 * delay, 0.05))
        look(0.0005)
    unix_events._UnixSubprocessTransport._start = start
    unix_events.ThreadedChildWatcher.add_child_handler = add_child_handler


def patch():
    _asyncio()
    for function in (waitpid, wait, kill, system, WIFEXITED, WEXITSTATUS, WIFSIGNALED, WTERMSIG, WIFSTOPPED,
                     WSTOPSIG, waitstatus_to_exitcode):
        setattr(os, function.__name__, function)
    os.WNOHANG = subprocess._WNOHANG = _WNOHANG
    subprocess._can_fork_exec = True
    subprocess.io = _IO()
    subprocess._PopenSelector = Selector
    for name in '_get_handles _execute_child _wait _serve communicate _relays'.split():
        setattr(subprocess.Popen, name, Popen.__dict__[name])
    # What these have bound when they were defined was not there then.
    subprocess.Popen._internal_poll.__defaults__ = None, waitpid, _WNOHANG, errno.ECHILD
    subprocess.Popen._handle_exitstatus.__defaults__ = waitstatus_to_exitcode, WIFSTOPPED, WSTOPSIG
