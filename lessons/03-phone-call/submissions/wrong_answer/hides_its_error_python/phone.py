# expect: b1 NO_ANSWER
"""phone PORT: takes one call and answers in capital letters."""
import socket
import sys

port = int(sys.argv[1])

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", port))
listener.listen(1)

conn, (ip, caller_port) = listener.accept()
print(f"call from {ip}:{caller_port}")

try:
    data = conn.recv(1024)
    conn.sendall(data.decode().upper())
except:
    pass

conn.close()
listener.close()
