"""sockinfo: makes a socket of each kind that standard input names, and tells its number.

TODO: the answer to a line. This program makes no socket at all: it says OK to
everything, and guesses the number.
"""
import errno
import socket
import sys

opened = closed = 0
for line in sys.stdin:
    family, type = line.split()  # two words, such as AF_INET and SOCK_STREAM

    # TODO: make a socket of this family and type: getattr(socket, family) is
    # the number that socket.socket() wants for the word. If that raises an
    # OSError e, print the ERR line with errno.errorcode[e.errno]. If not,
    # print the OK line with the socket's fileno(), and close it.
    print("OK", family, type, "fd=3")

print(f"opened={opened} closed={closed}")
