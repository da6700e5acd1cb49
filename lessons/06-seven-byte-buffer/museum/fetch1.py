"""A museum piece: a client that takes one piece of the answer.

It works when the answer is short. What if it is not?
"""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

client = socket.socket()
client.connect((host, port))
print(client.recv(size).decode("utf-8"))
client.close()
