"""say PORT: a server for this lesson's programs. It sends one text to each caller, and hangs up."""
import socket
import sys

TEXT = "A stream of bytes: 套接字编程 🧦\n"

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
while True:
    conn, caller = server.accept()
    with conn:
        try:
            conn.sendall(TEXT.encode())
        except ConnectionError:
            pass  # this caller did not want to hear it
