# expect: c1 PIECES_WRONG
import socket, sys
conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))
size = int(sys.argv[3])
text = b""
try:
    chunk = conn.recv(size)
    while chunk:
        chunk = conn.recv(size)
        text += chunk
except ConnectionError:
    sys.exit(1)
print(text.decode(errors="replace"), end="")
