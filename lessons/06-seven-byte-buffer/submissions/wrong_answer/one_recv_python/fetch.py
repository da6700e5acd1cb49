# expect: c1 STREAM_ONE_RECV, c2 STREAM_ONE_RECV, c3 STREAM_ONE_RECV, c5 STREAM_ONE_RECV, c6 STREAM_ONE_RECV
"""fetch HOST PORT BUFSIZE: prints the text that the server sends until it hangs up."""
import socket
import sys

host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

with socket.create_connection((host, port)) as conn:
    print(conn.recv(size).decode(), end="")
