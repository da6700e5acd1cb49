# expect: c1 NEWLINE_ADDED, c2 TEXT_SPLIT, c5 TRAP
"""A museum piece: with a loop that ends.

It works in English. What happens to 套接字编程?
"""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

client = socket.socket()
client.connect((host, port))
text = ""
while True:
    data = client.recv(size)
    if not data:
        break
    text += data.decode("utf-8")
print(text)
client.close()
