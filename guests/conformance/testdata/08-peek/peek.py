"""Three ways to receive: to look without taking, not to wait, and to wait for
all."""

import errno
import socket

one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def receive(what, size, flags=0):
    try:
        print(what, other.recv(size, flags).decode(), sep=": ")
    except OSError as e:
        print(what, errno.errorcode[e.errno], sep=": ")


receive("not waiting, nothing there", 100, socket.MSG_DONTWAIT)
one.sendall(b"hello")
receive("a look", 100, socket.MSG_PEEK)
receive("a look at less", 2, socket.MSG_PEEK)
receive("a look without waiting", 100, socket.MSG_PEEK | socket.MSG_DONTWAIT)
receive("a part", 2)
one.sendall(b", world")
receive("all ten of what came in two parts", 10, socket.MSG_WAITALL)
receive("not waiting, nothing left", 100, socket.MSG_DONTWAIT)
one.sendall(b"bye")
one.close()
receive("all ten, but the end comes first", 10, socket.MSG_WAITALL)
other.close()
