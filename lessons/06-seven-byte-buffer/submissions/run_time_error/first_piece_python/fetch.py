# expect: c4 TRAP
"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

chunks = []
with socket.create_connection((host, port)) as conn:
    while True:
        try:
            chunk = conn.recv(size)
        except ConnectionError:
            sys.exit(1)
        if not chunk:
            break
        chunks.append(chunk)
text = chunks[0]
for chunk in chunks[1:]:
    text += chunk
print(text.decode(), end="")
