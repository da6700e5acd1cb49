"""A local socket's address is a file. The file outlives the listener: then
nobody answers, and nobody else can bind there until it is removed."""

import errno
import os
import socket


def failure(call, address):
    try:
        call(address)
    except OSError as e:
        return errno.errorcode[e.errno]


address = "echo.sock"
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(address)
listener.listen(1)
print("listening at", listener.getsockname())

client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
client.connect(address)
conn, _ = listener.accept()
client.sendall(b"hello")
print("received", conn.recv(1024).decode())
conn.close()
client.close()
listener.close()

again = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
print("connect:", failure(again.connect, address))
print("bind:", failure(again.bind, address))
os.unlink(address)
again.bind(address)
print("removed the file, bound again")
again.close()
os.unlink(address)
