"""call with the connection as a file."""
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as conn:
    with conn.makefile("rwb") as line:
        line.write(sys.argv[3].encode())
        line.flush()
        answer = line.read()
if not answer:
    sys.exit(1)
sys.stdout.buffer.write(answer + b"\n")
