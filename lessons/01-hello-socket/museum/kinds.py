"""A museum piece: every kind of socket, as a tutorial lists them.

It makes one of each and counts. Whoever is refused is not on its list of
things that can happen.
"""
import socket

made = []
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    for type in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        s = socket.socket(family, type)
        print("made", family.name, type.name, s.fileno())
        made.append(s)
print(len(made), "sockets")
