"""Pipes of the program to itself, and files of descriptors that are the host's.

A pipe is a pair of connected sockets: nobody writes to the first or reads
from the second.
"""

import builtins
import io
import os
import posix
import stat

from . import device
from .names import connected_pair
from .consts import AF_UNIX, SOCK_STREAM
from .processes import Pipe

_open, _fstat = io.open, os.fstat


def pipe():
    """pipe() -> (read_fd, write_fd)"""
    pair = connected_pair(AF_UNIX, SOCK_STREAM, 0)
    device.pipes.update(pair)
    return pair


class File(Pipe):
    """A descriptor of the host's as an unbuffered file."""

    def __init__(self, number, mode, closefd):
        super().__init__(mode)
        self.number, self.closefd = number, closefd

    def close(self):
        if not self.closefd:
            self.number = -1
        super().close()


@staticmethod
def open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    if type(file) is not int or file not in device.sockets:
        return _open(file, mode, buffering, encoding, errors, newline, closefd, opener)
    kind = mode.replace('b', '', 1) if 'b' in mode else mode.replace('t', '', 1)
    if kind not in ('r', 'w', 'a'):
        if kind in ('r+', 'w+', 'a+'):
            raise io.UnsupportedOperation('File or stream is not seekable.')
        raise ValueError('invalid mode: %r' % mode)
    if 'b' in mode and (encoding or errors or newline) is not None:
        raise ValueError('binary mode doesn\'t take an encoding, errors or newline argument')
    raw = File(file, 'rb' if kind == 'r' else 'wb', closefd)
    if buffering == 0:
        if 'b' in mode:
            return raw
        raise ValueError("can't have unbuffered text I/O")
    buffered = io.BufferedReader if kind == 'r' else io.BufferedWriter
    result = buffered(raw, buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE)
    if 'b' not in mode:
        result = io.TextIOWrapper(result, encoding, errors, newline, buffering == 1)
        result.mode = mode
    return result


open.__func__.__doc__ = _open.__doc__


def fstat(fd):
    if fd not in device.pipes:
        return _fstat(fd)
    return os.stat_result((stat.S_IFIFO | 0o600, fd, 0, 1, 0, 0, 0, 0, 0, 0))


def patch():
    os.pipe = posix.pipe = pipe
    os.fstat = fstat
    builtins.open = io.open = open
