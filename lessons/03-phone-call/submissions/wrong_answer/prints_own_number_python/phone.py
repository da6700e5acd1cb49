# expect: b2 CALLER_ID
"""phone PORT: takes one call, answers in capital letters, hangs up."""
import socket
import sys

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(1)
conn, _ = listener.accept()
ip, port = conn.getsockname()
print(f"call from {ip}:{port}")
conn.sendall(conn.recv(1024).upper())
conn.close()
listener.close()
