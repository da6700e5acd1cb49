# expect: c3 TIMEOUT_AS_EOF, c5 RST_AS_EOF
"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

text = b""
with socket.create_connection((host, port)) as conn:
    conn.settimeout(0.6)
    try:
        while chunk := conn.recv(size):
            text += chunk
    except OSError:
        pass
print(text.decode(), end="")
