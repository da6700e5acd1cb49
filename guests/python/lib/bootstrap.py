# The text of -c with which an image is begun. Standard input has the other
# files: for each a line "name size", then its text.

import posix
import sys
from importlib.machinery import ModuleSpec


class Bundle:
    def __init__(self, data):
        self.files = {}
        while data:
            line, _, data = data.partition(b'\n')
            name, size = line.split()
            self.files[name.decode()], data = data[:int(size)], data[int(size):]

    def find_spec(self, name, path=None, target=None):
        file = name.replace('.', '/')
        for file in file + '.py', file + '/__init__.py':
            if file in self.files:
                return ModuleSpec(name, self, origin='<socklab>/' + file, is_package=file.endswith('__init__.py'))

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        origin = module.__spec__.origin
        exec(compile(self.files[origin.partition('/')[2]], origin, 'exec', dont_inherit=True), module.__dict__)


import _socket
sys.modules['_socklab_builtin_socket'] = sys.modules.pop('_socket')
parts = []
while part := posix.read(0, 65536):
    parts.append(part)
sys.meta_path.insert(0, Bundle(b''.join(parts)))
import _socklab.boot
_socklab.boot.freeze()
