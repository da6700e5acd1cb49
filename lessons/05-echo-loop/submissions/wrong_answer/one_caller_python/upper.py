# expect: s2 ONE_SHOT, s3 SERVER_DIED
"""upper PORT, for one caller."""
import socket
import sys

listener = socket.socket()
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
conn, caller = listener.accept()
try:
    while data := conn.recv(1024):
        conn.sendall(data.upper())
except ConnectionError:
    pass
conn.close()
