"""Socket options, in the forms of CPython."""

import errno
from struct import Struct

from .arguments import between, buffer, c_int
from .consts import SOL_SOCKET, SO_RCVTIMEO, SO_SNDTIMEO, _GETSOCKOPT, _SETSOCKOPT
from .device import ask, error, take

_words4 = Struct('<Iiii').pack

# struct timeval is two longs, which for struct.pack('ll') have 32 bits here
# and for the host, as on Linux, 64.
_timeval, _short_timeval = Struct('<qq'), Struct('<ii')
_option_request = Struct('<IiiiI').pack


def option_bytes(fd, level, option, n):
    return take(ask(_option_request(_GETSOCKOPT, fd, level, option, n), n + 4))[0][:n]


def option(fd, level, option):
    return int.from_bytes(option_bytes(fd, level, option, 4), 'little', signed=True)


class Options:
    """The part of a socket that has options."""

    __slots__ = ()

    def getsockopt(self, /, *args):
        """getsockopt(level, option[, buflen]) -> value: an integer, or bytes if buflen is given"""
        if not 2 <= len(args) <= 3:
            raise between('getsockopt', 2, 3, len(args))
        level, name, n = c_int(args[0]), c_int(args[1]), c_int(args[2]) if len(args) > 2 else 0
        if n == 0:
            return option(self._fd, level, name)
        if not 0 < n <= 1024:
            raise OSError('getsockopt buflen out of range')
        if n == 8 and level == SOL_SOCKET and name in (SO_RCVTIMEO, SO_SNDTIMEO):
            return _short_timeval.pack(*_timeval.unpack(option_bytes(self._fd, level, name, 16)))
        return option_bytes(self._fd, level, name, n)

    def setsockopt(self, /, *args):
        """setsockopt(level, option, value) or setsockopt(level, option, None, optlen)"""
        if not 3 <= len(args) <= 4 or len(args) == 4 and args[2] is not None:
            raise TypeError('setsockopt() takes exactly 3 arguments (%d given)' % len(args))
        level, name, value = c_int(args[0]), c_int(args[1]), args[2]
        if len(args) == 4:
            raise error(errno.EFAULT)  # what the kernel says of a null pointer to an option
        if hasattr(value, '__index__') and -1 << 31 <= value.__index__() < 1 << 31:
            value = value.__index__().to_bytes(4, 'little', signed=True)
        else:
            value = bytes(buffer(value))
        if len(value) == 8 and level == SOL_SOCKET and name in (SO_RCVTIMEO, SO_SNDTIMEO):
            value = _timeval.pack(*_short_timeval.unpack(value))
        ask(_words4(_SETSOCKOPT, self._fd, level, name) + len(value).to_bytes(4, 'little') + value)
