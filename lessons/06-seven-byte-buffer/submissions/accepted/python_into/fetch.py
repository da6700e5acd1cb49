"""Into one buffer, again and again."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

conn = socket.create_connection((host, port))
text = bytearray()
room = memoryview(bytearray(size))
try:
    for n in iter(lambda: conn.recv_into(room), 0):
        text += room[:n]
except ConnectionResetError:
    sys.exit(1)
conn.close()
print(str(text, "utf-8"), end="")
