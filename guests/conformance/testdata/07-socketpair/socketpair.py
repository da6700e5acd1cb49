"""Two sockets that are connected from the start: a stream joins what is sent,
datagrams keep messages apart, and a partner that has closed is noticed."""

import errno
import socket

for type in socket.SOCK_STREAM, socket.SOCK_DGRAM:
    one, other = socket.socketpair(socket.AF_UNIX, type)
    one.send(b"one")
    one.send(b"two")
    print("sent one and two, received", other.recv(1024).decode())

    other.send(b"back")  # it goes both ways
    print("received", one.recv(1024).decode())

    other.close()
    try:
        one.send(b"more")
    except OSError as e:
        print("its partner has closed:", errno.errorcode[e.errno])
    one.close()
