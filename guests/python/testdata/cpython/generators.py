"""Functions as generators, made from their source.

Every call that a function makes becomes a "yield from call(...)", so that it
can stop wherever something that it calls, however deep, would block.
"""

import ast
import copy
import functools
import types

# Where the source of what is loaded lies: the tests, and of the standard
# library the files whose functions block.
LIB, SOURCE = '/usr/local/lib/python3.12/', '/lib/'
BLOCKING = {'queue.py', 'selectors.py', 'socket.py', 'socketserver.py', 'threading.py', 'http/server.py',
            'wsgiref/handlers.py', 'wsgiref/simple_server.py', 'asyncio/base_events.py', 'asyncio/events.py',
            'asyncio/runners.py', 'asyncio/selector_events.py', 'asyncio/unix_events.py'}
_GENERATOR_OR_COROUTINE = 0x20 | 0x80 | 0x200


def source_of(filename):
    if filename.startswith('/test/'):
        return filename
    if filename.startswith(LIB) and filename[len(LIB):] in BLOCKING:
        return SOURCE + filename[len(LIB):]
    return None


@functools.cache
def functions(file):
    """The functions of a file, by their first line and name, and by their name."""
    found = {}
    with open(file) as f:
        tree = ast.parse(f.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = min([d.lineno for d in node.decorator_list] + [node.lineno])
            found[first, node.name] = node
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Lambda):
            result = ast.copy_location(ast.Return(node.body), node.body)
            function = ast.FunctionDef('lambda_', node.args, [result], [], None, type_params=[])
            found.setdefault((node.lineno, '<lambda>'), ast.copy_location(function, node))
    return found


class Yields(ast.NodeVisitor):
    """Whether a function is a generator already."""

    found = False

    def visit_Yield(self, node):
        self.found = True

    def leave_out(self, node):
        pass

    visit_YieldFrom = visit_Yield
    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = leave_out


class Private(ast.NodeTransformer):
    """The private names of a class, as the compiler mangles them."""

    def __init__(self, cls):
        self.cls = cls.lstrip('_')

    def mangled(self, name):
        return '_' + self.cls + name if self.cls and name.startswith('__') and not name.endswith('__') else name

    def visit_Attribute(self, node):
        self.generic_visit(node)
        node.attr = self.mangled(node.attr)
        return node

    def visit_Name(self, node):
        node.id = self.mangled(node.id)
        return node


class Calls(ast.NodeTransformer):
    """The calls that a function itself makes, and no function in it."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ('super', 'locals'):
            return node
        return ast.YieldFrom(ast.Call(ast.Name('_generators_call', ast.Load()), [node.func] + node.args, node.keywords))

    def leave(self, node):
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = leave
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = leave


_made = {}


def generator(function, call):
    """The function as one that makes a generator, or None if that cannot be."""
    code = function.__code__
    if code not in _made:
        _made[code] = _make(function)
    new = _made[code]
    if new is None:
        return None
    function.__globals__['_generators_call'] = call
    cells = dict(zip(code.co_freevars, function.__closure__ or ()))
    if not set(new.co_freevars) <= set(cells):
        return None
    made = types.FunctionType(new, function.__globals__, function.__name__, function.__defaults__,
                              tuple(cells[name] for name in new.co_freevars))
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _make(function):
    code = function.__code__
    file = source_of(code.co_filename)
    if file is None or code.co_flags & _GENERATOR_OR_COROUTINE:
        return None
    index = functions(file)
    node = index.get((code.co_firstlineno, code.co_name))
    if node is None:  # the source may be of another release
        near = index.get(code.co_name)
        if not near:
            return None
        node = min(near, key=lambda n: abs(n.lineno - code.co_firstlineno))
    yields = Yields()
    for statement in node.body:
        yields.visit(statement)
    if yields.found:
        return None
    *outer, _ = function.__qualname__.split('.')
    cls = '' if not outer else outer[0] if '<locals>' in outer else outer[-1]
    node = copy.deepcopy(node)
    node.body = [Calls().visit(Private(cls).visit(statement)) for statement in node.body]
    node.body.append(ast.If(ast.Constant(False), [ast.Expr(ast.Yield(None))], []))
    node.decorator_list, node.returns = [], None
    args = node.args
    for arg in args.posonlyargs + args.args + args.kwonlyargs + [a for a in (args.vararg, args.kwarg) if a]:
        arg.annotation = None
    args.defaults = [ast.Constant(None) for _ in args.defaults]
    args.kw_defaults = [default and ast.Constant(None) for default in args.kw_defaults]
    # Inside a function that has its free variables.
    free = ast.arguments([], [ast.arg(name) for name in code.co_freevars], None, [], [], None, [])
    around = ast.FunctionDef('around', free, [node], [], type_params=[])
    module = ast.fix_missing_locations(ast.Module([around], []))
    found = compile(module, code.co_filename, 'exec', dont_inherit=True)
    for name in 'around', node.name:
        found = next(c for c in found.co_consts if isinstance(c, types.CodeType) and c.co_name == name)
    return found
