"""With file objects on the socket."""
import socket
import sys

conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))
stream = conn.makefile("rwb")
for line in sys.stdin.buffer:
    text = line.rstrip(b"\n")
    if text:
        stream.write(text)
        stream.flush()
        answer = stream.read(len(text))
        if len(answer) < len(text):
            sys.exit(1)
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.flush()
conn.close()
