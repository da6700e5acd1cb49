# expect: c5 REPORT_PRINTED
"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

chunks = []
with socket.create_connection((host, port)) as conn:
    while True:
        try:
            chunk = conn.recv(size)
        except ConnectionError as error:
            print("fetch:", error)
            sys.exit(1)  # broken: what we have is not the text
        if not chunk:
            break  # the server has hung up: it is
        chunks.append(chunk)

print(b"".join(chunks).decode(), end="")
