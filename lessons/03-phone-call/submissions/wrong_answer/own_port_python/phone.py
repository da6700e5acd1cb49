# expect: b1 ADDR_PORT
"""phone PORT: takes one call, answers in capital letters, hangs up."""
import socket
import sys

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 9000))
listener.listen(1)
conn, (ip, port) = listener.accept()
print(f"call from {ip}:{port}")
conn.sendall(conn.recv(1024).upper())
conn.close()
listener.close()
