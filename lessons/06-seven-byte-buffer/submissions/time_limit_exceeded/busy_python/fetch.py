# expect: c1 BUSY
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
            sys.exit(1)
        if not chunk:
            break
        text += chunk
while text:
    text = text[1:] + text[:1]  # the last byte will surely come first some day
print(text.decode(), end="")
