# expect: c2 TEXT_LOSSY
"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

text = ""
with socket.create_connection((host, port)) as conn:
    while True:
        try:
            chunk = conn.recv(size)
        except ConnectionError:
            sys.exit(1)
        if not chunk:
            break
        text += chunk.decode("utf-8", "replace")
print(text, end="")
