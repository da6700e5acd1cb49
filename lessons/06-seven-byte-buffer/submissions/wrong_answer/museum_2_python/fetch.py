# expect: c1 EOF_SPIN, c2 TEXT_SPLIT, c5 TRAP
"""A museum piece: now with a loop, so that nothing is left behind.

Nothing is. When does it end?
"""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

client = socket.socket()
client.connect((host, port))
while True:
    data = client.recv(size)
    print(data.decode("utf-8"), end="", flush=True)
