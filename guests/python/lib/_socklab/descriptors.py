"""Second descriptors, and os.sendfile.

Sockets, pipes and standard streams can be duplicated. Files cannot: their
numbers are the C library's, which has no call for it.
"""

import os
import posix
import stat
from errno import EBADF, EINVAL, ENOTSUP, ESPIPE

from . import device
from .arguments import c_int, integer
from .consts import _DUP


def _copied(fd):
    """The number of a descriptor of which there can be another."""
    fd = c_int(fd)
    if fd not in device.sockets:
        os.fstat(fd)
        if fd > 2:
            raise device.error(ENOTSUP)
    return fd


def dup(fd, /):
    """dup(fd) -> another descriptor of the same socket, pipe or standard stream"""
    fd = _copied(fd)
    other = int.from_bytes(device.on_fd(_DUP, fd), 'little')
    device.copied(fd, other)
    return other


def dup2(fd, fd2, inheritable=True):
    """dup2(fd, fd2[, inheritable]) -> fd2, which refers to what fd does"""
    fd, fd2 = _copied(fd), c_int(fd2)
    if fd != fd2:
        if fd2 not in device.sockets and device.is_file(fd2):
            raise device.error(ENOTSUP)  # the number is the C library's
        device.dup2(fd, fd2)
    device.set_inheritable(fd2, inheritable)
    return fd2


def sendfile(out_fd, in_fd, offset, count):
    """sendfile(out_fd, in_fd, offset, count) -> bytes sent, from a file's offset, or from where it is (None)"""
    out_fd, in_fd, count = c_int(out_fd), c_int(in_fd), integer(count)
    start = None if offset is None else integer(offset)
    if in_fd in device.pipes and start is not None:
        raise device.error(ESPIPE)
    if not stat.S_ISREG(os.fstat(in_fd).st_mode) or count < 0 or start is not None and start < 0:
        raise device.error(EINVAL)
    os.fstat(out_fd)
    if start is None:
        start = os.lseek(in_fd, 0, os.SEEK_CUR)
    sent = 0
    while sent < count:
        data = os.pread(in_fd, min(count - sent, 8192), start + sent)  # as C's has it
        if not data:
            break
        try:
            n = os.write(out_fd, data)
        except OSError:
            if sent:
                break
            raise
        sent += n
        if n < len(data) and out_fd in device.nonblocking:
            break
    if offset is None:
        os.lseek(in_fd, start + sent, os.SEEK_SET)
    return sent


def before_socket():
    """What module socket looks for when it is loaded."""
    os.sendfile = posix.sendfile = sendfile


def patch():
    os.dup = posix.dup = dup
    os.dup2 = posix.dup2 = dup2
