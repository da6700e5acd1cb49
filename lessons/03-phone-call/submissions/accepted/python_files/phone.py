"""phone, with create_server and with-statements."""
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1) as listener:
    conn, caller = listener.accept()
with conn:
    print("call from %s:%d" % caller)
    conn.sendall(bytes(b - 32 if 97 <= b <= 122 else b for b in conn.recv(65536)))
