"""With a file object on the socket, which reads to the end, and bytes all the way."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

try:
    with socket.create_connection((host, port)) as conn, conn.makefile("rb", buffering=max(size, 2)) as stream:
        text = stream.read()
except OSError as error:
    sys.exit(f"fetch: {error}")
sys.stdout.buffer.write(text)
