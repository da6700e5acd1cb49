# expect: c5 TRAP
"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

text = b""
with socket.create_connection((host, port)) as conn:
    while chunk := conn.recv(size):
        text += chunk
print(text.decode(), end="")
