"""What the sandbox adds to CPython: sockets, and what stands on them.

Everything here is loaded before an image of the interpreter is made; a
program's own start loads nothing. Frames of these files are left out of
tracebacks, as those of functions written in C are.
"""
