"""One program waits for a caller, a datagram and its partner at once, and is
told which of them have something for it."""

import select
import socket

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(1)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
ours, theirs = socket.socketpair()
names = {listener: "the caller", server: "the datagram", ours: "the partner"}


def wait():
    readable, _, _ = select.select(names, [], [])
    for source in readable:
        print("ready:", names[source])


address = listener.getsockname()
caller = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
caller.connect(address)
wait()
conn, _ = listener.accept()

address = server.getsockname()
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.sendto(b"hello", address)
wait()
theirs.sendall(b"hi")  # and the datagram is still there
wait()

for s in conn, caller, sender, theirs, ours, server, listener:
    s.close()
