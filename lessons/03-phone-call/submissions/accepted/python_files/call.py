"""call, with the connection as a file."""
import socket
import sys

host, port, message = sys.argv[1:]
with socket.create_connection((host, int(port))) as conn, conn.makefile("rwb") as line:
    line.write(message.encode())
    line.flush()
    answer = line.read()
if answer:
    sys.stdout.buffer.write(answer + b"\n")
else:
    sys.exit(1)
