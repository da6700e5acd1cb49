"""call HOST PORT MESSAGE: rings somebody up, speaks, listens."""
import socket
import sys

conn = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
conn.connect((sys.argv[1], int(sys.argv[2])))
conn.sendall(sys.argv[3].encode())
answer = b""
while True:
    more = conn.recv(1024)
    if not more:
        break
    answer += more
conn.close()
if not answer:
    print("they hung up without a word", file=sys.stderr)
    sys.exit(1)
print(answer.decode())
