"""What natively is there and not in the sandbox says why, and what to use
instead: modules when they are imported, attributes when they are asked for."""

import errno
import os
import posix
import signal
import sys
import threading
import urllib.error
import urllib.request

from . import device

_ONE = 'a program in the sandbox is one process; serve many clients with select, selectors or asyncio'
_EXEC = 'a program in the sandbox cannot become another; run commands with subprocess'
_TLS = "the sandbox's Python has no TLS; use connections without it, or Go, whose crypto/tls works here"
_USER = 'a program in the sandbox belongs to no user'
_SIGNAL = 'the only signal that comes to a program in the sandbox is that of Ctrl-C'
_TIMER = 'a program in the sandbox has no timers that interrupt it; use settimeout(), select() or asyncio.timeout()'
_TERMINAL = 'a program in the sandbox reads and writes lines, and cannot set up a terminal'
_MACHINE = 'a program in the sandbox has no way to the C libraries and the memory of the machine'
_GONE = 'Python 3.12 does not have it any more; use asyncio or selectors'
_OTHERS = "in the sandbox there are the standard library and the modules in the program's folder"

_modules = {
    'ssl': _TLS, '_ssl': _TLS,
    'multiprocessing': _ONE, 'concurrent.futures.process': _ONE,
    'asyncore': _GONE, 'asynchat': _GONE, 'smtpd': _GONE,
    'pwd': _USER, 'grp': _USER, 'spwd': _USER,
    'termios': _TERMINAL, 'curses': _TERMINAL, 'readline': _TERMINAL,
    'ctypes': _MACHINE, 'mmap': _MACHINE, 'resource': _MACHINE, 'syslog': _MACHINE,
}


class Finder:
    """The last to be asked for a module."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        why = _modules.get(name)
        if why is None and path is None and name[:1] != '_' and name not in sys.stdlib_module_names:
            why = _OTHERS
        # importlib.util.find_spec only wants to know.
        if why and sys._getframe(1).f_back.f_code.co_name == '_find_and_load_unlocked':
            raise ModuleNotFoundError(f'No module named {name!r}: {why}', name=name)


_attributes = {
    'os': {
        _ONE: 'fork forkpty',
        _EXEC: 'execv execve posix_spawn posix_spawnp spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe',
        _USER: 'getuid geteuid getgid getegid getgroups getlogin setuid seteuid setgid setegid getresuid getresgid',
    },
    'socketserver': {_ONE: 'ForkingMixIn ForkingTCPServer ForkingUDPServer ForkingUnixStreamServer ForkingUnixDatagramServer'},
    'signal': {_TIMER: 'alarm setitimer getitimer', _SIGNAL: 'pthread_kill sigwait sigwaitinfo sigtimedwait pthread_sigmask'},
    'http.client': {_TLS: 'HTTPSConnection'},
    'smtplib': {_TLS: 'SMTP_SSL'}, 'poplib': {_TLS: 'POP3_SSL'}, 'imaplib': {_TLS: 'IMAP4_SSL'}, 'ftplib': {_TLS: 'FTP_TLS'},
}


def _explain(module, names):
    whys = {name: why for why, those in names.items() for name in those.split()}

    def __getattr__(name):
        why = f': {whys[name]}' if name in whys else ''
        raise AttributeError(f'module {module.__name__!r} has no attribute {name!r}{why}')
    module.__getattr__ = __getattr__


def _exec(*args):
    """Not here: a program in the sandbox cannot become another."""
    raise OSError(errno.ENOSYS, _EXEC)


def get_terminal_size(fd=1, /):
    """The size of a terminal, which is not known here: the usual one."""
    if not os.isatty(fd):
        raise device.error(errno.ENOTTY)
    return os.terminal_size((80, 24))


def pause():
    """Wait until a signal has been handled."""
    device.poll(b'', 1 << 62)


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """A key made of a password (RFC 8018, 5.2)."""
    import hashlib
    import hmac
    if iterations < 1:
        raise ValueError('iteration value must be greater than 0.')
    if dklen is not None and dklen < 1:
        raise ValueError('key length must be greater than 0.')
    start = hmac.new(password, None, hash_name)
    inner, outer = start._inner, start._outer

    def digest(data):
        i, o = inner.copy(), outer.copy()
        i.update(data)
        o.update(i.digest())
        return o.digest()
    key = b''
    size = dklen or start.digest_size
    for block in range(1, -(-size // start.digest_size) + 1):
        last = digest(bytes(salt) + block.to_bytes(4, 'big'))
        mixed = int.from_bytes(last, 'big')
        for _ in range(iterations - 1):
            last = digest(last)
            mixed ^= int.from_bytes(last, 'big')
        key += mixed.to_bytes(start.digest_size, 'big')
    return key[:size]


def _unknown_open(self, req):
    why = f': {_TLS}' if req.type == 'https' else ''
    raise urllib.error.URLError(f'unknown url type: {req.type}{why}')


def patch():
    import hashlib
    import importlib
    sys.meta_path.append(Finder)
    for name, names in _attributes.items():
        _explain(importlib.import_module(name), names)
    for name in 'execl', 'execle', 'execlp', 'execlpe', 'execvp', 'execvpe':
        setattr(os, name, _exec)
    os.getppid = lambda: 1
    os.get_terminal_size = get_terminal_size
    signal.pause = pause
    threading.get_native_id = posix.getpid
    threading.Thread.native_id = property(lambda self: posix.getpid())
    hashlib.pbkdf2_hmac = pbkdf2_hmac
    urllib.request.UnknownHandler.unknown_open = _unknown_open
