"""Standard input, which Ctrl-C can end, and input()."""

import builtins
import io
import posix
import sys
from errno import EAGAIN, ECANCELED

from . import device


class Stdin(io.RawIOBase):
    """Standard input, read by a call that Ctrl-C can end."""

    name, mode, _blksize = '<stdin>', 'rb', 8192

    def readable(self):
        return True

    def fileno(self):
        return 0

    def isatty(self):
        return posix.isatty(0)

    def readinto(self, buffer):
        try:
            return posix.preadv(device.fd, [buffer], 0)
        except OSError as e:
            failed = e.errno
        if failed == ECANCELED:
            device.interrupted()
            return self.readinto(buffer)
        if failed == EAGAIN:
            return None
        raise device.error(failed)


def patch_stream():
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(Stdin()), 'utf-8', 'strict')
    sys.stdin.mode = 'r'


def patch_input():
    def input(prompt='', /):
        """Read a line from standard input, its newline left out. The prompt goes to
        standard output before. EOFError at the end of the input."""
        stdout, stdin = sys.stdout, sys.stdin
        if stdin is None:
            raise RuntimeError('input(): lost sys.stdin')
        if stdout is None:
            raise RuntimeError('input(): lost sys.stdout')
        stdout.write(str(prompt))
        stdout.flush()
        line = stdin.readline()
        if not line:
            raise EOFError('EOF when reading a line')
        return line[:-1] if line.endswith('\n') else line
    builtins.input = input
