# expect: c1 STREAM_ONE_RECV, c2 STREAM_ONE_RECV, c3 STREAM_ONE_RECV, c4 NEWLINE_ADDED, c6 STREAM_ONE_RECV
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
