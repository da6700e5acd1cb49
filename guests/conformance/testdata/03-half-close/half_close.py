"""The client says that it has finished talking, and goes on listening: the
server sees the end of the question, and can still answer."""

import errno
import socket


def read_all(who, conn):
    """Receive until the other side has finished."""
    while data := conn.recv(1024):
        print("the", who, "received", data.decode())
    print("the", who, "received the end")


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(1)
address = listener.getsockname()
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(address)
conn, _ = listener.accept()

client.sendall(b"question")
client.shutdown(socket.SHUT_WR)
try:
    client.sendall(b"more")
except OSError as e:
    print("the client cannot send more:", errno.errorcode[e.errno])

read_all("server", conn)
conn.sendall(b"answer")
conn.close()
read_all("client", client)
client.close()
listener.close()
