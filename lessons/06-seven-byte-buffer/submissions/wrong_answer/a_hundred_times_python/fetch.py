# expect: c6 STOPPED_EARLY, c7 EOF_SPIN
import socket, sys
conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))
size = int(sys.argv[3])
text = b""
try:
    for i in range(100):
        text += conn.recv(size)
except ConnectionError:
    sys.exit(1)
print(text.decode(), end="")
