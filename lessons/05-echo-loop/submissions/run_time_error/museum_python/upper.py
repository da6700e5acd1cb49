# expect: s3 SERVER_DIED, s5 CLOSE_MISSING, s6 BYTES_DECODED, k2 EMPTY_SEND_HANG, k3 STREAM_ONE_RECV, k4 STREAM_ONE_RECV
"""A museum piece: an upper-case server as many tutorials show it.

It works when you try it. What happens when a caller breaks off?
"""
import socket
import sys

server = socket.socket()
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
print("waiting for a call …")
while True:
    conn, addr = server.accept()
    print("a call from", addr)
    while True:
        data = conn.recv(1024)
        if not data:
            break
        print("heard:", data.decode())
        conn.send(data.upper())
