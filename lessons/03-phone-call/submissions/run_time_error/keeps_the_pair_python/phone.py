# expect: b1 TRAP
"""phone PORT: takes one call and answers in capital letters."""
import socket
import sys

port = int(sys.argv[1])

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", port))
listener.listen(1)

conn = listener.accept()
print(f"call from {conn[1][0]}:{conn[1][1]}")

data = conn.recv(1024)
conn.sendall(data.upper())  # of bytes, upper() changes a-z only

conn.close()
listener.close()
