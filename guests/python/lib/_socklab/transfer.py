"""Sending and receiving.

The plain forms of send and recv are one call of the host each: a write or a
read of the call device at an offset that names the socket and the flags.
"""

import errno
from posix import pread, preadv, pwrite
from struct import Struct
from time import monotonic_ns

from . import arguments, device
from .address import decode, encode, room
from .arguments import between, buffer, c_int
from .consts import SCM_RIGHTS, SOL_SOCKET, _RECVFROM, _RECVMSG, _SENDMSG, _SENDTO
from .device import POLLIN, POLLOUT, ask, error, sockets, take, wait

_words3 = Struct('<Iii').pack
_words5 = Struct('<IiIiI').pack
_words6 = Struct('<IiIiII').pack
_header = Struct('<Qii')  # struct cmsghdr
_missing = object()

# The most that one receive asks for; it may always bring less.
_MOST = 8 << 20

# The same for control messages: more than the host has ever to tell.
_MOST_CONTROL = 1 << 16


class Transfer:
    """The half of a socket that moves bytes."""

    __slots__ = ()

    def _timed(self, events, attempt, *args):
        """Make a call that may say "not yet" until it does not, or time is up."""
        left = self._timeout
        deadline = monotonic_ns() + left
        while left >= 0 and wait(self._fd, events, left):
            try:
                return attempt(self, *args)
            except BlockingIOError:
                left = deadline - monotonic_ns()
        raise TimeoutError('timed out')

    def _at(self, flags):
        """The offset that names the socket and flags."""
        return self._fd & 0xFFFFFFFF | c_int(flags) << 32

    def _failed(self, number):
        """The exception for a failed call at an offset, where -1 is none."""
        return error(errno.EBADF if self._fd < 0 else number)

    # Sending.

    def send(self, data=_missing, flags=0, /, *more):
        """send(data[, flags]) -> count: bytes sent, which may be fewer than given."""
        if data is _missing or more:
            raise between('send', 1, 2, len(more) + 2 if more else 0)
        if self._timeout > 0:
            return self._timed(POLLOUT, Transfer._send_now, data, flags)
        return self._send_now(data, flags)

    def _send_now(self, data, flags):
        try:
            return pwrite(device.fd, data, self._fd if flags == 0 else self._at(flags))
        except OSError as e:
            failed = e.errno
        if failed == errno.EAGAIN:
            device.blocked.add(self._fd)
        if failed == errno.ECANCELED:
            device.interrupted()
            return self._send_now(data, flags)
        raise self._failed(failed)

    def sendall(self, data=_missing, flags=0, /, *more):
        """sendall(data[, flags]): send until all is sent, or an error."""
        if data is _missing or more:
            raise between('sendall', 1, 2, len(more) + 2 if more else 0)
        if type(data) is not bytes:
            data = buffer(data)
        timeout = self._timeout
        done = 0 if timeout > 0 else self._send_now(data, flags)
        if timeout <= 0 and done == len(data):
            return
        view, left = memoryview(data), timeout
        deadline = monotonic_ns() + left
        while True:
            if timeout > 0 and (left < 0 or not wait(self._fd, POLLOUT, left)):
                raise TimeoutError('timed out')
            try:
                done += self._send_now(view[done:], flags)
            except BlockingIOError:
                if timeout <= 0:
                    raise
            if done >= len(view):
                return
            left = deadline - monotonic_ns()

    def sendto(self, /, *args):
        """sendto(data[, flags], address) -> count"""
        if not 2 <= len(args) <= 3:
            raise TypeError('sendto() takes 2 or 3 arguments (%d given)' % len(args))
        data, flags = buffer(args[0]), c_int(args[1]) if len(args) == 3 else 0
        return self._send_to(data, flags, encode(self._family, args[-1], 'sendto'))

    def _send_to(self, data, flags, sockaddr, control=b''):
        if len(data) > _MOST:
            raise error(errno.EMSGSIZE)
        request = [_words3(_SENDMSG if control else _SENDTO, self._fd, len(data)), data,
                   flags.to_bytes(4, 'little', signed=True), len(sockaddr).to_bytes(4, 'little'), sockaddr]
        if control:
            request += len(control).to_bytes(4, 'little'), control
        request = b''.join(request)
        if self._timeout > 0:
            return self._timed(POLLOUT, Transfer._send_request, request)
        return self._send_request(request)

    def _send_request(self, request):
        return int.from_bytes(ask(request), 'little')

    def sendmsg(self, /, *args):
        """sendmsg(buffers[, ancdata[, flags[, address]]]) -> count"""
        if not 1 <= len(args) <= 4:
            raise between('sendmsg', 1, 4, len(args))
        buffers, ancdata, flags, address = (*args, *((), 0, None)[len(args) - 1:])
        try:
            buffers = list(buffers)
        except TypeError:
            raise TypeError('sendmsg() argument 1 must be an iterable') from None
        data = b''.join([buffer(b) for b in buffers])
        control = _control_messages(ancdata)
        flags = c_int(flags)
        if control:
            return self._send_to(data, flags, b'' if address is None else encode(self._family, address, 'sendmsg'),
                                 control)
        if address is None and not flags:
            return self.send(data)
        return self._send_to(data, flags, b'' if address is None else encode(self._family, address, 'sendmsg'))

    # Receiving.

    def recv(self, bufsize=_missing, flags=0, /, *more):
        """recv(bufsize[, flags]) -> data: at most bufsize bytes; none at the end of a stream."""
        if bufsize is _missing or more:
            raise between('recv', 1, 2, len(more) + 2 if more else 0)
        if bufsize == 0:
            return b''
        if self._timeout > 0:
            return self._timed(POLLIN, Transfer._recv_now, bufsize, flags)
        return self._recv_now(bufsize, flags)

    def _recv_now(self, bufsize, flags):
        try:
            return pread(device.fd, bufsize, self._fd if flags == 0 else self._at(flags))
        except OSError as e:
            failed = e.errno
        if failed == errno.ECANCELED:
            device.interrupted()
            return self._recv_now(bufsize, flags)
        if bufsize < 0:
            raise ValueError('negative buffersize in recv')
        raise self._failed(failed)

    def recv_into(self, buffer=_missing, nbytes=0, flags=0, *more):
        """recv_into(buffer[, nbytes[, flags]]) -> count of bytes stored"""
        if type(buffer) is not bytearray or nbytes or more:
            buffer = self._room(buffer, nbytes, more)
        if not buffer:
            return 0
        if self._timeout > 0:
            return self._timed(POLLIN, Transfer._recv_into_now, buffer, flags)
        return self._recv_into_now(buffer, flags)

    def _room(self, buffer, nbytes, more):
        if more:
            raise between('recv_into', 1, 3, len(more) + 3)
        if buffer is _missing:
            raise TypeError("recv_into() missing required argument 'buffer' (pos 1)")
        view = arguments.room(buffer, 'recv_into')
        nbytes = arguments.integer(nbytes)
        if nbytes < 0:
            raise ValueError('negative buffersize in recv_into')
        if nbytes > len(view):
            raise ValueError('buffer too small for requested bytes')
        return view[:nbytes] if nbytes else view

    def _recv_into_now(self, view, flags):
        try:
            return preadv(device.fd, [view], self._fd if flags == 0 else self._at(flags))
        except OSError as e:
            failed = e.errno
        if failed == errno.ECANCELED:
            device.interrupted()
            return self._recv_into_now(view, flags)
        raise self._failed(failed)

    def recvfrom(self, bufsize=_missing, flags=0, /, *more):
        """recvfrom(bufsize[, flags]) -> (data, address)"""
        if bufsize is _missing or more:
            raise between('recvfrom', 1, 2, len(more) + 2 if more else 0)
        bufsize = arguments.integer(bufsize)
        if bufsize < 0:
            raise ValueError('negative buffersize in recvfrom')
        data, _, sockaddr, _ = self._receive(bufsize, flags)
        return data, decode(sockaddr)

    def recvfrom_into(self, buffer=_missing, nbytes=0, flags=0, *more):
        """recvfrom_into(buffer[, nbytes[, flags]]) -> (count, address)"""
        if more:
            raise between('recvfrom_into', 1, 3, len(more) + 3)
        if buffer is _missing:
            raise TypeError("recvfrom_into() missing required argument 'buffer' (pos 1)")
        view = arguments.room(buffer, 'recvfrom_into')
        nbytes = arguments.integer(nbytes)
        if nbytes < 0:
            raise ValueError('negative buffersize in recvfrom_into')
        if nbytes > len(view):
            raise ValueError('nbytes is greater than the length of the buffer')
        data, n, sockaddr, _ = self._receive(nbytes or len(view), flags)
        view[:len(data)] = data
        return n, decode(sockaddr)

    def recvmsg(self, /, *args):
        """recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)"""
        if not 1 <= len(args) <= 3:
            raise between('recvmsg', 1, 3, len(args))
        bufsize = arguments.integer(args[0])
        if bufsize < 0:
            raise ValueError('negative buffer size in recvmsg()')
        data, _, sockaddr, out, ancdata = self._receive_control(bufsize, *args[1:])
        return data, ancdata, out, decode(sockaddr)

    def recvmsg_into(self, /, *args):
        """recvmsg_into(buffers[, ancbufsize[, flags]]) -> (count, ancdata, msg_flags, address)"""
        if not 1 <= len(args) <= 3:
            raise between('recvmsg_into', 1, 3, len(args))
        try:
            buffers = list(args[0])
        except TypeError:
            raise TypeError('recvmsg_into() argument 1 must be an iterable') from None
        try:
            views = [arguments.room(b, '') for b in buffers]
        except TypeError:
            raise TypeError('recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers'
                            ) from None
        data, n, sockaddr, out, ancdata = self._receive_control(sum(map(len, views)), *args[1:])
        for view in views:
            part, data = data[:len(view)], data[len(view):]
            view[:len(part)] = part
        return n, ancdata, out, decode(sockaddr)

    def _receive_control(self, bufsize, ancbufsize=0, flags=0):
        """What _receive returns, and the control messages that came."""
        ancbufsize = c_int(ancbufsize)
        if not 0 <= ancbufsize <= 0x7FFFFFFF:
            raise ValueError('invalid ancillary data buffer length')
        if not ancbufsize:
            return *self._receive(bufsize, flags), []
        bufsize, ancbufsize, n = min(bufsize, _MOST), min(ancbufsize, _MOST_CONTROL), room(self._family)
        request = _words6(_RECVMSG, self._fd, bufsize, c_int(flags), n, ancbufsize)
        if self._timeout > 0:
            reply = self._timed(POLLIN, Transfer._ask, request, bufsize + n + ancbufsize + 16)
        else:
            reply = ask(request, bufsize + n + ancbufsize + 16)
        count = int.from_bytes(reply[:4], 'little')
        end = 4 + min(count, bufsize)
        sockaddr, rest = take(reply[end:])
        control, out = take(rest)
        return reply[4:end], count, sockaddr, int.from_bytes(out, 'little'), _received(control)

    def _receive(self, bufsize, flags):
        """The bytes, their number, the sender's sockaddr and the flags of a receive."""
        bufsize, n = min(bufsize, _MOST), room(self._family)
        request = _words5(_RECVFROM, self._fd, bufsize, c_int(flags), n)
        if self._timeout > 0:
            reply = self._timed(POLLIN, Transfer._ask, request, bufsize + n + 12)
        else:
            reply = ask(request, bufsize + n + 12)
        count = int.from_bytes(reply[:4], 'little')
        end = 4 + min(count, bufsize)
        sockaddr, out = take(reply[end:])
        return reply[4:end], count, sockaddr, int.from_bytes(out, 'little')

    def _ask(self, request, n):
        return ask(request, n)


def _control_messages(ancdata):
    """Control messages as the host reads them."""
    try:
        items = list(ancdata)
    except TypeError:
        raise TypeError('sendmsg() argument 2 must be an iterable') from None
    parts = []
    for item in items:
        if not isinstance(item, (tuple, list)) or len(item) != 3:
            raise TypeError('[sendmsg() ancillary data items] must be sequence of length 3')
        level, kind, data = c_int(item[0]), c_int(item[1]), bytes(buffer(item[2]))
        if level == SOL_SOCKET and kind == SCM_RIGHTS:
            for number in memoryview(data[:len(data) & ~3]).cast('i'):
                if number not in sockets and device.is_file(number):
                    raise error(errno.ENOTSUP)  # the host knows nothing of the program's files
        parts += _header.pack(_header.size + len(data), level, kind), data, bytes(-len(data) % 8)
    return b''.join(parts)


def _received(control):
    """The list of control messages that the host has told; one may be cut off."""
    ancdata = []
    while len(control) >= _header.size:
        n, level, kind = _header.unpack_from(control)
        data = control[_header.size:n]
        if level == SOL_SOCKET and kind == SCM_RIGHTS:
            whole = len(data) & ~3
            sockets.update([int.from_bytes(data[i:i + 4], 'little') for i in range(0, whole, 4)])
        ancdata.append((level, kind, data))
        control = control[n + 7 & ~7:]
    return ancdata
