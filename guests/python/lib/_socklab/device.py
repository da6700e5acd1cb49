"""The host's calls, made through its call device (host/wasi, DeviceDir)."""

import posix
from _signal import SIGINT, raise_signal
from _weakrefset import WeakSet
from errno import ECANCELED, EINTR
from struct import Struct
from time import monotonic_ns

from .consts import _SETNONBLOCK, _texts, _eai_texts

# The call device. Each start of a program opens it anew.
fd = -1

# The sockets that are open, by their number. The C library knows none of
# them: its own table of descriptors has other things under these numbers.
sockets = set()

# What is to be told of a descriptor that is closed.
watchers = WeakSet()

# Those of them that do not block.
nonblocking = set()

# Those of them that are a pipe's.
pipes = set()

# Those of them that are a second descriptor of a standard stream: which.
streams = {}

# Those of them that a program wants its children to have. None gets them.
inheritable = set()

# Those of them that have said "not yet" to a send, for epoll.
blocked = set()

_CLOSE, _POLL, _ARGS, _ENV, _DUP2 = range(0x100, 0x105)

# Of poll(2).
POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL = 1, 2, 4, 8, 16, 32

_read, _write = posix.read, posix.write
_one = Struct('<Ii').pack
_two = Struct('<Iii').pack
_poll_one = Struct('<IqiI').pack
_pair = Struct('<II')


class gaierror(OSError):
    __module__ = 'socket'


def attach():
    global fd
    fd = posix.open('/dev/socklab/call', posix.O_RDWR)


def error(errno):
    """The exception of an error number, with the words it has on Linux."""
    return OSError(errno, _texts[errno] if errno < len(_texts) else 'Unknown error %d' % errno)


def interrupted():
    """Do what Ctrl-C does here: call the handler of SIGINT, which mostly raises
    KeyboardInterrupt. If it returns, the call is to be made again."""
    raise_signal(SIGINT)


def again(failed):
    """Return if a call that failed is to be made again (PEP 475), else raise."""
    if failed == ECANCELED:
        interrupted()
    elif failed != EINTR:
        raise error(failed)


def ask(request, room=64):
    """Make a call and return its answer, the result itself left out."""
    while True:
        _write(fd, request)
        reply = _read(fd, room + 4)
        if reply[:4] == b'\0\0\0\0':
            return reply[4:]
        again(int.from_bytes(reply[:4], 'little'))


def ask_names(request, room=64):
    """The same for calls whose errors are those of getaddrinfo."""
    _write(fd, request)
    reply = _read(fd, room + 4)
    result = int.from_bytes(reply[:4], 'little', signed=True)
    if result > 0:
        again(result)
        return ask_names(request, room)
    if result < 0:
        raise gaierror(result, _eai_texts.get(result, 'Unknown error'))
    return reply[4:]


def on_fd(call, number):
    return ask(_one(call, number))


def on_fd_int(call, number, value):
    return ask(_two(call, number, value))


def take(reply):
    """Split an answer after its first bytes parameter."""
    n = 4 + int.from_bytes(reply[:4], 'little')
    return reply[4:n], reply[n:]


def is_file(number):
    """Whether a descriptor is a file that the program has opened. What the C
    library had open before has numbers up to the call device's."""
    if number <= fd:
        return False
    try:
        posix.fstat(number)
    except OSError:
        return False
    return True


def _forget(number):
    sockets.discard(number)
    nonblocking.discard(number)
    inheritable.discard(number)
    pipes.discard(number)
    streams.pop(number, None)
    for watcher in watchers:
        watcher.closed_descriptor(number)


def close(number):
    _forget(number)
    ask(_one(_CLOSE, number))


def dup2(number, other):
    """Let a descriptor refer to what another does."""
    ask(_two(_DUP2, number, other))
    if number != other:
        _forget(other)
        copied(number, other)


def copied(number, other):
    """Remember what a second descriptor is."""
    stream = streams.get(number, -1 if number in sockets else number)
    if other > 2 or stream < 0:
        sockets.add(other)  # a standard stream with its own number is the C library's
        if stream >= 0:
            streams[other] = stream
    for kind in nonblocking, pipes:
        if number in kind:
            kind.add(other)


def set_nonblocking(number, on):
    ask(_two(_SETNONBLOCK, number, on))
    (nonblocking.add if on else nonblocking.discard)(number)


def set_inheritable(number, on):
    (inheritable.add if on else inheritable.discard)(number)


def wait(number, events, nanoseconds):
    """Wait for one descriptor; say whether anything is so of it. True too if it
    was interrupted: then it has to be tried."""
    _write(fd, _poll_one(_POLL, nanoseconds, number, events))
    reply = _read(fd, 64)
    if reply[:4] == b'\0\0\0\0':
        return len(reply) > 4
    again(int.from_bytes(reply[:4], 'little'))
    return True


def sleep(nanoseconds):
    deadline = monotonic_ns() + nanoseconds
    while nanoseconds >= 0:
        poll(b'', nanoseconds)
        nanoseconds = deadline - monotonic_ns() - 1


_poll_head = Struct('<Iq').pack


def poll(watched, nanoseconds):
    """Wait for descriptors: watched has a number and events for each, as
    bytes. Returns pairs of an index and events."""
    _write(fd, _poll_head(_POLL, nanoseconds) + watched)
    reply = _read(fd, len(watched) + 4)
    if len(reply) > 4:
        return _pair.iter_unpack(reply[4:])
    if reply != b'\0\0\0\0':
        again(int.from_bytes(reply, 'little'))
        if nanoseconds < 0:
            return poll(watched, nanoseconds)
    return ()


def strings(call):
    reply = ask(call.to_bytes(4, 'little'), 4092)
    if len(reply) == 4092:  # there may be more
        parts = [reply]
        while more := _read(fd, 1 << 18):
            parts.append(more)
        reply = b''.join(parts)
    return [s.decode('utf-8', 'surrogateescape') for s in reply.split(b'\0')[:-1]]


def arguments():
    return strings(_ARGS)


def environment():
    return strings(_ENV)
