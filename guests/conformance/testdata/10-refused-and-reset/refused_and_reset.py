"""Three ways to be turned away: nobody listens, the other side hangs up hard,
and one goes on talking after that."""

import errno
import socket
import struct


def failure(call, *arguments):
    try:
        call(*arguments)
    except OSError as e:
        return errno.errorcode[e.errno]


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
address = listener.getsockname()
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
print("before listen:", failure(client.connect, address))
client.close()

listener.listen(1)
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(address)
conn, _ = listener.accept()
conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
conn.close()  # with a reset instead of an orderly end

print("the first call after the reset:", failure(client.recv, 100))
print("to send on:", failure(client.send, b"hello?"))
client.close()
listener.close()
