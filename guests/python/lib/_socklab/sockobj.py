"""The class socket of _socket, with the behaviour and the words of CPython's.

A socket with a timeout is non-blocking for the host, and waits in a poll
before each call, as CPython has it.
"""

import errno
from struct import Struct

from . import arguments, device
from .address import decode, encode, room
from .arguments import between, c_int, exactly_one, none
from .consts import (AF_INET, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, SO_ERROR, SO_PROTOCOL, SO_TYPE,
                     _ACCEPT, _BIND, _CONNECT, _GETPEERNAME, _GETSOCKNAME, _LISTEN, _SHUTDOWN, _SOCKET)
from .device import POLLERR, POLLIN, POLLOUT, ask, error, on_fd_int, sockets, take, wait
from .options import Options, option
from .transfer import Transfer

_words3 = Struct('<Iii').pack
_words4 = Struct('<Iiii').pack

# The timeout of new sockets in nanoseconds, -1 for none.
default_timeout = -1


def nanoseconds(timeout):
    """A timeout in the form that sockets keep."""
    if timeout is None:
        return -1
    if isinstance(timeout, float):
        if timeout != timeout:
            raise ValueError('Invalid value NaN (not a number)')
        if not -9.2e9 < timeout < 9.2e9:
            raise OverflowError('timestamp out of range for platform time_t')
        ns = -int(-timeout * 1e9 // 1)
    else:
        ns = arguments.integer(timeout) * 10**9
        if not -1 << 63 <= ns < 1 << 63:
            raise OverflowError('timestamp too large to convert to C _PyTime_t')
    if ns < 0:
        raise ValueError('Timeout value out of range')
    return ns


def seconds(ns):
    return None if ns < 0 else ns / 1e9


class socket(Transfer, Options):
    """socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object"""

    __module__ = '_socket'
    __slots__ = ('_fd', '_family', '_type', '_proto', '_timeout')

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        self._fd, self._timeout = -1, -1
        family, type, proto = c_int(family), c_int(type), c_int(proto)
        if fileno is None:
            family = AF_INET if family == -1 else family
            type = SOCK_STREAM if type == -1 else type
            proto = 0 if proto == -1 else proto
            fd = int.from_bytes(ask(_words4(_SOCKET, family, type & ~SOCK_CLOEXEC, proto)), 'little')
            sockets.add(fd)
        else:
            fd = c_int(fileno)
            if fd < 0:
                raise ValueError('negative file descriptor')
            if family == -1 or fd not in sockets:
                name = _name_of(fd)
                family = int.from_bytes(name[:2], 'little') if family == -1 else family
            type = option(fd, SOL_SOCKET, SO_TYPE) if type == -1 else type
            proto = option(fd, SOL_SOCKET, SO_PROTOCOL) if proto == -1 else proto
        self._fd = fd
        self._family, self._type, self._proto = family, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), proto
        if type & SOCK_NONBLOCK:
            self._timeout = 0
            device.nonblocking.add(fd)
        elif default_timeout >= 0:
            self._timeout = default_timeout
            device.set_nonblocking(fd, True)

    family = property(lambda self: self._family, doc='the socket family')
    type = property(lambda self: self._type, doc='the socket type')
    proto = property(lambda self: self._proto, doc='the socket protocol')
    timeout = property(lambda self: seconds(self._timeout), doc='the socket timeout')

    def __repr__(self):
        return '<socket object, fd=%d, family=%d, type=%d, proto=%d>' % (
            self._fd, self._family, self._type, self._proto)

    def __del__(self):
        try:
            fd = self._fd
        except AttributeError:  # __init__ never came that far
            return
        if fd != -1:
            _warn_unclosed(self)
            self._fd = -1
            try:
                device.close(fd)
            except OSError:
                pass

    # Names and states.

    def fileno(self, /, *more):
        """fileno() -> integer: the number of the socket's descriptor."""
        if more:
            raise none('fileno', len(more))
        return self._fd

    def detach(self):
        """detach() -> integer: the descriptor, which the object forgets."""
        fd, self._fd = self._fd, -1
        return fd

    def close(self):
        """close(): the object cannot be used any more."""
        fd = self._fd
        if fd != -1:
            self._fd = -1
            try:
                device.close(fd)
            except ConnectionResetError:
                pass

    def bind(self, /, *address):
        """bind(address): give the socket its own address."""
        if len(address) != 1:
            raise exactly_one('bind', len(address))
        self._with_address(_BIND, address[0], 'bind')

    def listen(self, /, *backlog):
        """listen([backlog]): let connections come in."""
        if len(backlog) > 1:
            raise between('listen', 0, 1, len(backlog))
        on_fd_int(_LISTEN, self._fd, max(c_int(backlog[0]), 0) if backlog else 128)

    def shutdown(self, /, *how):
        """shutdown(how): end one direction, or both."""
        if len(how) != 1:
            raise exactly_one('shutdown', len(how))
        on_fd_int(_SHUTDOWN, self._fd, c_int(how[0]))

    def getsockname(self, /, *more):
        """getsockname() -> address: the socket's own."""
        return self._name(_GETSOCKNAME, 'getsockname', more)

    def getpeername(self, /, *more):
        """getpeername() -> address: the other end's."""
        return self._name(_GETPEERNAME, 'getpeername', more)

    def _name(self, call, name, more):
        if more:
            raise none(name, len(more))
        n = room(self._family)
        return decode(take(ask(_words3(call, self._fd, n), n + 4))[0])

    def _with_address(self, call, address, caller):
        sockaddr = encode(self._family, address, caller)
        ask(_words3(call, self._fd, len(sockaddr)) + sockaddr)

    # Timeouts.

    def settimeout(self, /, *timeout):
        """settimeout(timeout): seconds as a float, 0 not to wait, None to wait for ever."""
        if len(timeout) != 1:
            raise exactly_one('settimeout', len(timeout))
        self._timeout = ns = nanoseconds(timeout[0])
        device.set_nonblocking(self._fd, ns >= 0)

    def gettimeout(self, /, *more):
        """gettimeout() -> seconds, or None"""
        if more:
            raise none('gettimeout', len(more))
        return seconds(self._timeout)

    def setblocking(self, /, *flag):
        """setblocking(flag): True is settimeout(None), False is settimeout(0)."""
        if len(flag) != 1:
            raise exactly_one('setblocking', len(flag))
        self._timeout = -1 if c_int(flag[0]) else 0
        device.set_nonblocking(self._fd, self._timeout == 0)

    def getblocking(self, /, *more):
        """getblocking() -> False if the timeout is 0"""
        if more:
            raise none('getblocking', len(more))
        return self._timeout != 0

    # Connections.

    def _accept(self):
        """_accept() -> (descriptor, address)"""
        if self._timeout > 0:
            return self._timed(POLLIN, socket._accept_now)
        return self._accept_now()

    def _accept_now(self):
        n = room(self._family)
        sockaddr, fd = take(ask(_words4(_ACCEPT, self._fd, 0, n), n + 8))
        fd = int.from_bytes(fd, 'little')
        sockets.add(fd)
        return fd, decode(sockaddr)

    def connect(self, /, *address):
        """connect(address)"""
        if len(address) != 1:
            raise exactly_one('connect', len(address))
        sockaddr = encode(self._family, address[0], 'connect')
        failed = self._connect(sockaddr)
        if failed == errno.EAGAIN and self._timeout > 0:
            raise TimeoutError('timed out')
        if failed:
            raise error(failed)

    def connect_ex(self, /, *address):
        """connect_ex(address) -> errno: like connect, but errors are returned."""
        if len(address) != 1:
            raise exactly_one('connect_ex', len(address))
        return self._connect(encode(self._family, address[0], 'connect_ex'))

    def _connect(self, sockaddr):
        try:
            ask(_words3(_CONNECT, self._fd, len(sockaddr)) + sockaddr)
            return 0
        except OSError as e:
            failed = e.errno
        if failed != errno.EINPROGRESS or self._timeout <= 0:
            return failed
        if not wait(self._fd, POLLOUT | POLLERR, self._timeout):
            return errno.EAGAIN  # that it is a timeout only connect can say
        failed = option(self._fd, SOL_SOCKET, SO_ERROR)
        return 0 if failed == errno.EISCONN else failed


def _name_of(fd):
    try:
        return take(ask(_words3(_GETSOCKNAME, fd, 256), 264))[0]
    except OSError as e:
        failed = e.errno
    raise error(errno.ENOTSOCK if failed == errno.EBADF and device.is_file(fd) else failed)


def _warn_unclosed(sock):
    """Warn of a socket that was not closed, if anybody wants to know: what a
    warning says costs two calls of the host."""
    import warnings
    for action, _, category, _, _ in warnings.filters:
        if issubclass(ResourceWarning, category):
            if action == 'ignore':
                return
            break
    warnings.warn('unclosed %r' % sock, ResourceWarning, source=sock)


for _part in Transfer, Options:
    for _name, _method in vars(_part).items():
        if not _name.startswith('__'):
            _method.__qualname__ = 'socket.' + _name  # for complaints about arguments
