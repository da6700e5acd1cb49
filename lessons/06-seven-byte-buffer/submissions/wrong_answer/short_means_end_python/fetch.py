# expect: c2 SHORT_MEANS_END, c3 SHORT_MEANS_END
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
        text += chunk
        if len(chunk) < size:
            break
print(text.decode(), end="")
