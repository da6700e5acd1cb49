"""phone with create_server, recv_into and a table of translations."""
import socket
import string
import sys

TABLE = bytes.maketrans(string.ascii_lowercase.encode(), string.ascii_uppercase.encode())

with socket.create_server(("localhost", int(sys.argv[1])), backlog=1) as listener:
    conn, _ = listener.accept()
with conn:
    buffer = bytearray(4096)
    n = conn.recv_into(buffer)
    conn.send(buffer[:n].translate(TABLE))
    print("call from", ":".join(map(str, conn.getpeername())))
