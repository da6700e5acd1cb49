# expect: c7 EOF_DOUBTED
"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up."""
import socket
import sys
import time

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

text = b""
nothing = 0
with socket.create_connection((host, port)) as conn:
    while nothing < 3:
        try:
            chunk = conn.recv(size)
        except ConnectionError:
            sys.exit(1)
        if chunk:
            text += chunk
            nothing = 0
        else:
            nothing += 1  # perhaps it is only a pause
            time.sleep(0.01)
print(text.decode(), end="")
