"""Two datagram sockets: each message comes whole and with its sender's
address, one of no bytes too; what does not fit into the buffer is lost."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
address = server.getsockname()
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

client.sendto(b"hello", address)
data, caller = server.recvfrom(1024)
server.sendto(data, caller)
data, sender = client.recvfrom(1024)
if sender == address:
    print("the server answered", data.decode())

for message in "", "0123456789", "next":
    client.sendto(message.encode(), address)
    data, _ = server.recvfrom(4)
    print(f'{len(message)} bytes were sent, {len(data)} received: "{data.decode()}"')
client.close()
server.close()
