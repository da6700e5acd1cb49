# expect: a1 EXIT_CODE
"""call HOST PORT MESSAGE: makes one call, says the message, prints the answer."""
import socket
import sys

host, port, message = sys.argv[1], int(sys.argv[2]), sys.argv[3]

conn = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
conn.connect((host, port))
conn.sendall(message.encode())

answer = b""
while True:
    data = conn.recv(1024)
    if not data:  # the other side has hung up
        break
    answer += data
conn.close()

if not answer:
    sys.exit("no answer")
print(answer.decode())
sys.exit(1)
