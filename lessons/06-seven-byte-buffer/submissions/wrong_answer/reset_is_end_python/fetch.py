# expect: c5 RST_AS_EOF
"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

text = b""
with socket.create_connection((host, port)) as conn:
    while True:
        try:
            chunk = conn.recv(size)
        except ConnectionError:
            break
        if not chunk:
            break
        text += chunk
print(text.decode(), end="")
