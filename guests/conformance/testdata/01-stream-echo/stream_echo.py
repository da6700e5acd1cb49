"""A listening socket, a client and the server's end of its connection, in one
program: what is sent comes back, and then the client hangs up."""

import socket

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(1)
address = listener.getsockname()

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(address)
conn, caller = listener.accept()
if caller == client.getsockname():
    print("the server has a caller: the client")

client.sendall(b"hello")
data = conn.recv(1024)
print("the server received", data.decode())
conn.sendall(data)
print("the client received", client.recv(1024).decode())

client.close()
if conn.recv(1024) == b"":
    print("the client has hung up")
conn.close()
listener.close()
