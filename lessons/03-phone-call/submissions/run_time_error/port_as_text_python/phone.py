# expect: b1 TEXT_FOR_NUMBER
"""phone PORT: takes one call and answers in capital letters."""
import socket
import sys

port = sys.argv[1]

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", port))
listener.listen(1)

conn, (ip, caller_port) = listener.accept()
print(f"call from {ip}:{caller_port}")

data = conn.recv(1024)
conn.sendall(data.upper())  # of bytes, upper() changes a-z only

conn.close()
listener.close()
