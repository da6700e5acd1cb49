"""call with a non-blocking socket and select."""
import select
import socket
import sys

sock = socket.socket()
sock.settimeout(5)
sock.connect((sys.argv[1], int(sys.argv[2])))
sock.send(sys.argv[3].encode())
sock.setblocking(False)
parts = []
while True:
    select.select([sock], [], [])
    try:
        data = sock.recv(16)
    except BlockingIOError:
        continue
    if data == b"":
        break
    parts.append(data)
answer = b"".join(parts).decode("utf-8")
if answer:
    print(answer)
else:
    raise SystemExit(1)
