"""What of fcntl a descriptor here has: its non-blocking flag, and FIONREAD."""

import os as _os
from array import array as _array
from errno import EINVAL as _EINVAL, ENOTTY as _ENOTTY

from _socklab import device as _device
from _socklab.consts import _PENDING
from _socklab.waiting import number as _number

F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL = range(5)
F_DUPFD_CLOEXEC = 1030
FD_CLOEXEC = 1
LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
_FIONREAD = 0x541B


def fcntl(fd, cmd, arg=0, /):
    """fcntl(fd, cmd[, arg]): F_GETFL, F_SETFL and the flags that nothing here needs"""
    fd = _number(fd)
    if cmd == F_GETFL:
        return _os.O_RDWR | (0 if _os.get_blocking(fd) else _os.O_NONBLOCK)
    if cmd == F_SETFL:
        _os.set_blocking(fd, not arg & _os.O_NONBLOCK)
        return 0
    if cmd == F_GETFD:
        return 0 if _os.get_inheritable(fd) else FD_CLOEXEC
    if cmd == F_SETFD:
        _os.set_inheritable(fd, not arg & FD_CLOEXEC)
        return 0
    if cmd in (F_DUPFD, F_DUPFD_CLOEXEC):
        return _os.dup(fd)
    raise _device.error(_EINVAL)


def ioctl(fd, request, arg=0, mutate_flag=True, /):
    """ioctl(fd, request[, arg]): FIONREAD, the number of bytes to receive"""
    if request != _FIONREAD:
        raise _device.error(_ENOTTY)
    reply = _device.on_fd(_PENDING, _number(fd))
    if isinstance(arg, (bytearray, _array)) and mutate_flag:
        memoryview(arg).cast('B')[:4] = reply
        return 0
    return reply if isinstance(arg, bytes) else int.from_bytes(reply, 'little')


def flock(fd, operation, /):
    """flock(fd, operation): one program has its files to itself"""


def lockf(fd, cmd, len=0, start=0, whence=0, /):
    """lockf(fd, cmd[, len[, start[, whence]]]): one program has its files to itself"""
