# expect: b1 WRONG_ADDRESS, b2 WRONG_ADDRESS, b3 WRONG_ADDRESS, b4 WRONG_ADDRESS
"""phone PORT: takes one call and answers in capital letters."""
import socket
import sys

port = int(sys.argv[1])

listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
listener.bind(("::1", port))
listener.listen(1)

conn, (ip, caller_port, *rest) = listener.accept()
print(f"call from {ip}:{caller_port}")

data = conn.recv(1024)
conn.sendall(data.upper())  # of bytes, upper() changes a-z only

conn.close()
listener.close()
