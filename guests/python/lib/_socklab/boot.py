"""How a program is started.

An image is made of an interpreter that has loaded everything here (freeze).
Each start of a program goes on from there, in main, with a memory of its own.
"""

import gc
import marshal
import posix
import sys
from _imp import _fix_co_filename
from binascii import a2b_base64, b2a_base64
from types import ModuleType

# Loaded into the image: what programs import, so that importing costs nothing.
PRELOADED = '''
    abc argparse array ast asyncio base64 binascii bisect builtins calendar codecs collections collections.abc
    concurrent.futures contextlib contextvars copy csv dataclasses datetime decimal difflib email email.message
    email.parser enum errno fcntl fnmatch fractions functools getopt glob hashlib heapq hmac html html.parser http
    http.client http.cookies http.server importlib importlib.machinery inspect io ipaddress itertools json keyword
    linecache locale logging math mimetypes numbers operator os os.path pathlib pickle platform pprint queue random
    re reprlib secrets select selectors shlex shutil signal socket socketserver stat statistics string struct
    subprocess sys tempfile textwrap threading time timeit token tokenize traceback types typing unicodedata
    unittest urllib.error urllib.parse urllib.request uuid warnings weakref xmlrpc.client xmlrpc.server zlib
'''


def freeze():
    """Load everything and let the host make an image. Does not return."""
    from . import patches
    sys.dont_write_bytecode = True
    patches.before_imports()
    for name in PRELOADED.split():
        __import__(name)
    patches.after_imports()
    global _device, _tracebacks
    from . import device as _device, tracebacks as _tracebacks
    del sys.meta_path[0]  # all of it is loaded
    _frozen.update(sys.modules)
    gc.collect()
    gc.freeze()
    posix.get_blocking(posix.open('/dev/socklab/freeze', posix.O_RDONLY))
    raise SystemExit('the host made no image')


def main():
    """Start a program, or only compile it. The host's arguments are what to do,
    the program's file, its code, and the program's own arguments, with the name
    it goes by first."""
    _device.attach()
    what, path, code, *argv = _device.arguments()
    if what == 'compile':
        _print_code(path, argv[0])
    code, warned = marshal.loads(a2b_base64(code))
    _fix_co_filename(code, argv[0])
    _surroundings(path, argv)
    sys.stderr.write(warned)
    posix._exit(_end(_run(path, code)))


def _surroundings(path, argv):
    import os
    os.environ.clear()
    for item in _device.environment():
        name, _, value = item.partition('=')
        os.environ[name] = value
    sys.argv = argv
    sys.path[0] = _folder(path)
    sys.modules['random'].seed()
    sys.modules['logging']._startTime = sys.modules['time'].time()
    _own_modules(sys.path[0])


# What an interpreter has loaded before it looks into a program's folder.
AT_START = {'abc', 'codecs', 'encodings', 'genericpath', 'io', 'os', 'posixpath', 'site', 'stat', *sys.builtin_module_names}


def _own_modules(folder):
    """Let a program's own socket.py be its socket, as natively: mostly it is a
    mistake, and what it leads to is to be seen."""
    for name in posix.listdir(folder):
        module = name.removesuffix('.py')
        if module in _frozen and module not in AT_START and (module != name or _is_package(f'{folder}/{name}')):
            for loaded in [m for m in _frozen if m == module or m.startswith(module + '.')]:
                sys.modules.pop(loaded, None)


def _is_package(folder):
    try:
        posix.stat(folder + '/__init__.py')
    except OSError:
        return False
    return True


def _folder(path):
    return path.rpartition('/')[0] or '/'


def _compile(path, name):
    source = _source(path)
    if not any(b'coding' in line for line in source.split(b'\n', 2)[:2]):
        try:
            source.decode()
        except UnicodeDecodeError as e:
            raise SyntaxError("Non-UTF-8 code starting with '\\x%02x' in file %s on line %d, but no encoding declared; "
                              'see https://peps.python.org/pep-0263/ for details' %
                              (source[e.start], name, source.count(b'\n', 0, e.start) + 1)) from None
    return compile(source, name, 'exec', dont_inherit=True)


def _source(path):
    fd = posix.open(path, posix.O_RDONLY)
    parts = []
    while part := posix.read(fd, 1 << 20):
        parts.append(part)
    posix.close(fd)
    return b''.join(parts)


def _print_code(path, name):
    """Print a program's code, or what is wrong with it, as JSON."""
    from json import dumps
    from traceback import format_exception_only
    import warnings
    try:
        with warnings.catch_warnings(record=True) as warned:
            code = _compile(path, name)
        warned = ''.join([warnings.formatwarning(w.message, w.category, w.filename, w.lineno) for w in warned])
        found = {'code': b2a_base64(marshal.dumps((code, warned)), newline=False).decode()}
    except Exception as e:  # SyntaxError, and what deep nesting gives
        found = {'text': ''.join(format_exception_only(e)),
                 'message': '%s: %s' % (type(e).__name__, getattr(e, 'msg', e)),
                 'line': getattr(e, 'lineno', 0) or 0, 'column': getattr(e, 'offset', 0) or 0}
    found = dumps(found).encode()
    while found:
        found = found[posix.write(1, found):]
    posix._exit(0)


def _run(path, code):
    """Run a program as __main__ and return its exit code."""
    try:
        module = ModuleType('__main__')
        module.__file__ = path
        module.__cached__ = None
        module.__builtins__ = sys.modules['builtins']
        module.__annotations__ = {}
        module.__loader__ = sys.modules['importlib.machinery'].SourceFileLoader('__main__', path)
        sys.modules['__main__'] = module
        exec(code, module.__dict__)
    except SystemExit as e:
        return _exit_code(e.code)
    except BaseException as e:
        return _uncaught(e)
    return 0


def _exit_code(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stdout and sys.stdout.flush()
    print(code, file=sys.stderr)
    return 1


def _uncaught(e):
    """Print an exception as the interpreter does."""
    _tracebacks.trim(e)
    sys.last_exc, sys.last_type, sys.last_value, sys.last_traceback = e, type(e), e, e.__traceback__
    try:
        sys.stdout and sys.stdout.flush()
    except BaseException:
        pass  # _end says so
    try:
        sys.excepthook(type(e), e, e.__traceback__)
    except SystemExit as e:
        return _exit_code(e.code)
    except BaseException as failed:
        print('Error in sys.excepthook:', file=sys.stderr)
        sys.__excepthook__(type(failed), _tracebacks.trim(failed), failed.__traceback__)
        print('\nOriginal exception was:', file=sys.stderr)
        sys.__excepthook__(type(e), e, e.__traceback__)
    return 130 if isinstance(e, KeyboardInterrupt) else 1


def _end(code):
    """What the interpreter does at its end, as far as anybody can see: exit
    functions, finalizers of what the program made, output that waits."""
    import atexit
    _frozen['threading']._shutdown()
    atexit._run_exitfuncs()
    failed = _flush()
    for name in ('last_exc', 'last_type', 'last_value', 'last_traceback'):
        if hasattr(sys, name):
            delattr(sys, name)
    sys.excepthook, sys.displayhook = sys.__excepthook__, sys.__displayhook__
    # What is found now is told of as a finalizing interpreter tells of it.
    sys.modules['tracemalloc'] = None
    exec(_finalize, {'__name__': 'sys', 'gc': gc, 'sys': sys, 'frozen': _frozen})
    return 120 if _flush(failed) or failed else code


# The modules of the image.
_frozen = {}

# The first collection puts what is left in the order that it is to be finalized in.
_finalize = compile(
    'gc.collect(); [sys.modules.pop(n) for n, m in list(sys.modules.items()) if frozen.get(n) is not m]; gc.collect()',
    'sys', 'exec')


def _flush(told=False):
    """Write out what waits in the standard streams; return whether that failed,
    which the user is told once."""
    failed = False
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException as e:
            failed = True
            if stream is sys.stdout and not told:
                print('Exception ignored in: %r' % stream, file=sys.stderr)
                sys.__excepthook__(type(e), _tracebacks.trim(e), e.__traceback__)
    return failed
