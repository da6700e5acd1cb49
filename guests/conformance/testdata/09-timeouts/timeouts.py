"""Calls that wait, but not for ever: a time limit for receiving, for
accepting, and for waiting."""

import errno
import select
import socket
import struct

LIMIT = struct.pack("ll", 0, 50_000)  # a struct timeval: seconds, microseconds

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(1)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, LIMIT)
try:
    listener.accept()
except OSError as e:
    print("nobody called:", errno.errorcode[e.errno])
listener.close()

ours, theirs = socket.socketpair()
ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, LIMIT)
try:
    ours.recv(100)
except OSError as e:
    print("nothing came:", errno.errorcode[e.errno])

poll = select.poll()
poll.register(ours, select.POLLIN)
print("sockets that are ready:", len(poll.poll(50)))
theirs.sendall(b"at last")
print("sockets that are ready:", len(poll.poll(50)))
print("received", ours.recv(100).decode())
theirs.close()
ours.close()
