"""A listening socket is passed over a local connection: who receives it can
accept from it, also after the sender has closed its own descriptor."""

import socket

one, other = socket.socketpair()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1)
address = listener.getsockname()

socket.send_fds(one, [b"here"], [listener.fileno()])
listener.close()

data, passed, flags, _ = socket.recv_fds(other, 10, 1)
print("received", data.decode(), "and", len(passed), "descriptor")

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, passed[0])
client = socket.socket()
client.connect(address)
server, _ = listener.accept()
client.send(b"hello")
print("accepted from it, and received", server.recv(10).decode())
for sock in client, server, listener, one, other:
    sock.close()
